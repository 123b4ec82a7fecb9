/** Where a service reports its own health and metrics. At least one of the two addresses is given. */
export interface AppOptions {
  readonly baseUrl?: URL;
  /** What answers below `baseUrl`; `auto` detects it. */
  readonly format: 'auto' | 'deploy-guard' | 'actuator' | 'health-json';
  readonly prometheusUrl?: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Of `prometheusUrl`, which may be another origin; `headers` if not given. */
  readonly prometheusHeaders?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** How often its health is polled while the targets are sampled, and the time between polls. */
  readonly samples: number;
  readonly intervalMs: number;
  readonly expectedVersion?: string;
  /** JSON Pointer into the health document, or Actuator's info, if the user names one. */
  readonly versionPointer?: string;
}
