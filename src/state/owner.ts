import * as z from 'zod';
import { defined } from '../support/defined.ts';
import type { RunContext } from '../support/run-context.ts';

/**
 * Whose a state file is, and which run wrote it: within the file, because its name and the key of the cache that it
 * came from say nothing that can be relied on.
 */
export const stateOwnerSchema = z.object({
  environment: z.string(),
  /** `owner/name`; unknown outside GitHub, as is what follows. */
  repository: z.string().optional(),
  workflow: z.string().optional(),
  runId: z.string().optional(),
  /** Rises with each run of the workflow. */
  runNumber: z.number().optional(),
  runAttempt: z.number().optional(),
  job: z.string().optional(),
});
export type StateOwner = z.infer<typeof stateOwnerSchema>;

/** What a run writes into its state file. */
export function stateOwner(environment: string, run: RunContext): StateOwner {
  const { repository, workflow, runId, runNumber, runAttempt, job } = run;
  return defined<StateOwner>({ environment, repository, workflow, runId, runNumber, runAttempt, job });
}

/**
 * Why a file may not be used by this run; undefined if it may.
 * @param written the file's owner; undefined in files of before owners were written.
 * @param keys of everything that it holds, which are environments.
 */
export function foreignState(
  owner: StateOwner,
  written: StateOwner | undefined,
  keys: readonly string[],
): string | undefined {
  const other =
    written === undefined
      ? keys.find((key) => key !== owner.environment)
      : [written.environment, ...keys].find((key) => key !== owner.environment);
  if (other !== undefined)
    return `belongs to the environment ${shown(other)}, not to ${shown(owner.environment)}; each environment needs a file of its own`;
  const elsewhere = written?.repository;
  return elsewhere !== undefined && owner.repository !== undefined && elsewhere !== owner.repository
    ? `belongs to the repository ${shown(elsewhere)}, not to ${shown(owner.repository)}`
    : undefined;
}

function shown(text: string): string {
  return `'${text.replace(/[^\p{L}\p{N} ._/-]/gu, '?').slice(0, 100)}'`;
}
