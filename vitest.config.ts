import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** They start whole workflows, whose limits are those of GitHub's runners: too short for a machine that does much else. */
const ALONE = ['test/e2e/workflows*.test.ts'];

/**
 * Four projects, by what a test needs: `unit` nothing, `integration` real servers in this process,
 * `e2e` the bundle in dist/ started as a process of its own, `alone` the machine for itself, after all others.
 */
export default defineConfig({
  test: {
    // A guard that sends alerts and writes to databases must not depend on the order of its tests.
    sequence: { shuffle: true },
    // Tests mostly wait, for servers and processes.
    maxWorkers: availableParallelism() + 1,
    // Files share what they have loaded: nothing of ours keeps state in a module. Their order is shuffled all the same.
    isolate: false,
    projects: [
      {
        extends: true,
        // Properties try hundreds of cases; a busy machine must not fail them.
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ALONE,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ALONE,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
});
