import type { Phase } from '../../report/schema.ts';
import type { Clock } from '../../support/clock.ts';
import { formatDuration } from '../../support/duration.ts';
import type { Log } from '../../support/log.ts';

const VERBS: ReadonlyMap<string, string> = new Map([
  ['reachable', 'answered in'],
  ['right version', 'answered in'],
]);

/** The phases of a run: timed, logged, and kept for the report even when the run is interrupted. */
export class Phases {
  readonly list: Phase[] = [];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #signal: AbortSignal;

  constructor(ports: { clock: Clock; log: Log; signal: AbortSignal }) {
    this.#clock = ports.clock;
    this.#log = ports.log;
    this.#signal = ports.signal;
  }

  /** Does the work of a phase. `describe` says how it went, from its result. */
  async run<T>(
    name: string,
    work: () => Promise<T>,
    describe: (result: T) => Pick<Phase, 'detail'> & { outcome?: Phase['outcome'] } = () => ({}),
  ): Promise<T> {
    const startedAt = new Date(this.#clock.now()).toISOString();
    const begun = this.#clock.monotonic();
    this.#log.progress?.(name);
    const end = (rest: Partial<Phase>) => {
      const phase: Phase = {
        name,
        startedAt,
        durationMs: this.#clock.monotonic() - begun,
        outcome: 'done',
        ...rest,
      };
      this.list.push(phase);
      const detail = phase.detail ? `, ${phase.detail}` : '';
      const took = formatDuration(phase.durationMs);
      const how =
        phase.outcome === 'done' ? `${VERBS.get(name) ?? 'took'} ${took}` : `${phase.outcome} after ${took}`;
      this.#log.info(`${name}: ${how}${detail}`);
    };
    try {
      const result = await work();
      end(describe(result));
      return result;
    } catch (error) {
      end({ outcome: this.#signal.aborted ? 'interrupted' : 'failed' });
      throw error;
    }
  }
}
