import { Histogram, Registry } from 'prom-client';
import { RequestTracker } from '../../src/monitor/requests/tracker.ts';
import { median } from '../support/figures.ts';

const BATCH = 20_000;
const BATCHES = 150;
const ROUTES = Array.from({ length: 20 }, (_, index) => `/resource-${String.fromCharCode(97 + index)}/:id`);

/**
 * Nanoseconds a request of the bare core (start and finish: two clock reads, two histograms, one look-up),
 * and of prom-client's labelled histogram alone, batches taken in turn.
 */
export function hotPath(): { coreNs: number; promHistogramNs: number; emptyNs: number } {
  const tracker = new RequestTracker({ windowMs: 300_000, maxRoutes: 100, now: () => performance.now() });
  const histogram = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'duration',
    labelNames: ['method', 'route', 'code'] as const,
    registers: [new Registry()],
  });
  const core = (index: number): void => {
    const startedAt = tracker.start();
    tracker.finish(startedAt, 'GET', route(index), true, 200, false);
  };
  const prom = (index: number): void => {
    const end = histogram.startTimer();
    end({ method: 'GET', route: route(index), code: 200 });
  };
  let sink = 0;
  const empty = (index: number): void => {
    sink += route(index).length;
  };
  const times: Record<'core' | 'prom' | 'empty', number[]> = { core: [], prom: [], empty: [] };
  for (let batch = 0; batch < BATCHES; batch++) {
    times.core.push(batchNs(core));
    times.prom.push(batchNs(prom));
    times.empty.push(batchNs(empty));
  }
  if (sink === 0) throw new Error('the empty loop was optimised away');
  // The first batches run before the code is compiled.
  const settled = (values: number[]): number => median(values.slice(20));
  return {
    coreNs: settled(times.core) - settled(times.empty),
    promHistogramNs: settled(times.prom) - settled(times.empty),
    emptyNs: settled(times.empty),
  };
}

function route(index: number): string {
  return ROUTES[index % ROUTES.length] ?? '';
}

function batchNs(work: (index: number) => void): number {
  const start = process.hrtime.bigint();
  for (let index = 0; index < BATCH; index++) work(index);
  return Number(process.hrtime.bigint() - start) / BATCH;
}
