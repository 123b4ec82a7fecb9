import type { RollbackOptions } from '../model/options.ts';
import type { RollbackPorts } from '../model/ports.ts';
import type { Retry } from '../mongo/retry.ts';
import type { ServerFacts } from '../mongo/server.ts';
import type { Operations } from '../store/operations.ts';
import type { PlanPorts } from './plan.ts';

/** Tools of a run; nothing is written by making them. */
export interface Context {
  readonly options: RollbackOptions;
  readonly ports: RollbackPorts;
  readonly facts: ServerFacts;
  readonly retry: Retry;
  readonly operations: Operations;
}

/** What planning needs of a run. */
export function planPorts({ ports, facts, retry }: Context): PlanPorts {
  return {
    db: ports.db,
    stateDatabase: ports.state.databaseName,
    facts,
    retry,
  };
}
