import { type StateStore, StateUnavailableError } from '../../state/store.ts';
import type { Clock } from '../../support/clock.ts';
import type { Incoming } from '../model/alert.ts';
import { decide } from '../policy/decide.ts';
import type { Decision, Outcome, PolicyRun } from '../policy/decision.ts';
import type { PolicyRules } from '../policy/rules.ts';
import { EMPTY_MEMORY, type Memory, NewerMemoryError, parseMemory, storedMemory } from './memory.ts';
import { noteProgress, type Sending, settle } from './record-outcome.ts';

const AREA = 'alert_history';
/** Writing down that an alert was held is worth this many tries where other runs are in the way. */
const TRIES_FOR_COUNTS = 2;

/** The memory of earlier runs, as one run uses it: decide and claim, note progress, settle. */
export class Ledger {
  readonly #store: StateStore;
  readonly #run: Omit<PolicyRun, 'now'>;
  readonly #rules: PolicyRules;
  readonly #clock: Clock;
  readonly #notices = new Set<string>();
  #blind: PolicyRun['blind'];
  #memory: Memory = EMPTY_MEMORY;

  constructor(store: StateStore, rules: PolicyRules, run: Omit<PolicyRun, 'now'>, clock: Clock) {
    this.#store = store;
    this.#rules = rules;
    this.#run = run;
    this.#clock = clock;
    if (store.kind === 'none') {
      this.#blind = {
        rule: 'no-state',
        reason: 'There is no state, so nobody knows whether it was told before; it is told now.',
      };
    }
  }

  /** What the reader of the report should know about the memory. */
  get notices(): readonly string[] {
    return [...this.#notices, ...(this.#store.notices ?? [])];
  }

  /** The memory as this run last saw or wrote it. */
  get memory(): Memory {
    return this.#memory;
  }

  /** Whether earlier runs could not be asked. */
  get blind(): PolicyRun['blind'] {
    return this.#blind;
  }

  /**
   * Decides, and claims what is to be sent. Where the memory cannot be had, everything is sent.
   * @param rules where they differ from the usual ones.
   * @param abandoned claims of other runs that are not waited for any more.
   */
  async claim(
    incoming: Incoming,
    rules: PolicyRules = this.#rules,
    abandoned: ReadonlySet<string> = new Set(),
  ): Promise<Outcome> {
    if (this.#blind) return this.#decideBlind(incoming, this.#blind);
    let tries = 0;
    try {
      return await this.#store.update(AREA, this.#run.environment, (stored) => {
        tries++;
        const outcome = this.#decide(stored, incoming, rules, abandoned);
        this.#memory = outcome.memory;
        const write = outcome.essential || (outcome.decisions.some(isHeld) && tries <= TRIES_FOR_COUNTS);
        return write ? { next: storedMemory(outcome.memory), result: outcome } : { result: outcome };
      });
    } catch (error) {
      return this.#decideBlind(incoming, this.#lost(error));
    }
  }

  /** Decides without claiming or writing anything, for dry runs. */
  async look(incoming: Incoming): Promise<Outcome> {
    if (this.#blind) return this.#decideBlind(incoming, this.#blind);
    try {
      const stored = await this.#store.read(AREA, this.#run.environment);
      this.#memory = parseMemory(stored).memory;
      return this.#decide(stored, incoming, this.#rules);
    } catch (error) {
      return this.#decideBlind(incoming, this.#lost(error));
    }
  }

  /** Notes where a message already is. Failing to is no harm: at worst it is told twice after a crash. */
  async progress(sendings: readonly Sending[]): Promise<void> {
    await this.#change((memory) => noteProgress(memory, sendings, this.#run.claimId));
  }

  /** Writes down how it went. */
  async settle(sendings: readonly Sending[]): Promise<void> {
    const now = this.#clock.now();
    await this.#change((memory) => settle(memory, sendings, this.#run.claimId, now));
  }

  #decide(
    stored: unknown,
    incoming: Incoming,
    rules: PolicyRules,
    abandoned: ReadonlySet<string> = new Set(),
  ): Outcome {
    const { memory, dropped } = parseMemory(stored);
    if (dropped > 0) {
      this.#notices.add(
        `The alert history in ${this.#store.description} was damaged; what could not be read was left out, so alerts may be told again.`,
      );
    }
    return decide(memory, incoming, rules, { ...this.#run, now: this.#clock.now(), abandoned });
  }

  #decideBlind(incoming: Incoming, blind: NonNullable<PolicyRun['blind']>): Outcome {
    const run = { ...this.#run, now: this.#clock.now(), blind };
    return decide(EMPTY_MEMORY, incoming, this.#rules, run);
  }

  async #change(change: (memory: Memory) => Memory): Promise<void> {
    if (this.#store.kind === 'none') return;
    try {
      await this.#store.update(AREA, this.#run.environment, (stored) => {
        this.#memory = change(parseMemory(stored).memory);
        return { next: storedMemory(this.#memory), result: undefined };
      });
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#notices.add(
        `What was sent could not be written down (${error.message}), so the next run may tell it again.`,
      );
    }
  }

  #lost(error: unknown): NonNullable<PolicyRun['blind']> {
    if (!isUnavailable(error)) throw error;
    this.#notices.add(
      `The state could not be used (${error.message}): alerts were sent without knowing whether they had been told before.`,
    );
    const reason = 'The state could not be used, so nobody knows whether it was told before; it is told now.';
    this.#blind = { rule: 'state-unavailable', reason };
    return this.#blind;
  }
}

function isHeld(decision: Decision): boolean {
  return decision.action === 'hold' && decision.memory === undefined;
}

function isUnavailable(error: unknown): error is Error {
  return error instanceof StateUnavailableError || error instanceof NewerMemoryError;
}
