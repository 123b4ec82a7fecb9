/**
 * Measures the monitor: `npm run bench:monitor` (about three minutes, on a machine that does nothing else). Writes
 * bench/results/monitor.json and monitor.md. A line that misses its target is marked, and the exit code is 1.
 */
import { type Estimate, median, pairedRatio } from '../support/figures.ts';
import { machine, machineLine, QUICK, save, sized } from '../support/results.ts';
import { endpoints } from './endpoints.ts';
import { exposition } from './exposition.ts';
import { footprint } from './footprint.ts';
import { hotPath } from './hot-path.ts';
import { memory } from './memory.ts';
import { mounted } from './mounted.ts';
import { throughput } from './throughput.ts';

interface Line {
  readonly what: string;
  readonly measured: number;
  /** The 95 % interval of a ratio. */
  readonly interval?: readonly [number, number];
  readonly unit: string;
  /** None: shown for comparison. */
  readonly target?: { readonly op: '<=' | '>='; readonly value: number; readonly from: 'issue' | 'seed' };
}

/** Servers are started anew for each generation: one process may be luckier than the next for all its life. */
const GENERATIONS = sized(4, 1);
const ROUNDS = sized(3, 2);
const SECONDS = sized(3, 1);

const atMost = (value: number, from: 'issue' | 'seed' = 'issue') => ({ op: '<=', value, from }) as const;
const atLeast = (value: number) => ({ op: '>=', value, from: 'issue' }) as const;

const ratio = ({ value, low, high }: Estimate) => ({ measured: value, interval: [low, high] as const });

function holds({ measured, target }: Line): boolean {
  if (target === undefined) return true;
  return target.op === '<=' ? measured <= target.value : measured >= target.value;
}

async function measure(): Promise<{ lines: Line[]; mongo: string }> {
  const core = hotPath();
  const mount = mounted();
  const text = await exposition();
  const grown = await memory();
  const times = await endpoints(sized(400, 40));
  const print = await footprint();
  const load = await throughput(GENERATIONS, ROUNDS, SECONDS);
  const mb = grown.last.rssMb - grown.first.rssMb;
  const lines: Line[] = [
    { what: 'bare core, a request (median)', measured: core.coreNs / 1_000, unit: 'µs', target: atMost(0.5) },
    { what: "prom-client's labelled histogram alone", measured: core.promHistogramNs / 1_000, unit: 'µs' },
    {
      what: 'monitor.handler on Node’s request and response, listeners included',
      measured: mount.monitorNs / 1_000,
      unit: 'µs',
    },
    { what: "prom-client's usual middleware, likewise", measured: mount.promNs / 1_000, unit: 'µs' },
    {
      what: 'mount, monitor ÷ prom-client',
      ...ratio(mount.ratio),
      unit: '',
      target: atMost(1 / 3),
    },
    {
      what: 'requests a second of a Node server, with monitor ÷ without',
      ...ratio(pairedRatio(load.perSecond.monitor, load.perSecond.none)),
      unit: '',
      target: atLeast(0.97),
    },
    {
      what: 'the same, with prom-client ÷ without',
      ...ratio(pairedRatio(load.perSecond['prom-client'], load.perSecond.none)),
      unit: '',
    },
    { what: "the server's CPU a request, without monitor", measured: median(load.cpuUs.none), unit: 'µs' },
    {
      what: 'CPU a request, with monitor ÷ without',
      ...ratio(pairedRatio(load.cpuUs.monitor, load.cpuUs.none)),
      unit: '',
    },
    {
      what: 'CPU a request, with prom-client ÷ without',
      ...ratio(pairedRatio(load.cpuUs['prom-client'], load.cpuUs.none)),
      unit: '',
    },
    {
      what: 'resident memory after 10 million requests over 100,000 paths, less that after 10 thousand',
      measured: mb,
      unit: 'MB',
      target: atMost(5),
    },
    { what: 'GET /api/health, p95', measured: times.health.p95Ms, unit: 'ms', target: atMost(1) },
    { what: 'GET /api/health/metrics, p95', measured: times.metrics.p95Ms, unit: 'ms', target: atMost(2) },
    { what: 'GET /api/health/detailed, p95', measured: times.detailed.p95Ms, unit: 'ms', target: atMost(5) },
    {
      what: 'GET /api/health/diagnostics, p95',
      measured: times.diagnostics.p95Ms,
      unit: 'ms',
      target: atMost(20),
    },
    {
      what: 'GET /api/health/diagnostics, the first: counts 20 collections',
      measured: times.firstDiagnosticsMs,
      unit: 'ms',
      target: atMost(200, 'seed'),
    },
    { what: 'GET /api/alerts/summary, p95', measured: times.summary.p95Ms, unit: 'ms' },
    { what: 'GET /api/alerts/history, p95', measured: times.history.p95Ms, unit: 'ms' },
    { what: 'GET /api/health/prometheus of 100 routes, p95', measured: times.prometheus.p95Ms, unit: 'ms' },
    { what: 'writing the exposition of 100 routes', measured: text.monitorMs, unit: 'ms' },
    { what: `prom-client's registry, likewise`, measured: text.promMs, unit: 'ms' },
    {
      what: 'resident memory of a monitor with its 100 routes',
      measured: print.memoryMb,
      unit: 'MB',
      target: atMost(50, 'seed'),
    },
    {
      what: 'CPU of an idle monitor, of one core',
      measured: print.idleCpuPercent,
      unit: '%',
      target: atMost(2, 'seed'),
    },
    {
      what: "network of a day's pings",
      measured: print.networkMbADay,
      unit: 'MB',
      target: atMost(1, 'seed'),
    },
  ];
  return { lines, mongo: times.mongo };
}

function markdown(lines: readonly Line[], machine: string): string {
  const rows = lines.map((line) => {
    const target =
      line.target === undefined
        ? ''
        : `${line.target.op === '<=' ? '≤' : '≥'} ${round(line.target.value)} (${line.target.from})`;
    const interval = line.interval === undefined ? '' : ` [${line.interval.map(round).join(' – ')}]`;
    return `| ${line.what} | ${round(line.measured)}${interval} ${line.unit} | ${target} | ${line.target === undefined ? '' : holds(line) ? 'yes' : '**no**'} |`;
  });
  return `# Monitor: measured

${machine}

Repeat it with \`npm run bench:monitor\`. Compared things ran in turns in the same run; ratios of loads are medians of
the ratios of ${GENERATIONS * ROUNDS} rounds, in brackets the 95 % interval of that median (percentile bootstrap). All times over loopback, the client's own included.
Requests a second swing with whatever else the machine does; CPU a request is the steadier of the two.

| What | Measured | Target | Met |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

const { lines, mongo } = await measure();
const on = machine();
const report = {
  command: 'npm run bench:monitor',
  machine: on,
  engine: mongo,
  lines: lines.map((line) => ({ ...line, measured: round(line.measured), met: holds(line) })),
};
await save('monitor', report, markdown(lines, `${machineLine(on)}; ${mongo}.`));
// A smoke run is too short to hold anything to a limit.
process.exitCode = QUICK || lines.every(holds) ? 0 : 1;
