/** Where a run takes place: for reports, alerts and audit entries. Everything may be unknown outside GitHub. */
export interface RunContext {
  /** Name of the event (`push`, `pull_request`, …); undefined outside GitHub. */
  readonly event?: string;
  /** `owner/name`. */
  readonly repository?: string;
  readonly workflow?: string;
  readonly runId?: string;
  /** Rises with each run of the workflow. */
  readonly runNumber?: number;
  /** From 1; rises when the same run is started again. */
  readonly runAttempt?: number;
  /** Id of the job in its workflow. */
  readonly job?: string;
  /** The run's page. */
  readonly url?: string;
  readonly commit?: string;
  readonly ref?: string;
  /** Who started the run; outside GitHub the user of the machine. */
  readonly actor: string;
  /** The machine, for leases. */
  readonly host: string;
  /**
   * Why the code that runs counts as not merged (`the event is pull_request`); undefined if it is merged, or outside
   * GitHub. Such a run changes and sends nothing, and its guard file is not trusted.
   */
  readonly unmerged?: string;
  /** Number of the pull request that it is about. */
  readonly pullRequest?: number;
}
