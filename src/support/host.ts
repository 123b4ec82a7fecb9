import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import type { Dialect } from './problem.ts';
import type { RunContext } from './run-context.ts';

/** One annotation of the run. GitHub shows ten of each level per step; the eleventh says how many there are. */
export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly message: string;
}

/** What a run needs of the place it runs in: GitHub's runner, or a terminal. */
export interface Host {
  /** The raw text of an input or option. */
  input(name: string): string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly context: RunContext;
  readonly clock: Clock;
  readonly log: Log;
  /** How problems name inputs to the user of this place. */
  readonly dialect: Dialect;
  /** Aborted with `Interrupted` when the run must stop. */
  readonly signal: AbortSignal;
  /** Where the JSON report goes when the user names no place. */
  readonly defaultReportPath: string;
  /** Keeps a string out of everything that is printed from here on. */
  mask(secret: string): void;
  output(name: string, value: string): void;
  annotate(annotation: Annotation): void;
  summary(markdown: string): Promise<void>;
}
