/**
 * The baseline: what anybody would write with undici. As many targets, requests and requests at once as the
 * gate; prints wall time and percentiles of the durations as JSON.
 */
import { Agent, request } from 'undici';
import { ascending, percentile } from '../../src/verify/metrics/statistics.ts';

const [url = '', targets = '1000', samples = '10', concurrency = '20'] = process.argv.slice(2);
const agent = new Agent();
const durations: number[] = [];

async function one(target: string, measured: boolean): Promise<void> {
  const begun = performance.now();
  const { body, statusCode } = await request(target, { dispatcher: agent });
  await body.text();
  if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
  if (measured) durations.push(performance.now() - begun);
}

const begun = performance.now();
const queue: Array<() => Promise<void>> = [];
// One probe of each target to see that it is there, then the samples, as the gate does.
for (let round = 0; round <= Number(samples); round++) {
  for (let target = 0; target < Number(targets); target++) {
    queue.push(() => one(`${url}/t/${target}`, round > 0));
  }
}
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await next();
  }),
);
const wallMs = performance.now() - begun;
await agent.close();
const sorted = ascending(durations);
console.log(
  JSON.stringify({ wallMs, p50: percentile(sorted, 50), p95: percentile(sorted, 95), count: sorted.length }),
);
