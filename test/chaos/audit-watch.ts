import type { ObjectId } from 'mongodb';
import type { GuardRun } from './guard.ts';
import type { World } from './world.ts';

interface Entry {
  _id: ObjectId;
  event: string;
  operationId: string;
  operation: string;
  step?: string;
  outcome: string;
}

interface Operation {
  _id: string;
  state: string;
  restoredBy: string | null;
  steps: { step: string; state: string }[];
}

/** Holds the audit against what the processes did, after each of them. */
export class AuditWatch {
  readonly #world: World;
  #known = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** After the runs that were started together: what is new must be theirs. */
  async look(runs: readonly GuardRun[]): Promise<void> {
    const entries = await this.#entries();
    const fresh = entries.slice(this.#known);
    this.#known = entries.length;
    const begun = fresh.filter(({ event }) => event === 'operation.started' || event === 'operation.resumed');
    const ended = fresh.filter(({ event }) => event === 'operation.ended');
    if (begun.length > runs.length) this.#breach(`${begun.length} beginnings by ${runs.length} runs`, fresh);
    if (ended.length > begun.length)
      this.#breach(`${ended.length} ends of ${begun.length} beginnings`, fresh);
    for (const [step, count] of countBy(
      fresh.filter(({ event }) => event === 'step.ended'),
      ({ operationId, step }) => `${operationId} STEP ${step}`,
    )) {
      if (count > begun.length) this.#breach(`${count} ends of ${step} by ${begun.length} runs`, fresh);
    }
    for (const { result, report } of runs) {
      const rollback = report?.rollback;
      if (result?.exitCode !== 0 || !rollback) continue;
      const own = ended.filter(({ operationId }) => operationId === rollback.operationId);
      if (own.at(-1)?.outcome !== rollback.state) {
        this.#breach(`a run that ended ${rollback.state} has no such end`, fresh);
      }
    }
    this.#world.searchFor('the audit', JSON.stringify(entries));
  }

  /** At the end of a round, when every operation has come to its end. */
  async atEnd(): Promise<void> {
    const entries = await this.#entries();
    const operations = await this.#world.client
      .db(this.#world.stateDatabase)
      .collection<Operation>('rollback_operations')
      .find()
      .toArray();
    for (const { _id, steps, state, restoredBy } of operations) {
      const own = entries.filter(({ operationId }) => operationId === _id);
      const events = own.map(({ event }) => event);
      if (events.filter((event) => event === 'operation.started').length !== 1) {
        this.#breach(`operation ${_id} has not one beginning`, own);
      }
      if (events[0] !== 'operation.started')
        this.#breach(`operation ${_id} does not begin with its start`, own);
      if (own.at(-1)?.event !== 'operation.ended' || own.at(-1)?.outcome !== state) {
        this.#breach(`operation ${_id} is ${state} and does not end so`, own);
      }
      for (const { step, state: wanted } of steps) {
        const last = own.filter((entry) => entry.event === 'step.ended' && entry.step === step).at(-1);
        // The restore that undid it has an end of that STEP of its own.
        if (wanted === 'restored' && restoredBy && last?.outcome === 'rolled_back') continue;
        // Of two runs at once the second one may have begun, and finished, an operation of its own.
        const begun = wanted !== 'pending' && wanted !== 'rolling_back';
        if (last?.outcome !== (begun ? wanted : undefined))
          this.#breach(`STEP ${step} of ${_id} is ${wanted}, not on record`, own);
      }
    }
    // An operation that was begun and cut before it was recorded has changed nothing: a start and no more.
    const recorded = new Set(operations.map(({ _id }) => _id));
    const strays = entries.filter(({ operationId }) => !recorded.has(operationId));
    if (strays.some(({ event }) => event !== 'operation.started')) {
      this.#breach('entries of operations that do not exist', strays);
    }
  }

  async #entries(): Promise<Entry[]> {
    return this.#world.client
      .db(this.#world.stateDatabase)
      .collection<Entry>('rollback_audit')
      .find()
      .toArray();
  }

  #breach(text: string, entries: readonly Entry[]): void {
    const trail = entries.map(
      ({ event, operationId, step, outcome }) => `${event} ${operationId} ${step ?? ''} ${outcome}`,
    );
    this.#world.breach(`audit: ${text}: ${trail.join('; ')}`);
  }
}

function countBy<T>(values: readonly T[], key: (value: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(key(value), (counts.get(key(value)) ?? 0) + 1);
  return counts;
}
