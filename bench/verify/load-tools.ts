/**
 * The gate's percentiles against those of load generators that a user would take in its place, in turns on the same
 * server: they must agree. Writes bench/results/verify-load-tools.json.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFile, runProgram, startServer } from '../support/child.ts';
import { median, pairedRatio } from '../support/figures.ts';
import { machine, save, sized } from '../support/results.ts';

const TARGETS = 20;
const SAMPLES = sized(200, 20);
const ROUNDS = sized(7, 2);
const COUNT = TARGETS * SAMPLES;
const here = import.meta.dirname;

interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly count: number;
}
type Tool = (url: string) => Promise<Percentiles>;

const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-bench-'));

const ofFile =
  (file: string): Tool =>
  async (url) => {
    const args = [url, String(TARGETS), String(SAMPLES), String(TARGETS)];
    return JSON.parse(await runFile(join(here, file), args)) as Percentiles;
  };

function k6Program(): string | undefined {
  return ['k6', join(homedir(), 'go', 'bin', 'k6')].find(
    (program) => spawnSync(program, ['version']).status === 0,
  );
}

const k6 =
  (program: string): Tool =>
  async (url) => {
    const summary = join(folder, 'k6.json');
    const script = join(here, 'k6-script.js');
    await runProgram(program, ['run', '--quiet', '--no-usage-report', '--summary-export', summary, script], {
      ...process.env,
      URL: url,
      VUS: String(TARGETS),
      ITERATIONS: String(COUNT),
    });
    const { metrics } = JSON.parse(await readFile(summary, 'utf8')) as {
      metrics: { http_req_duration: { med: number; 'p(95)': number }; http_reqs: { count: number } };
    };
    return {
      p50: metrics.http_req_duration.med,
      p95: metrics.http_req_duration['p(95)'],
      count: metrics.http_reqs.count,
    };
  };

const program = k6Program();
const tools: Record<string, Tool> = {
  gate: ofFile('gate.ts'),
  autocannon: ofFile('autocannon.ts'),
  ...(program === undefined ? {} : { k6: k6(program) }),
};
const names = Object.keys(tools);
const found = new Map<string, Percentiles[]>(names.map((name) => [name, []]));
const server = await startServer(join(here, 'server.ts'), ['spread']);
try {
  for (let round = 0; round < ROUNDS; round++) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const measured = await tools[name]?.(server.url);
      if (measured?.count !== COUNT) throw new Error(`${name} measured ${measured?.count}, not ${COUNT}`);
      found.get(name)?.push(measured);
    }
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
const of = (name: string, key: 'p50' | 'p95') => (found.get(name) ?? []).map((one) => one[key]);
await save('verify-load-tools', {
  command: 'npm run bench -- --only verify-load-tools',
  machine: machine(),
  requests: COUNT,
  atOnce: TARGETS,
  rounds: ROUNDS,
  gate: { p50Ms: median(of('gate', 'p50')), p95Ms: median(of('gate', 'p95')) },
  tools: names
    .filter((name) => name !== 'gate')
    .map((name) => ({
      name,
      p50Ms: median(of(name, 'p50')),
      p95Ms: median(of(name, 'p95')),
      p50Ratio: pairedRatio(of('gate', 'p50'), of(name, 'p50')),
      p95Ratio: pairedRatio(of('gate', 'p95'), of(name, 'p95')),
    })),
  skipped: program === undefined ? [{ name: 'k6', why: 'there is no k6 on PATH or in ~/go/bin' }] : [],
});
