import type { Progress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** How much is printed beside the result. */
export type Loudness = 'quiet' | 'normal' | 'verbose';

/** One call of the command line, read and ready. */
export interface Session {
  readonly terminal: Terminal;
  readonly progress: Progress;
  /** Aborted with `Interrupted` when the process must stop. */
  readonly signal: AbortSignal;
  readonly loudness: Loudness;
  /** Words behind the command. */
  readonly words: readonly string[];
  /** Options as given, lists joined by line ends. */
  readonly options: ReadonlyMap<string, string>;
  /** The raw text of an input: from an option, a question or the environment. */
  input(name: string): string | undefined;
  readonly json: boolean;
}
