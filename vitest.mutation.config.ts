import { defineConfig } from 'vitest/config';

/** The tests that must notice a mutant: those of the pure parts. Stryker's runner needs one project, unshuffled. */
export default defineConfig({
  test: {
    include: ['test/unit/{verify,alert,rollback}/**/*.test.ts'],
    testTimeout: 60_000,
  },
});
