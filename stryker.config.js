/**
 * Mutation testing of the pure parts that decide: `npm run mutation` (hours; nightly in .github/workflows/mutation.yml).
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts' },
  mutate: [
    'src/verify/{thresholds,judge,metrics}/*.ts',
    'src/alert/policy/*.ts',
    'src/rollback/reversals/*.ts',
    'src/rollback/plan/{canonical,digest,stale-plan,static-plan}.ts',
    'src/rollback/commands/guardrails.ts',
  ],
  coverageAnalysis: 'perTest',
  timeoutMS: 20_000,
  reporters: ['progress-append-only', 'json', 'clear-text'],
  jsonReporter: { fileName: 'coverage/mutation.json' },
  tempDirName: 'coverage/mutation.tmp',
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
  // Stryker reads it with the API of TypeScript 6, which version 7 does not have. Nothing here needs it.
  tsconfigFile: 'none.json',
  allowConsoleColors: false,
  thresholds: { high: 95, low: 90, break: 90 },
};
