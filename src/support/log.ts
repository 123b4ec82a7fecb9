/** Where a mode says what it does. Its implementation redacts secrets. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  /** Annotations of the run. Use them sparingly: GitHub shows ten of each kind per step. */
  notice(message: string): void;
  warning(message: string): void;
  error(message: string): void;
  /** What is being done right now (`sample 4 of 10`): a terminal shows it in place, a log does not. */
  progress?(what: string): void;
  /** A foldable group of lines in the log. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
}

/** A log that keeps silent, for callers that want only the result. */
export const silentLog: Log = {
  debug() {},
  info() {},
  notice() {},
  warning() {},
  error() {},
  group: (_title, work) => work(),
};
