import cluster from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { AlertBook } from '../alerts/alert-book.ts';
import { brokenRules, statusOf } from '../alerts/rules.ts';
import { CollectionCounts } from '../database/collection-counts.ts';
import { DatabaseWatch } from '../database/database-watch.ts';
import type {
  Alert,
  AlertSeverity,
  AlertsHistoryAnswer,
  AlertsSummaryAnswer,
  AlertType,
  DetailedAnswer,
  DiagnosticsAnswer,
  HealthAnswer,
  Instance,
  MetricsAnswer,
  Reason,
  SystemAnswer,
} from '../model/answers.ts';
import type { Settings } from '../options/options.ts';
import { RecentErrors } from '../requests/recent-errors.ts';
import { RequestTracker } from '../requests/tracker.ts';
import { SystemWatch } from '../system/system-watch.ts';

const MOST_COLLECTIONS = 50;
/** The first interval is short, so that CPU is known soon after the start. */
const FIRST_INTERVAL_MS = 1_000;

export interface Clocks {
  /** Milliseconds that only go forward. */
  readonly monotonic: () => number;
  /** Epoch milliseconds. */
  readonly wall: () => number;
}

export const CLOCKS: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() };

/** Everything that the monitor knows, and what each endpoint says of it. Knows nothing of HTTP. */
export class MonitorService {
  readonly tracker: RequestTracker;
  readonly errors: RecentErrors;
  readonly #settings: Settings;
  readonly #clocks: Clocks;
  readonly #system: SystemWatch;
  readonly #database: DatabaseWatch | null;
  readonly #counts: CollectionCounts;
  readonly #alerts = new AlertBook();
  readonly #instance: Instance;
  readonly #firstSample: NodeJS.Timeout;
  readonly #samples: NodeJS.Timeout;
  #firstPing: Promise<void> | null = null;
  #closed = false;

  constructor(settings: Settings, clocks: Clocks = CLOCKS) {
    const { monotonic, wall } = clocks;
    this.#settings = settings;
    this.#clocks = clocks;
    this.tracker = new RequestTracker({
      windowMs: settings.windowMs,
      maxRoutes: settings.maxRoutes,
      now: monotonic,
    });
    this.errors = new RecentErrors(wall);
    this.#system = new SystemWatch({ now: monotonic, wallClock: wall });
    this.#counts = new CollectionCounts({
      names: settings.collections,
      limit: MOST_COLLECTIONS,
      maxAgeMs: settings.collectionsMaxAgeMs,
      timeoutMs: settings.databaseTimeoutMs,
      now: monotonic,
      wallClock: wall,
    });
    this.#database =
      settings.mongo === null
        ? null
        : new DatabaseWatch({
            mongo: settings.mongo,
            database: settings.database,
            intervalMs: settings.databaseIntervalMs,
            timeoutMs: settings.databaseTimeoutMs,
            now: monotonic,
            wallClock: wall,
            onChange: () => this.evaluate('database-down'),
          });
    this.#instance = {
      id: randomUUID(),
      hostname: hostname(),
      pid: process.pid,
      workerId: cluster.worker?.id ?? null,
      startedAt: this.#iso(wall()),
    };
    this.#firstPing =
      this.#database?.start().finally(() => {
        this.#firstPing = null;
      }) ?? null;
    void this.#system.sample();
    this.#firstSample = setTimeout(() => void this.#tick(), FIRST_INTERVAL_MS);
    this.#samples = setInterval(() => void this.#tick(), settings.sampleIntervalMs);
    this.#firstSample.unref();
    this.#samples.unref();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Resolves once the database has been asked for the first time, at the latest after its time limit. */
  async ready(): Promise<void> {
    await this.#firstPing;
  }

  health(): HealthAnswer {
    return this.#health(statusOf(this.#reasons()));
  }

  detailed(): DetailedAnswer {
    const system = this.#system.read();
    const reasons = this.#reasons(system);
    return {
      ...this.#health(statusOf(reasons)),
      reasons,
      instance: this.#instance,
      database: this.#database?.read() ?? null,
      system,
    };
  }

  metrics(): MetricsAnswer {
    return { ...this.health(), instance: this.#instance, ...this.tracker.statistics() };
  }

  async diagnostics(): Promise<DiagnosticsAnswer> {
    const db = this.#databaseHandle();
    const collections = db === null ? null : await this.#counts.read(db);
    return {
      ...this.detailed(),
      metrics: this.tracker.statistics(),
      collections,
      recentErrors: this.errors.list(),
      alerts: this.#alerts.summary(this.#clocks.wall()),
      thresholds: { ...this.#settings.thresholds },
    };
  }

  alertsSummary(): AlertsSummaryAnswer {
    const now = this.#clocks.wall();
    return { timestamp: this.#iso(now), status: statusOf(this.#reasons()), ...this.#alerts.summary(now) };
  }

  alertsHistory(limit: number, severity: readonly AlertSeverity[] | null): AlertsHistoryAnswer {
    const now = this.#clocks.wall();
    return { timestamp: this.#iso(now), ...this.#alerts.history(now, limit, severity) };
  }

  /** Judges the rules and lets the alerts follow: all with each sample, one when the database changes. */
  evaluate(only?: AlertType): void {
    if (this.#closed) return;
    for (const alert of this.#alerts.update(this.#reasons(), this.#clocks.wall(), only)) {
      void this.#tell(alert);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#firstSample);
    clearInterval(this.#samples);
    this.#database?.close();
    this.#system.close();
  }

  async #tick(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.#system.sample();
      this.evaluate();
    } catch (error) {
      this.errors.add(error);
    }
  }

  /** Never rejects, whether the app's function throws or its promise does. */
  async #tell(alert: Alert): Promise<void> {
    try {
      await this.#settings.onAlert?.(alert);
    } catch (error) {
      this.errors.add(error);
    }
  }

  #reasons(system: SystemAnswer = this.#system.read()): Reason[] {
    const { requests, errorRate, responseTime } = this.tracker.recent();
    const database = this.#database?.read() ?? null;
    return brokenRules({ requests, errorRate, p95Ms: responseTime.p95Ms, system, database }, this.#settings);
  }

  #health(status: HealthAnswer['status']): HealthAnswer {
    return {
      status,
      version: this.#settings.version(),
      uptimeSeconds: Math.round(process.uptime() * 1_000) / 1_000,
      timestamp: this.#iso(this.#clocks.wall()),
    };
  }

  /** The database where it is worth asking: not while it is known to be down. */
  #databaseHandle() {
    if (this.#database === null || this.#database.read().status === 'down') return null;
    try {
      return this.#database.db;
    } catch {
      return null;
    }
  }

  #iso(ms: number): string {
    return new Date(ms).toISOString();
  }
}
