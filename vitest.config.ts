import { defineConfig } from 'vitest/config';

/**
 * Three projects, by what a test needs: `unit` nothing, `integration` real servers in this process,
 * `e2e` the bundle in dist/ started as a process of its own.
 */
export default defineConfig({
  test: {
    // A guard that sends alerts and writes to databases must not depend on the order of its tests.
    sequence: { shuffle: true },
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
          testTimeout: 60_000,
          hookTimeout: 120_000,
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
});
