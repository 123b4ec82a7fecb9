/**
 * `npm run bench [-- --quick] [-- --only NAME,NAME]`: every bench of speed, one after another. Each writes its
 * part of bench/results/MODE.json. `--quick` is a smoke run of a minute or two, whose results go elsewhere. Chaos,
 * leaks, fuzz and mutation are commands of their own.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { QUICK, RESULTS } from './support/results.ts';

const root = join(import.meta.dirname, '..');
/** A bench that hangs must not take the others with it. */
const LIMIT_MS = 8 * 60_000;

interface Part {
  readonly name: string;
  readonly file: string;
  readonly args?: readonly string[];
  /** 8 minutes if not given. */
  readonly limitMs?: number;
  /** Why it has no quick form. */
  readonly notQuick?: string;
}

const PARTS: readonly Part[] = [
  { name: 'verify', file: 'bench/verify/bench.ts' },
  { name: 'verify-sizes', file: 'bench/verify/sizes.ts' },
  { name: 'verify-load-tools', file: 'bench/verify/load-tools.ts' },
  { name: 'alert', file: 'bench/alert/bench.ts' },
  { name: 'alert-sizes', file: 'bench/alert/sizes.ts' },
  { name: 'alert-bare', file: 'bench/alert/bare.ts' },
  { name: 'monitor', file: 'bench/monitor/bench.ts' },
  { name: 'monitor-sizes', file: 'bench/monitor/sizes.ts' },
  {
    name: 'rollback',
    file: 'bench/rollback/run.ts',
    // On fewer orders a run is over before both compilers have settled, and the ratios lie far apart.
    args: ['50000', '7'],
    limitMs: 20 * 60_000,
    notQuick: 'its comparison of memory needs 200,000 orders',
  },
  { name: 'rollback-sizes', file: 'bench/rollback/sizes.ts' },
  { name: 'rollback-migrate-mongo', file: 'bench/rollback/migrate-mongo.ts' },
];

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' } } });
const only = values.only?.split(',');
const unknown = only?.filter((name) => !PARTS.some((part) => part.name === name)) ?? [];
if (unknown.length > 0) {
  console.error(
    `--only: no bench "${unknown.join(', ')}". There are: ${PARTS.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}

const failed: string[] = [];
for (const part of PARTS.filter(({ name }) => only === undefined || only.includes(name))) {
  if (QUICK && part.notQuick !== undefined) {
    console.error(`bench: ${part.name} is left out of the quick run: ${part.notQuick}`);
    continue;
  }
  const begun = performance.now();
  const ended = await runPart(part);
  console.error(`bench: ${part.name} ${ended}, ${Math.round((performance.now() - begun) / 1_000)} s`);
  if (ended !== 'done') failed.push(part.name);
}
if (QUICK) console.error(`bench: a smoke run; its results are in ${RESULTS}`);
if (failed.length > 0) console.error(`bench: not done, or not within its limits: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

function runPart({ file, args = [], limitMs = LIMIT_MS }: Part): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, file), ...args, ...(QUICK ? ['--quick'] : [])], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, BENCH_RESULTS: RESULTS },
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    child.once('error', (error) => resolve(`could not start: ${error.message}`));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? 'done' : signal === null ? `ended with ${code}` : `was ended by ${signal}`),
    );
  });
}
