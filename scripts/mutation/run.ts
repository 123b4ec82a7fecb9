/**
 * Mutation testing of the pure parts: `npm run mutation`, or `npm run mutation -- judge policy` for some groups.
 *
 * Stryker changes one thing at a time in a group's sources and runs the group's tests; a mutant that no test
 * notices survives. Each group takes two passes: mutants in code that runs when it is called, and those in
 * what runs once while a module loads, which need a fresh process each. `--again` reads the reports of the last run.
 *
 * Writes bench/results/mutation.json. Fails below the score of `LEAST`, in all and in each group, and on a survivor
 * that scripts/mutation/explained.ts says nothing about.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXPLAINED } from './explained.ts';
import { GROUPS, type GroupName } from './groups.ts';
import { type Mutant, merge, rangesOf, type StrykerReport, tally } from './merge.ts';

const LEAST = 90;
const root = fileURLToPath(new URL('../..', import.meta.url));
const results = join(root, 'bench/results/mutation.json');

interface Survivor {
  readonly file: string;
  readonly line: number;
  readonly mutator: string;
  readonly status: string;
  readonly code: string;
  readonly replacement: string;
  readonly why: string | null;
}

interface GroupResult extends ReturnType<typeof tally> {
  readonly files: readonly string[];
  readonly survivors: readonly Survivor[];
}

function runGroup(name: GroupName): GroupResult {
  const calls = stryker(name, 'calls');
  const ranges = rangesOf(calls);
  const mutants = merge(calls, ranges.length > 0 ? stryker(name, 'loading', ranges) : undefined);
  return {
    ...tally(mutants),
    files: [...new Set(mutants.map(({ file }) => file))].sort(),
    survivors: mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map((mutant) => explained(mutant)),
  };
}

function stryker(group: GroupName, pass: 'calls' | 'loading', ranges: readonly string[] = []): StrykerReport {
  const report = join(root, `coverage/mutation/${group}.${pass}.json`);
  // For a change of scripts/mutation/explained.ts alone: the reports of the last run, as they are.
  if (process.argv.includes('--again')) return JSON.parse(readFileSync(report, 'utf8'));
  const { status } = spawnSync('stryker', ['run', 'stryker.config.js'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, MUTATION_GROUP: group, MUTATION_PASS: pass, MUTATION_RANGES: ranges.join('\n') },
  });
  if (status !== 0 || !existsSync(report)) throw new Error(`Stryker failed on ${group} (${pass})`);
  return JSON.parse(readFileSync(report, 'utf8'));
}

function explained({ file, line, mutator, status, code, replacement }: Mutant): Survivor {
  const fitting = EXPLAINED.find(
    (entry) => entry.file === file && entry.code === code && entry.replacement === replacement,
  );
  return { file, line, mutator, status, code, replacement, why: fitting?.why ?? null };
}

const wanted = process.argv.slice(2).filter((argument) => argument !== '--again');
const names = Object.keys(GROUPS) as GroupName[];
const unknown = wanted.filter((name) => !names.includes(name as GroupName));
if (unknown.length > 0) throw new Error(`no such group: ${unknown.join(', ')}. Known: ${names.join(', ')}.`);

const before = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')).groups : {};
const groups: Partial<Record<GroupName, GroupResult>> = {};
for (const name of names) {
  const kept = before[name] as GroupResult | undefined;
  if (wanted.length === 0 || wanted.includes(name)) groups[name] = runGroup(name);
  else if (kept) groups[name] = kept;
}

const all = Object.values(groups);
const total = (count: (group: GroupResult) => number) => all.reduce((sum, group) => sum + count(group), 0);
const killed = total((group) => group.killed);
const timeout = total((group) => group.timeout);
const survived = total((group) => group.survived);
const noCoverage = total((group) => group.noCoverage);
const score = Math.round((10_000 * (killed + timeout)) / (killed + timeout + survived + noCoverage)) / 100;
const unexplained = all.flatMap(({ survivors }) => survivors.filter(({ why }) => why === null));
const summary = {
  command: 'npm run mutation',
  score,
  killed,
  timeout,
  survived,
  noCoverage,
  unexplained: unexplained.length,
  groups,
};
writeFileSync(results, `${JSON.stringify(summary, null, 2)}\n`);

for (const [name, group] of Object.entries(groups)) {
  const { score, killed, timeout, survived, noCoverage } = group;
  console.log(
    `${name.padEnd(12)} ${score.toFixed(2).padStart(6)} %  ${killed} killed, ${timeout} timed out, ${survived} survived, ${noCoverage} not covered`,
  );
}
console.log(`${'all'.padEnd(12)} ${score.toFixed(2).padStart(6)} %  → ${relative(root, results)}`);
for (const { file, line, code, replacement } of unexplained) {
  console.log(`unexplained  ${file}:${line}  ${code}  →  ${replacement}`);
}
const keyOf = (entry: { file: string; code: string; replacement: string }) =>
  JSON.stringify([entry.file, entry.code, entry.replacement]);
const needed = new Set(all.flatMap(({ survivors }) => survivors.map(keyOf)));
const looked = new Set(all.flatMap(({ files }) => files));
for (const entry of EXPLAINED) {
  if (looked.has(entry.file) && !needed.has(keyOf(entry))) {
    console.log(`not needed   ${entry.file}  ${entry.code}  →  ${entry.replacement}`);
  }
}
if (unexplained.length > 0 || score < LEAST || all.some((group) => group.score < LEAST)) process.exitCode = 1;
