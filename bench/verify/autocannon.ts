/** autocannon's own latency: as many requests, at as many connections, as the gate; prints percentiles as JSON. */
import autocannon from 'autocannon';
import { ascending, percentile } from '../../src/verify/metrics/statistics.ts';

const [url = '', targets = '20', samples = '10', concurrency = '20'] = process.argv.slice(2);
const amount = Number(targets) * Number(samples);
const durations: number[] = [];
const options = { url: `${url}/t/0`, connections: Number(concurrency), amount };
const { errors, non2xx } = await new Promise<autocannon.Result>((resolve, reject) => {
  const instance = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)));
  // Its summary has no p95; the times that it measured have.
  instance.on('response', (_client, _status, _bytes, ms) => durations.push(ms));
});
if (errors > 0 || non2xx > 0) throw new Error(`${errors} errors, ${non2xx} bad answers`);
const sorted = ascending(durations);
console.log(
  JSON.stringify({ p50: percentile(sorted, 50), p95: percentile(sorted, 95), count: sorted.length }),
);
