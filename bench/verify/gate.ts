/** The gate over the same targets, without a process's start: prints wall time and percentiles as JSON. */
import { systemClock } from '../../src/support/clock.ts';
import { silentLog } from '../../src/support/log.ts';
import { Phases } from '../../src/verify/gate/phases.ts';
import type { TargetOptions } from '../../src/verify/http/options.ts';
import { judge } from '../../src/verify/judge/judge.ts';
import { measure } from '../../src/verify/measure.ts';
import { ascending, percentile } from '../../src/verify/metrics/statistics.ts';
import type { VerifyOptions } from '../../src/verify/options.ts';
import { withImplied } from '../../src/verify/thresholds/defaults.ts';

const [url = '', count = '1000', samples = '10', concurrency = '20'] = process.argv.slice(2);
const targets = Array.from(
  { length: Number(count) },
  (_value, index): TargetOptions => ({
    name: `t${index}`,
    url: new URL(`${url}/t/${index}`),
    method: 'GET',
    headers: { accept: '*/*', 'user-agent': 'deploy-guard' },
    expectedStatus: [{ from: 200, to: 299 }],
    timeoutMs: 10_000,
    samples: Number(samples),
    warmup: 0,
    intervalMs: 0,
    retries: 0,
    maxRedirects: 5,
    bodyLimit: 10_485_760,
    expectations: [],
    connections: 'reuse',
    http: 'auto',
  }),
);
const options: VerifyOptions = {
  targets,
  thresholds: withImplied([], {
    targets: targets.map(({ name }) => ({ name, https: false })),
    mongodb: false,
  }),
  initialDelayMs: 0,
  waitTimeoutMs: 60_000,
  concurrency: Number(concurrency),
  baseline: { mode: 'none', floorMs: 0 },
  failOn: ['fail'],
};
const signal = new AbortController().signal;
const ports = { clock: systemClock, log: silentLog, signal, redact: (text: string) => text };

const begun = performance.now();
const outcome = await measure(options, ports, new Phases(ports));
const { verdict, checks } = judge(outcome, options.thresholds, options);
const wallMs = performance.now() - begun;
if (verdict !== 'pass') {
  const reasons = checks
    .filter((check) => check.verdict !== 'pass')
    .map(({ id, reason }) => `${id}: ${reason}`);
  throw new Error(`the gate says ${verdict}: ${reasons.slice(0, 5).join('; ')}`);
}
const sorted = ascending(outcome.samples.of('http_req_duration').flatMap(({ values }) => values));
console.log(
  JSON.stringify({ wallMs, p50: percentile(sorted, 50), p95: percentile(sorted, 95), count: sorted.length }),
);
