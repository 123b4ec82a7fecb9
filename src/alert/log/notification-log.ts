import { type StateStore, StateUnavailableError } from '../../state/store.ts';
import { EMPTY_MEMORY, type Memory, NewerMemoryError, parseMemory, storedMemory } from './memory.ts';

const AREA = 'alert_history';
/** Writing down that an alert was held is worth this many tries where other runs are in the way. */
const TRIES_FOR_COUNTS = 2;

/** Why no memory of earlier runs could be had: by name and in words. Then every alert is sent. */
export interface Blindness {
  readonly rule: string;
  readonly reason: string;
}

/** What a decision over the memory comes to, as far as the log needs to know. */
export interface Decided {
  readonly memory: Memory;
  /** Whether the new memory must be written; if not, it only counts what was held. */
  readonly essential: boolean;
  readonly decisions: readonly { readonly action: 'send' | 'hold' | 'wait'; readonly memory?: unknown }[];
}

/** Decides over the memory. Pure: called again if another run was faster. */
export type Decide<Outcome> = (memory: Memory, blind: Blindness | undefined) => Outcome;

/**
 * The notification log of an environment, as one run uses it: which recipients were notified of what, when and by
 * which channel. What is decided over it is handed in; the log reads, claims and records.
 */
export class NotificationLog {
  readonly #store: StateStore;
  readonly #environment: string;
  readonly #notices = new Set<string>();
  #blind: Blindness | undefined;

  constructor(store: StateStore, environment: string) {
    this.#store = store;
    this.#environment = environment;
    if (store.kind === 'none') {
      this.#blind = {
        rule: 'no-state',
        reason: 'No state is configured, so earlier notifications are unknown; sent to be safe.',
      };
    }
  }

  /** What the reader of the report should know about the memory. */
  get notices(): readonly string[] {
    return [...this.#notices, ...(this.#store.notices ?? [])];
  }

  /** Whether earlier runs could not be asked. */
  get blind(): Blindness | undefined {
    return this.#blind;
  }

  /** Decides and stores what was claimed. If the memory cannot be had, everything is sent. */
  async claim<Outcome extends Decided>(decide: Decide<Outcome>): Promise<Outcome> {
    if (this.#blind) return decide(EMPTY_MEMORY, this.#blind);
    let tries = 0;
    try {
      return await this.#store.update(AREA, this.#environment, (stored) => {
        tries++;
        const outcome = decide(this.#parse(stored), undefined);
        const write = outcome.essential || (outcome.decisions.some(isHeld) && tries <= TRIES_FOR_COUNTS);
        return write ? { next: storedMemory(outcome.memory), result: outcome } : { result: outcome };
      });
    } catch (error) {
      return decide(EMPTY_MEMORY, this.#lost(error));
    }
  }

  /** Decides without claiming or writing anything, for dry runs. */
  async peek<Outcome>(decide: Decide<Outcome>): Promise<Outcome> {
    if (this.#blind) return decide(EMPTY_MEMORY, this.#blind);
    try {
      return decide(this.#parse(await this.#store.read(AREA, this.#environment)), undefined);
    } catch (error) {
      return decide(EMPTY_MEMORY, this.#lost(error));
    }
  }

  /** Writes down progress or an outcome. Failing to is reported: at worst a message is sent twice. */
  async change(change: (memory: Memory) => Memory): Promise<void> {
    if (this.#store.kind === 'none') return;
    try {
      await this.#store.update(AREA, this.#environment, (stored) => {
        return { next: storedMemory(change(parseMemory(stored).memory)), result: undefined };
      });
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#notices.add(
        `The outcome could not be recorded (${error.message}), so the next run may send the same message again.`,
      );
    }
  }

  #parse(stored: unknown): Memory {
    const { memory, dropped } = parseMemory(stored);
    if (dropped > 0) {
      this.#notices.add(
        `The alert history in ${this.#store.description} was damaged; entries that could not be read were left out, so alerts may be sent again.`,
      );
    }
    return memory;
  }

  #lost(error: unknown): Blindness {
    if (!isUnavailable(error)) throw error;
    this.#notices.add(
      `The state could not be used (${error.message}): alerts were sent without knowing earlier notifications.`,
    );
    this.#blind = {
      rule: 'state-unavailable',
      reason: 'The state could not be used, so earlier notifications are unknown; sent to be safe.',
    };
    return this.#blind;
  }
}

function isHeld(decision: Decided['decisions'][number]): boolean {
  return decision.action === 'hold' && decision.memory === undefined;
}

function isUnavailable(error: unknown): error is Error {
  return error instanceof StateUnavailableError || error instanceof NewerMemoryError;
}
