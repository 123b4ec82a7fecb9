import { defineConfig } from 'vitest/config';
import { groupOfEnvironment } from './scripts/mutation/groups.ts';

/** The tests of one group, as Stryker runs them against each mutant: no servers, and one worker for all files. */
export default defineConfig({
  test: {
    include: [...groupOfEnvironment().group.tests],
    isolate: false,
    testTimeout: 60_000,
  },
});
