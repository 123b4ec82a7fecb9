/** Two workers on one port, each with a monitor of its own. Started by cluster.test.ts as a process. */
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMonitor } from '../../../src/monitor/index.ts';

if (cluster.isPrimary) {
  // Workers that ask for port 0 are given one and the same port.
  let listening = 0;
  for (const worker of [cluster.fork(), cluster.fork()]) {
    worker.on('message', (port: number) => {
      listening++;
      if (listening === 2) console.log(port);
    });
  }
  process.stdin.on('end', () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.send('stop');
  });
  process.stdin.resume();
} else {
  const monitor = createMonitor({ version: '1' });
  const server = createServer(monitor.listener((_request, response) => void response.end('ok')));
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.on('message', () => {
    // The monitor stays open on purpose: it must not hold the worker.
    server.close();
    process.disconnect();
  });
}
