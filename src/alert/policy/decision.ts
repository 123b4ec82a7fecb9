import type { AlertStatus } from '../../report/vocabulary.ts';
import type { AlertMemory, Memory, RunStamp } from '../log/memory.ts';
import type { Blindness } from '../log/notification-log.ts';
import type { FiringAlert } from '../model/alert.ts';

/** Who decides and when. */
export interface PolicyRun {
  readonly environment: string;
  /** Wall time, epoch milliseconds. */
  readonly now: number;
  /** The run's own id, under which it claims what it is about to send. */
  readonly claimId: string;
  /** The run in words, for other runs' messages. */
  readonly holder: string;
  /** Claims of runs that this one has watched for as long as a claim lasts: whatever the clocks say, they are dead. */
  readonly abandoned?: ReadonlySet<string>;
  /** Why no memory could be had: then everything is sent. */
  readonly blind?: Blindness;
  /** Number and attempt of the run in its workflow; undefined outside GitHub. */
  readonly stamp?: RunStamp;
  /** The state is a file, which a cache may have brought back from before the last run. */
  readonly mayBeOutdated?: boolean;
  /** Alerts whose missed message this run has tried to deliver already. */
  readonly redelivered?: ReadonlySet<string>;
}

/** What happens to one alert, by which rule and why. */
export interface Decision {
  readonly alert: FiringAlert;
  readonly kind: 'firing' | 'resolved';
  /** `wait`: another run is sending it right now; look again soon. */
  readonly action: 'send' | 'hold' | 'wait';
  /** What the report says: of `send` what it becomes once delivered. */
  readonly status: AlertStatus;
  readonly rule: string;
  readonly reason: string;
  /** Where it is sent. */
  readonly channels: readonly string[];
  /** By channel: only these recipients, who missed the message before. */
  readonly recipients?: Readonly<Record<string, readonly string[]>>;
  /** This message is delivered late; the alert is decided again once it is out. */
  readonly again?: boolean;
  /** Of `send`: what the memory knows of the alert, for threads and message ids. */
  readonly memory?: AlertMemory;
  /** How far it has escalated. */
  readonly level?: number;
  /** Of `inhibited`: the fingerprint of the alert that explains it. */
  readonly inhibitor?: string;
}

export interface Outcome {
  readonly decisions: readonly Decision[];
  readonly memory: Memory;
  /** Whether the new memory must be written; else it only counts what was held. */
  readonly essential: boolean;
}

/** The decision over one alert, and what is remembered of it. */
export interface Judged {
  readonly decision: Decision;
  readonly memory?: AlertMemory;
  readonly essential: boolean;
}

/** The name of a rule, why it applies and what follows. */
export interface Rule {
  readonly rule: string;
  readonly reason: string;
  /** Undefined: not notified now. */
  readonly channels?: readonly string[];
  /** Of a message taken over from a run that died: where it already is. */
  readonly delivered?: readonly string[];
  /** By channel: only these recipients. */
  readonly recipients?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Of a message that was begun before: how often the alert had been notified then. */
  readonly notifiedBefore?: number | undefined;
}

/** Clocks of two machines may differ by this much without anybody having gone back in time. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;
