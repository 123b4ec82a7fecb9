/**
 * Coverage of src/ by the whole suite: `npm run coverage`, or with Vitest's arguments for a part of it
 * (`npm run coverage -- --project unit`).
 *
 * Many tests start the program as a process of its own, which Vitest's own coverage does not see. So V8 counts in
 * every process (`NODE_V8_COVERAGE`), all of them run the sources as they stand (vitest.coverage.config.ts,
 * test/support/coverage.ts), and what they counted is added up and read along the syntax tree.
 *
 * Writes coverage/branches.md: each branch that no test takes, under its reason (scripts/coverage/left/). The whole
 * suite writes bench/results/coverage.json and coverage-left.md as well.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { mergeScriptCovs, type ScriptCov } from '@bcoe/v8-coverage';
import { createCoverageMap, createCoverageSummary } from '@vitest/istanbul-lib-coverage';
import { convert } from 'ast-v8-to-istanbul';
import { parseAst } from 'vite';
import { explain, LEFT, leftAsMarkdown, type Untaken } from './left.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const LEAST_BRANCHES = 90;

const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-coverage-'));
const { status } = spawnSync(
  'vitest',
  ['run', '--config', 'vitest.coverage.config.ts', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_V8_COVERAGE: folder },
  },
);

const byUrl = new Map<string, ScriptCov[]>();
for (const name of readdirSync(folder)) {
  let result: ScriptCov[] = [];
  try {
    result = JSON.parse(readFileSync(join(folder, name), 'utf8')).result;
  } catch {
    // A process that was killed while it wrote: what it counted is lost, and coverage is only lower for it.
  }
  for (const script of result) {
    const url = script.url.split('?')[0] ?? '';
    if (url.startsWith(pathToFileURL(join(root, 'src')).href))
      byUrl.set(url, [...(byUrl.get(url) ?? []), { ...script, url }]);
  }
}
rmSync(folder, { recursive: true, force: true });

const map = createCoverageMap({});
for (const file of globSync('src/**/*.ts', { cwd: root }).sort()) {
  if (file.endsWith('.d.ts')) continue;
  const path = join(root, file);
  const url = pathToFileURL(path).href;
  // Types become blanks, so that every place stays where it is, as in what ran.
  const code = stripTypeScriptTypes(readFileSync(path, 'utf8'));
  const counted = mergeScriptCovs(byUrl.get(url) ?? []);
  map.merge(
    await convert({
      code,
      ast: parseAst(code),
      wrapperLength: 0,
      coverage: counted ?? { url, functions: [nothingRan(code.length)] },
    }),
  );
}

function nothingRan(length: number) {
  return {
    functionName: '',
    isBlockCoverage: true,
    ranges: [{ startOffset: 0, endOffset: length, count: 0 }],
  };
}

type Counts = Record<'lines' | 'branches' | 'functions', { total: number; covered: number; percent: number }>;

function countsOf(files: readonly string[]): Counts {
  const summary = createCoverageSummary();
  for (const file of files) summary.merge(map.fileCoverageFor(file).toSummary());
  const part = ({ total, covered }: { total: number; covered: number }) => ({
    total,
    covered,
    percent: total === 0 ? 100 : Math.round((10_000 * covered) / total) / 100,
  });
  return { lines: part(summary.lines), branches: part(summary.branches), functions: part(summary.functions) };
}

const files = map.files();
const folders = Map.groupBy(files, (file) => {
  const [, first = '', second] = relative(root, file).split('/');
  return second === undefined ? 'src' : `src/${first}`;
});
const left = untaken();
const explained = explain(left, LEFT);
const result = {
  command: ['npm run coverage', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(
    ' ',
  ),
  testsPassed: status === 0,
  ...countsOf(files),
  left: {
    places: left.length,
    unexplained: explained.unexplained.length,
    staleReasons: explained.stale.length,
  },
  folders: Object.fromEntries([...folders].map(([name, list]) => [name, countsOf(list)])),
};
await mkdir(join(root, 'coverage'), { recursive: true });
writeFileSync(join(root, 'coverage/branches.md'), leftAsMarkdown(explained));
if (process.argv.length === 2) {
  writeFileSync(join(root, 'bench/results/coverage-left.md'), leftAsMarkdown(explained));
  writeFileSync(join(root, 'bench/results/coverage.json'), `${JSON.stringify(result, null, 2)}\n`);
}
console.table(
  Object.fromEntries(
    Object.entries({ all: result, ...result.folders }).map(([name, { lines, branches, functions }]) => [
      name,
      { lines: lines.percent, branches: branches.percent, functions: functions.percent },
    ]),
  ),
);
if (process.argv.length === 2) {
  console.log(
    `${result.left.places} places with a branch not taken, ${result.left.unexplained} of them without a reason, ${explained.stale.length} reasons without a branch`,
  );
  if (result.branches.percent < LEAST_BRANCHES || explained.unexplained.length > 0) process.exitCode = 1;
}
if (status !== 0) process.exitCode = 1;

/** Each place where a branch was never taken. */
function untaken(): Untaken[] {
  return files.flatMap((file) => {
    const { b, branchMap } = map.fileCoverageFor(file).toJSON();
    const source = readFileSync(file, 'utf8').split('\n');
    return Object.entries(b).flatMap(([id, counts]): Untaken[] => {
      const missed = counts.flatMap((count, index) => (count === 0 ? [index] : []));
      const branch = branchMap[id];
      if (missed.length === 0 || !branch) return [];
      const line = branch.loc.start.line;
      const code = source[line - 1]?.trim() ?? '';
      return [{ file: relative(root, file), line, code, way: `${branch.type} ${missed.join(',')}` }];
    });
  });
}
