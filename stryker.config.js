import { fileURLToPath } from 'node:url';
import { groupOfEnvironment } from './scripts/mutation/groups.ts';

const { name, group } = groupOfEnvironment();
const pass = process.env.MUTATION_PASS ?? 'calls';
// The processes that run the tests inherit it.
process.env.MUTATION_TESTS = group.tests.join('\n');

/**
 * One group of `scripts/mutation/groups.ts`, as `npm run mutation` starts it.
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  plugins: [fileURLToPath(new URL('scripts/mutation/runner.ts', import.meta.url))],
  testRunner: 'in-process',
  mutate: process.env.MUTATION_RANGES ? process.env.MUTATION_RANGES.split('\n') : [...group.mutate],
  coverageAnalysis: 'perTest',
  // What runs once when a module loads needs a fresh process for each mutant: a pass of its own.
  ignoreStatic: pass === 'calls',
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 1),
  // Endless loops are found by counting; this is for what hangs, and must not hit a busy machine.
  timeoutMS: 20_000,
  jsonReporter: { fileName: `coverage/mutation/${name}.${pass}.json` },
  reporters: ['progress-append-only', 'json'],
  tempDirName: `coverage/mutation/${name}.${pass}.tmp`,
  ignorePatterns: [
    '/.ci',
    '/bench',
    '/coverage',
    '/demo',
    '/dist',
    '/release',
    '/test/e2e',
    '/test/integration',
  ],
  // Stryker would read it with the API of TypeScript 6, which version 7 has not. Nothing here needs it.
  tsconfigFile: 'none.json',
  warnings: { slow: false },
  allowConsoleColors: false,
  // The score is judged over all groups, by scripts/mutation/run.ts.
  thresholds: { high: 95, low: 90, break: null },
};
