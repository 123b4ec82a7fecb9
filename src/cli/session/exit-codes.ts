import type { Exit } from '../../run/run.ts';

/** Exit codes of the command line; `docs/CLI.md` and `--help` show this table. */
export const EXIT_CODES = {
  success: 0,
  failure: 1,
  configuration: 2,
  'not-measured': 3,
  'lease-held': 4,
} as const satisfies Record<Exit, number>;

/** Usage errors have the code of every other error that the user can fix. */
export const USAGE = EXIT_CODES.configuration;

export const EXIT_CODE_WORDS: readonly (readonly [code: number, words: string])[] = [
  [0, 'done; for verify: the deployment may stay'],
  [1, 'failed, or something is open'],
  [2, 'wrong usage or configuration; nothing was run'],
  [3, 'could not measure'],
  [4, 'another operation holds the lease'],
];
