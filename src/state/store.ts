import type { StateOwner } from './owner.ts';

/** What outlives a run: alert histories and baselines, each a JSON document under a key. */
export type StateArea = 'alert_history' | 'baselines';

/**
 * The small interface behind which `mongodb.ts`, `file.ts` and `none.ts` stand. Values are plain JSON
 * and must be parsed by the reader (zod): a file may come from another version or be edited by hand.
 */
export interface StateStore {
  readonly kind: 'mongodb' | 'file' | 'none';
  /** In words, for messages: `MongoDB (deploy_guard)`, `the file .deploy-guard/state.json`. No secrets. */
  readonly description: string;
  /** What the reader of the report should know of the store: a damaged file that was set aside. */
  readonly notices?: readonly string[];
  /** The run that wrote what was read last, of a store that is written as a whole (`file`); undefined if unknown. */
  readonly writer?: StateOwner | undefined;
  /**
   * The value under a key, undefined where there is none.
   * @throws StateUnavailableError where the store cannot be reached or read.
   */
  read(area: StateArea, key: string): Promise<unknown>;
  /**
   * Atomic read-change-write, safe under any number of runs at once. `change` is pure: it may be
   * called again with a newer value when another run was faster. Without `next` nothing is written.
   * @throws StateUnavailableError where the store cannot be reached, read or written.
   */
  update<R>(
    area: StateArea,
    key: string,
    change: (current: unknown) => { next?: unknown; result: R },
  ): Promise<R>;
  close(): Promise<void>;
}

/** The store could not be reached, read or written; says why without secrets. */
export class StateUnavailableError extends Error {
  override readonly name = 'StateUnavailableError';
}
