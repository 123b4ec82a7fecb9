/**
 * What deciding costs. `npm run bench:alert`; writes bench/results/alert.json and alert.md.
 *
 * Times depend on the machine, so they stand beside a baseline from the same run: reading and writing the
 * same state as JSON, which no implementation that keeps a state can leave out.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseMemory } from '../../src/alert/log/memory.ts';
import { median, pairedRatio } from '../support/figures.ts';
import { machine, machineLine, save, sized } from '../support/results.ts';
import { startHttpSink } from './http-sink.ts';
import { firing, oneRun, T0 } from './one-run.ts';
import { tell } from './own-alert.ts';

const ALERTS = 1_000;

/** A thousand alerts in one run, on an empty state and on one that is full. */
function throughPolicy() {
  const alerts = Array.from({ length: ALERTS }, (_, index) => firing(index, false));
  const empty: number[] = [];
  const full: number[] = [];
  const baseline: number[] = [];
  let stored = '';
  for (let round = 0; round < sized(15, 3); round++) {
    let begun = performance.now();
    const first = oneRun('', alerts, T0);
    empty.push(performance.now() - begun);
    stored = first.stored;
    begun = performance.now();
    const again = oneRun(stored, alerts, T0 + 5 * 3_600_000);
    full.push(performance.now() - begun);
    begun = performance.now();
    JSON.stringify(JSON.parse(stored));
    baseline.push(performance.now() - begun);
    if (first.sent !== ALERTS || again.sent !== ALERTS) throw new Error('not every alert was notified');
  }
  return {
    emptyMs: median(empty),
    fullMs: median(full),
    jsonRoundTripMs: median(baseline),
    ratio: pairedRatio(full, baseline),
  };
}

/** The state after ten times as many alerts as it holds, with texts as long as they can be. */
function stateSize() {
  const sizes: number[] = [];
  let stored = '';
  for (let run = 0; run < sized(10, 2); run++) {
    const alerts = Array.from({ length: ALERTS }, (_, index) => firing(run * ALERTS + index, true));
    stored = oneRun(stored, alerts, T0 + run * 5 * 3_600_000).stored;
    sizes.push(Buffer.byteLength(stored));
  }
  const { memory } = parseMemory(JSON.parse(stored));
  return { afterBytes: sizes, alerts: memory.alerts.size, history: memory.history.length };
}

/** Two hundred runs at once on one state file and one channel, against one run alone. */
async function together() {
  const sink = await startHttpSink();
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-bench-'));
  const run = (file: string) =>
    tell({ to: { slack: { kind: 'webhook', url: sink.url } }, stateFile: join(folder, file) });
  try {
    await run('warm-up.json');
    let start = performance.now();
    await run('alone.json');
    const aloneMs = performance.now() - start;
    const before = sink.bodies.length;
    start = performance.now();
    await Promise.all(Array.from({ length: 200 }, () => run('shared.json')));
    return { aloneMs, togetherMs: performance.now() - start, messages: sink.bodies.length - before };
  } finally {
    await sink.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const policy = throughPolicy();
const size = stateSize();
const runs = await together();
const on = machine();
const round = (value: number, digits = 1) => Number(value.toFixed(digits));
const figures = {
  command: 'npm run bench:alert',
  machine: on,
  thousandAlerts: {
    onEmptyStateMs: round(policy.emptyMs),
    onFullStateMs: round(policy.fullMs),
    baselineJsonRoundTripMs: round(policy.jsonRoundTripMs),
    timesBaseline: policy.ratio,
  },
  state: {
    alertsKept: size.alerts,
    historyKept: size.history,
    bytesAfterEachThousandAlerts: size.afterBytes,
    growthAfterTheFirst: round((size.afterBytes.at(-1) ?? 0) / (size.afterBytes[0] ?? 1), 3),
  },
  twoHundredRunsAtOnce: {
    messages: runs.messages,
    oneRunAloneMs: round(runs.aloneMs),
    allMs: round(runs.togetherMs),
    eachTimesOneAlone: round(runs.togetherMs / 200 / runs.aloneMs),
  },
};
await save(
  'alert',
  figures,
  `# Alert: what deciding costs

\`${figures.command}\` on ${machineLine(on)}. Times are medians; the ratio is what to compare between machines, in brackets the 95 % interval of its median (percentile bootstrap).

| What | Figure |
| --- | --- |
| 1,000 alerts through policy, history and statistics, empty state | ${figures.thousandAlerts.onEmptyStateMs} ms |
| the same, state full (read, decided, written) | ${figures.thousandAlerts.onFullStateMs} ms |
| baseline: reading and writing that state as JSON | ${figures.thousandAlerts.baselineJsonRoundTripMs} ms |
| ratio to the baseline | ${policy.ratio.value} × [${policy.ratio.low} – ${policy.ratio.high}] |
| alerts and history entries kept after 10,000 alerts | ${size.alerts} and ${size.history} |
| state after 1,000 alerts with the longest texts | ${Math.round((size.afterBytes[0] ?? 0) / 1_000)} kB |
| state after 10,000 of them | ${Math.round((size.afterBytes.at(-1) ?? 0) / 1_000)} kB |
| messages sent by 200 runs at once on one state | ${runs.messages} |
| time of all 200, for each run, against one run alone | ${figures.twoHundredRunsAtOnce.eachTimesOneAlone} × (${Math.round(runs.togetherMs)} ms in all) |
`,
);
