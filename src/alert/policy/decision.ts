import type { AlertStatus } from '../../report/vocabulary.ts';
import type { AlertMemory, Memory } from '../log/memory.ts';
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
  /** No memory could be had: why, by name and in words. Then everything is told. */
  readonly blind?: { readonly rule: string; readonly reason: string };
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
  /** Undefined: not told now. */
  readonly channels?: readonly string[];
  /** Of a message taken over from a run that died: where it already is. */
  readonly delivered?: readonly string[];
  /** Of a message that was begun before: how often the alert had been told then. */
  readonly toldBefore?: number | undefined;
}

/** Clocks of two machines may differ by this much without anybody having gone back in time. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;
