import type { Db } from 'mongodb';
import type { Clock } from '../support/clock.ts';
import { FileStateStore } from './file.ts';
import { MongoStateStore } from './mongodb.ts';
import { noState } from './none.ts';
import type { StateOwner } from './owner.ts';
import type { StateStore } from './store.ts';

export type StateSetting =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'mongodb'; readonly db: Db };

export interface StateOptions {
  readonly clock: Clock;
  /** A number from 0 up to 1: spreads the retries of runs that are in each other's way. */
  random(): number;
  /** The run that opens it; a file of another environment or repository is refused. */
  readonly owner?: StateOwner;
  /** Limit of one command to a database, 10 s if not given: state must not hold an alert up for long. */
  readonly commandLimitMs?: number;
}

/** The store that the setting names. Nothing is read, written or connected before it is used. */
export function openStore(setting: StateSetting, options: StateOptions): StateStore {
  switch (setting.kind) {
    case 'none':
      return noState;
    case 'file':
      return new FileStateStore(setting.path, options);
    case 'mongodb':
      return new MongoStateStore(setting.db, options);
  }
}
