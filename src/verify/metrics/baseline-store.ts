import type { StateStore } from '../../state/store.ts';
import { StateUnavailableError } from '../../state/store.ts';
import { Baseline, type BaselineRecord, readRecord } from './baseline.ts';

/** What the judge knows of the baseline. */
export type Reference =
  /** Nothing is compared. */
  | { readonly kind: 'none' }
  /** This run records, or there was nothing to compare with yet. */
  | { readonly kind: 'absent'; readonly reason: string }
  /** A baseline exists and could not be read. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'present'; readonly baseline: Baseline };

/** The pinned baseline of an environment. */
export class BaselineStore {
  readonly #state: StateStore;
  readonly #key: string;

  constructor(state: StateStore, environment: string) {
    this.#state = state;
    this.#key = environment;
  }

  async read(): Promise<Reference> {
    try {
      const value = await this.#state.read('baselines', this.#key);
      if (value === undefined || value === null) {
        return { kind: 'absent', reason: 'there is no baseline yet' };
      }
      const record = readRecord(value);
      if (record) return { kind: 'present', baseline: new Baseline(record) };
      return {
        kind: 'unreadable',
        reason: `what ${this.#state.description} holds is not a baseline; record it again`,
      };
    } catch (error) {
      if (!(error instanceof StateUnavailableError)) throw error;
      return { kind: 'unreadable', reason: error.message };
    }
  }

  /** @returns why it could not be kept, or undefined */
  async pin(record: BaselineRecord): Promise<string | undefined> {
    try {
      await this.#state.update('baselines', this.#key, () => ({ next: record, result: undefined }));
      return undefined;
    } catch (error) {
      if (!(error instanceof StateUnavailableError)) throw error;
      return error.message;
    }
  }
}
