/**
 * What deciding costs. `npm run bench:alert`; writes bench/results/alert.json and alert.md.
 *
 * Times depend on the machine, so they stand beside a baseline from the same run: reading and writing the
 * same state as JSON, which no implementation that keeps a state can leave out.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { alert } from '../../src/alert/alert.ts';
import { EMPTY_MEMORY, type Memory, parseMemory, storedMemory } from '../../src/alert/memory.ts';
import type { FiringAlert } from '../../src/alert/model.ts';
import { ALERT_TIMING, type AlertOptions } from '../../src/alert/options.ts';
import { decide } from '../../src/alert/policy/decide.ts';
import { DEFAULT_INHIBITIONS } from '../../src/alert/policy/inhibition.ts';
import type { PolicyRules } from '../../src/alert/policy/rules.ts';
import { settle } from '../../src/alert/settle.ts';
import { statisticsOf } from '../../src/alert/statistics.ts';
import { openStore } from '../../src/state/open-store.ts';
import { systemClock } from '../../src/support/clock.ts';
import { silentLog } from '../../src/support/log.ts';

const ALERTS = 1_000;
const T0 = Date.UTC(2026, 0, 27);
const LONG = 'long text of a check that failed for a reason '.repeat(40);

const rules: PolicyRules = {
  repeatIntervalMs: 4 * 3_600_000,
  sendResolved: true,
  claimMs: 90_000,
  failureThreshold: 1,
  successThreshold: 1,
  channels: ['slack', 'email', 'log'],
  allChannels: ['slack', 'email', 'log'],
  routes: [
    { match: { minSeverity: 'critical' }, channels: ['slack', 'email'], continue: true },
    { match: { type: ['database-*'], labels: { team: ['shop'] } }, channels: ['slack'], continue: false },
  ],
  escalations: [{ afterMs: 1_800_000, match: {}, severity: 'critical', channels: ['email'] }],
  inhibitions: DEFAULT_INHIBITIONS,
  quiet: [{ kind: 'silence', match: { source: ['legacy-*'] }, until: T0 * 2, words: 'silenced' }],
};

const firing = (index: number, long: boolean): FiringAlert => ({
  fingerprint: index.toString(16).padStart(20, '0'),
  type: index % 3 === 0 ? 'slow-responses' : 'check-failed',
  environment: 'production',
  source: long ? `service-${index}-${LONG}`.slice(0, 200) : `service-${index}`,
  check: `http/service-${index}/http_req_duration`,
  severity: 'error',
  title: long ? LONG : `Slow responses: service-${index}`,
  message: long ? LONG : 'p(95) is 900 ms, not below 500 ms',
  facts: [],
  labels: { team: 'shop', note: long ? LONG : 'x' },
  event: false,
});

/** One run: read the state, decide, claim, settle, write the state. Returns what is stored. */
function oneRun(
  stored: string,
  alerts: readonly FiringAlert[],
  now: number,
): { stored: string; sent: number } {
  const memory: Memory = stored === '' ? EMPTY_MEMORY : parseMemory(JSON.parse(stored)).memory;
  const run = { environment: 'production', now, claimId: `run-${now}`, holder: 'bench' };
  const outcome = decide(memory, { firing: alerts, passing: [] }, rules, run);
  const sendings = outcome.decisions
    .filter(({ action }) => action === 'send')
    .map((decision) => ({
      decision,
      deliveries: new Map(
        decision.channels.map((key) => [key, { name: 'slack' as const, status: 'delivered' as const }]),
      ),
    }));
  const settled = settle(outcome.memory, sendings, run.claimId, now);
  statisticsOf(settled);
  return { stored: JSON.stringify(storedMemory(settled)), sent: sendings.length };
}

function timed<T>(work: () => T): { ms: number; result: T } {
  const start = performance.now();
  const result = work();
  return { ms: performance.now() - start, result };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** A thousand alerts in one run, on an empty state and on one that is full. */
function throughPolicy() {
  const alerts = Array.from({ length: ALERTS }, (_, index) => firing(index, false));
  const empty: number[] = [];
  const full: number[] = [];
  const baseline: number[] = [];
  let stored = '';
  for (let round = 0; round < 15; round++) {
    const first = timed(() => oneRun('', alerts, T0));
    stored = first.result.stored;
    const again = timed(() => oneRun(stored, alerts, T0 + 5 * 3_600_000));
    const json = timed(() => JSON.stringify(JSON.parse(stored)));
    if (first.result.sent !== ALERTS || again.result.sent !== ALERTS)
      throw new Error('not every alert was told');
    empty.push(first.ms);
    full.push(again.ms);
    baseline.push(json.ms);
  }
  return { emptyMs: median(empty), fullMs: median(full), jsonRoundTripMs: median(baseline) };
}

/** The state after ten times as many alerts as it holds, with texts as long as they can be. */
function stateSize() {
  const sizes: number[] = [];
  let stored = '';
  for (let run = 0; run < 10; run++) {
    const alerts = Array.from({ length: ALERTS }, (_, index) => firing(run * ALERTS + index, true));
    stored = oneRun(stored, alerts, T0 + run * 5 * 3_600_000).stored;
    sizes.push(Buffer.byteLength(stored));
  }
  const { memory } = parseMemory(JSON.parse(stored));
  return { afterBytes: sizes, alerts: memory.alerts.size, history: memory.history.length };
}

/** Two hundred runs at once on one state file and one channel, against one run alone. */
async function together() {
  let posts = 0;
  const server = createServer((request, response) => {
    posts++;
    request.resume().on('end', () => response.end('ok'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-bench-'));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T/B/x`;
  const options: AlertOptions = {
    ...rules,
    subject: { kind: 'own', type: 'high-cpu', source: 'api', resolve: false },
    labels: {},
    fireOn: ['fail'],
    types: {},
    channels: ['slack'],
    routes: [],
    escalations: [],
    targets: {},
    slack: { kind: 'webhook', url },
    issueLabels: ['x'],
    groupBy: [],
    silences: [],
    maintenance: [],
    failOnDeliveryError: true,
    timing: { ...ALERT_TIMING, pollMs: 100 },
  };
  const run = (file: string) =>
    alert(options, {
      clock: systemClock,
      log: silentLog,
      signal: new AbortController().signal,
      redact: (text) => text,
      environment: 'production',
      dryRun: false,
      state: openStore(
        { kind: 'file', path: join(folder, file) },
        { clock: systemClock, random: Math.random },
      ),
      run: { actor: 'bench', host: 'bench' },
      random: Math.random,
    });
  try {
    await run('warm-up.json');
    let start = performance.now();
    await run('alone.json');
    const aloneMs = performance.now() - start;
    posts = 0;
    start = performance.now();
    await Promise.all(Array.from({ length: 200 }, () => run('shared.json')));
    return { aloneMs, togetherMs: performance.now() - start, messages: posts };
  } finally {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await rm(folder, { recursive: true, force: true });
  }
}

const policy = throughPolicy();
const size = stateSize();
const runs = await together();
const machine = `${cpus().length} cores, Node ${process.version}`;
const round = (value: number, digits = 1) => Number(value.toFixed(digits));
const figures = {
  command: 'npm run bench:alert',
  machine,
  thousandAlerts: {
    onEmptyStateMs: round(policy.emptyMs),
    onFullStateMs: round(policy.fullMs),
    baselineJsonRoundTripMs: round(policy.jsonRoundTripMs),
    timesBaseline: round(policy.fullMs / policy.jsonRoundTripMs),
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
const results = new URL('../results/', import.meta.url);
await mkdir(results, { recursive: true });
await writeFile(new URL('alert.json', results), `${JSON.stringify(figures, undefined, 2)}\n`);
await writeFile(
  new URL('alert.md', results),
  `# Alert: what deciding costs

\`${figures.command}\` on ${machine}. Times are medians; the ratio is what to compare between machines.

| What | Figure |
| --- | --- |
| 1,000 alerts through policy, history and statistics, empty state | ${figures.thousandAlerts.onEmptyStateMs} ms |
| the same, state full (read, decided, written) | ${figures.thousandAlerts.onFullStateMs} ms |
| baseline: reading and writing that state as JSON | ${figures.thousandAlerts.baselineJsonRoundTripMs} ms |
| ratio to the baseline | ${figures.thousandAlerts.timesBaseline} × |
| alerts and history entries kept after 10,000 alerts | ${size.alerts} and ${size.history} |
| state after 1,000 alerts with the longest texts | ${Math.round((size.afterBytes[0] ?? 0) / 1_000)} kB |
| state after 10,000 of them | ${Math.round((size.afterBytes.at(-1) ?? 0) / 1_000)} kB |
| messages sent by 200 runs at once on one state | ${runs.messages} |
| time of all 200, for each run, against one run alone | ${figures.twoHundredRunsAtOnce.eachTimesOneAlone} × (${Math.round(runs.togetherMs)} ms in all) |
`,
);
console.log(JSON.stringify(figures, undefined, 2));
