import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { createMonitor } from '../../src/monitor/index.ts';
import { type Estimate, median, pairedRatio } from '../support/figures.ts';
import { promMiddleware } from './prom-middleware.ts';

type Mount = (request: IncomingMessage, response: ServerResponse) => void;

const BATCH = 500;
const BATCHES = 400;

/**
 * Nanoseconds a request of a whole mount on Node's own request and response objects: the call itself, the
 * listeners that it adds, and what they do when the response is complete. Without network, so that a
 * microsecond can be seen; taken in turns; the objects' own cost (a mount that does nothing) taken off.
 */
export function mounted(): { monitorNs: number; promNs: number; ratio: Estimate } {
  const monitor = createMonitor({ version: '1' });
  const mounts: readonly Mount[] = [
    () => {},
    (request, response) => void monitor.handler(request, response),
    promMiddleware(),
  ];
  const socket = new Socket();
  const times = mounts.map((): number[] => []);
  for (let batch = 0; batch < BATCHES; batch++) {
    for (const [index, mount] of mounts.entries()) times[index]?.push(batchNs(mount, socket));
  }
  monitor.close();
  // The first batches run before the code is compiled.
  const [none = [], monitored = [], prom = []] = times.map((values) => values.slice(80));
  const over = (values: readonly number[]) => values.map((ns, batch) => ns - (none[batch] ?? Number.NaN));
  return {
    monitorNs: median(over(monitored)),
    promNs: median(over(prom)),
    ratio: pairedRatio(over(monitored), over(prom)),
  };
}

function batchNs(mount: Mount, socket: Socket): number {
  const pairs = Array.from({ length: BATCH }, (_, index) => {
    const request = new IncomingMessage(socket);
    request.method = 'GET';
    // Out of bytes, as Node's parser makes it: text put together in JavaScript is of another, slower make.
    request.url = Buffer.from(`/resource-${String.fromCharCode(97 + (index % 20))}/12345?x=1`).toString(
      'latin1',
    );
    return { request, response: new ServerResponse(request) };
  });
  const start = process.hrtime.bigint();
  for (const { request, response } of pairs) {
    mount(request, response);
    response.emit('finish');
    response.emit('close');
  }
  return Number(process.hrtime.bigint() - start) / BATCH;
}
