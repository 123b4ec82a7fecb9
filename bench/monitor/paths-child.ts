/**
 * A process of its own: `node --expose-gc paths-child.ts monitor|prom-client PATHS REQUESTS`. Counts requests
 * over so many distinct paths; prints nanoseconds a request and the memory that the
 * counting holds in the end.
 */
import { Histogram, Registry } from 'prom-client';
import { routeTemplate } from '../../src/monitor/requests/route-template.ts';
import { RequestTracker } from '../../src/monitor/requests/tracker.ts';
import { pathOf } from './paths.ts';

const [variant = '', paths = '1', requests = '1000'] = process.argv.slice(2);
const count = Number(requests);
const all = Array.from({ length: Number(paths) }, (_, index) => pathOf(index));

function held(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

function monitor() {
  const tracker = new RequestTracker({ windowMs: 300_000, maxRoutes: 100, now: () => performance.now() });
  return {
    request: (path: string) => {
      const startedAt = tracker.start();
      tracker.finish(startedAt, 'GET', routeTemplate(path), false, 200, false);
    },
    counted: async () => tracker.statistics().requests.total,
  };
}

function promClient() {
  const histogram = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'duration',
    labelNames: ['method', 'route', 'code'] as const,
    registers: [new Registry()],
  });
  return {
    request: (path: string) => {
      const end = histogram.startTimer();
      end({ method: 'GET', route: path, code: 200 });
    },
    counted: async () =>
      (await histogram.get()).values
        .filter(({ metricName }) => metricName === 'http_request_duration_seconds_count')
        .reduce((sum, { value }) => sum + value, 0),
  };
}

const before = held();
const measured = variant === 'monitor' ? monitor() : promClient();
// So that V8 has compiled what is measured; on the same paths, so that the tables are filled.
for (let index = 0; index < all.length; index++) measured.request(all[index] ?? '/');
for (let index = 0; index < 20_000; index++) measured.request(all[index % all.length] ?? '/');
const begun = process.hrtime.bigint();
for (let index = 0; index < count; index++) measured.request(all[index % all.length] ?? '/');
const ns = Number(process.hrtime.bigint() - begun) / count;
const wanted = all.length + 20_000 + count;
const memoryMb = held() - before;
const counted = await measured.counted();
if (counted !== wanted) throw new Error(`${variant} counted ${counted} of ${wanted} requests`);
console.log(JSON.stringify({ ns, memoryMb }));
