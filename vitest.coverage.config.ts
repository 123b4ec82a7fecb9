import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

/**
 * The suite with modules loaded by Node itself, not by Vite: so V8 measures the sources as they stand, in the tests'
 * process and in those that they start alike, and both fit together. `npm run coverage`.
 */
export default mergeConfig(
  base,
  defineConfig({
    test: {
      experimental: { viteModuleRunner: false },
      pool: 'forks',
      setupFiles: ['test/support/coverage-setup.ts'],
    },
  }),
);
