import type { Clock } from '../../support/clock.ts';
import { messageOf } from '../../support/errors.ts';
import { atPointer, jsonOf, textOf } from '../http/content.ts';
import { healthOf } from '../http/health-words.ts';
import type { HttpSource, SentRequests } from '../http/source.ts';
import type { AppOptions } from './options.ts';
import {
  ACTUATOR_METRICS,
  readActuatorHealth,
  readActuatorInfo,
  readActuatorMetrics,
  readHealthJson,
  severalActuators,
} from './other-formats.ts';
import type { OwnRequests, Scrape } from './prometheus.ts';
import { type AppReading, EMPTY_READING, mergeReadings, type Unread } from './reading.ts';
import { ENDPOINTS, readAlerts, readDetailed, readHealth, readMetrics } from './six-endpoints.ts';

type Format = Exclude<AppOptions['format'], 'auto'>;

/** JSON of an endpoint, or why there is none. */
type JsonAnswer =
  | { readonly ok: true; readonly status: number; readonly json: unknown }
  | { readonly ok: false; readonly unread: Unread };

/** Counters of Actuator at one moment, by name of the metric. */
export type ActuatorCounters = ReadonlyMap<string, unknown>;

/** Scrapes at once, each on a connection of its own: behind a balancer they meet several processes. */
const SCRAPES_AT_ONCE = 4;

/** Reads what a service says of itself. */
export class AppSource {
  readonly #http: HttpSource;
  readonly #options: AppOptions;
  /** Detected at the first answer if it is not given. */
  #format: Format | undefined;
  /** Path of the health document below the base URL, where it was found last. */
  #healthPath: string | undefined;

  constructor(http: HttpSource, options: AppOptions) {
    this.#http = http;
    this.#options = options;
    this.#format = options.format === 'auto' ? undefined : options.format;
  }

  get format(): string {
    return this.#format ?? 'unknown';
  }

  /** The status, with version and reasons if the format has them there; or why it cannot be read. */
  async health(): Promise<{ ok: true; reading: AppReading } | { ok: false; reason: string }> {
    const reasons: string[] = [];
    const tried = new Map<string, JsonAnswer>();
    for (const format of this.#format ? [this.#format] : FORMATS) {
      for (const path of this.#healthPath === undefined ? HEALTH_PATHS[format] : [this.#healthPath]) {
        const before = tried.get(path);
        const answer = before ?? (await this.#document(path));
        tried.set(path, answer);
        if (!answer.ok) {
          if (!before) reasons.push(`${path || 'the base URL'}: ${answer.unread.reason}`);
          continue;
        }
        const reading = READERS[format](answer.json);
        if (reading) {
          this.#format = format;
          this.#healthPath = path;
          const versioned = this.#withPointedVersion(reading, answer.json);
          return { ok: true, reading: answer.status === 503 ? contradicted(versioned) : versioned };
        }
        if (!before) reasons.push(`${path || 'the base URL'}: the answer has no status that is known`);
      }
    }
    return { ok: false, reason: reasons.join('; ') };
  }

  /** Only status and version, which cost the service little. */
  async poll(): Promise<{ ok: true; reading: AppReading } | { ok: false; reason: string }> {
    const health = await this.health();
    if (!health.ok || this.#format !== 'actuator' || this.#options.expectedVersion === undefined)
      return health;
    return { ok: true, reading: mergeReadings([health.reading, await this.#actuatorInfo()]) };
  }

  /**
   * Everything that the service says.
   * @param since when the gate began, epoch milliseconds
   * @param before Actuator's counters at the start of the samples
   * @param sent what the gate sent between the two
   */
  async everything(since: number, before?: ActuatorCounters, sent?: SentRequests): Promise<AppReading> {
    const health = await this.health();
    const first: AppReading = health.ok
      ? health.reading
      : { ...EMPTY_READING, unread: new Map([['health', { kind: 'failed', reason: health.reason }]]) };
    switch (this.#format) {
      case 'deploy-guard':
        return mergeReadings([first, await this.#sixEndpoints(since)]);
      case 'actuator':
        return mergeReadings([first, await this.#actuator(before, sent)]);
      default:
        return first;
    }
  }

  /** Actuator's counters as they are now; undefined for another format. */
  async actuatorCounters(): Promise<ActuatorCounters | undefined> {
    return this.#format === 'actuator' ? this.#actuatorMetrics() : undefined;
  }

  /** The Prometheus endpoint as it is now, read several times at once; the first scrape stands for all. */
  async scrape(
    clock: Clock,
  ): Promise<{ ok: true; scrapes: readonly Scrape[] } | { ok: false; reason: string }> {
    const scrapes = await Promise.all(Array.from({ length: SCRAPES_AT_ONCE }, () => this.#scrapeOnce(clock)));
    const found = scrapes.flatMap((one) => (one.ok ? [one.scrape] : []));
    if (found.length > 0) return { ok: true, scrapes: found };
    return scrapes.find((one) => !one.ok) ?? { ok: false, reason: 'no answer' };
  }

  /** What the gate sent meanwhile, as the service's own counters see it. */
  ownRequests(sent: SentRequests): OwnRequests {
    const host = this.#options.prometheusUrl?.hostname ?? this.#options.baseUrl?.hostname ?? '';
    return { byPath: sent.goodByPath(), sameHost: sent.goodTo(host) };
  }

  async #scrapeOnce(clock: Clock): Promise<{ ok: true; scrape: Scrape } | { ok: false; reason: string }> {
    const url = this.#options.prometheusUrl;
    if (!url) return { ok: false, reason: 'no Prometheus endpoint is given' };
    const answer = await this.#http.fetch({
      url,
      headers: {
        ...(this.#options.prometheusHeaders ?? this.#options.headers),
        accept: 'text/plain; version=0.0.4',
      },
      timeoutMs: this.#options.timeoutMs,
    });
    if (!answer.ok) return answer;
    if (answer.value.status !== 200) return { ok: false, reason: `answered ${answer.value.status}` };
    const text = textOf(answer.value);
    if (!text.ok) return text;
    try {
      // Loaded only where a Prometheus endpoint is given.
      const { parseScrape } = await import('./prometheus.ts');
      return { ok: true, scrape: parseScrape(text.value, clock.now(), clock.monotonic()) };
    } catch (error) {
      return { ok: false, reason: `the answer is not Prometheus text: ${messageOf(error).slice(0, 200)}` };
    }
  }

  async #sixEndpoints(since: number): Promise<AppReading> {
    const unread = new Map<string, Unread>();
    const read = async (path: string): Promise<unknown> => {
      const answer = await this.#json(path);
      if (answer.ok) return answer.json;
      unread.set(path, answer.unread);
      return undefined;
    };
    const [detailed, metrics, diagnostics, summary, history] = await Promise.all([
      read(ENDPOINTS.detailed),
      read(ENDPOINTS.metrics),
      read(ENDPOINTS.diagnostics),
      read(ENDPOINTS.alertsSummary),
      read(`${ENDPOINTS.alertsHistory}?limit=100`),
    ]);
    // Diagnostics hold all of the others: they step in for one of those that could not be read.
    const inDiagnostics = diagnostics as { metrics?: unknown; alerts?: unknown } | undefined;
    return {
      ...mergeReadings([
        readDetailed(detailed ?? diagnostics),
        readMetrics(metrics ?? inDiagnostics?.metrics),
        readAlerts(summary ?? inDiagnostics?.alerts, history, since),
      ]),
      unread,
    };
  }

  async #actuator(before: ActuatorCounters | undefined, sent: SentRequests | undefined): Promise<AppReading> {
    const [info, after] = await Promise.all([this.#actuatorInfo(), this.#actuatorMetrics()]);
    const several = before && severalActuators(before, after);
    return mergeReadings([
      info,
      {
        ...readActuatorMetrics(after, before, sent?.goodTo(this.#options.baseUrl?.hostname ?? '')),
        ...(several === undefined ? {} : { severalProcesses: several }),
      },
    ]);
  }

  async #actuatorMetrics(): Promise<ActuatorCounters> {
    const base = this.#actuatorBase;
    const metrics = new Map<string, unknown>();
    await Promise.all(
      ACTUATOR_METRICS.map(async (name) => {
        const answer = await this.#json(`${base}/metrics/${name}`);
        if (answer.ok) metrics.set(name, answer.json);
      }),
    );
    return metrics;
  }

  /** Info and metrics lie beside the health that was found: `management.endpoints.web.base-path` may be anything. */
  get #actuatorBase(): string {
    return (this.#healthPath ?? '/actuator/health').replace(/\/health$/, '');
  }

  async #actuatorInfo(): Promise<AppReading> {
    const info = await this.#json(`${this.#actuatorBase}/info`);
    return info.ok ? readActuatorInfo(info.json, this.#options.versionPointer) : EMPTY_READING;
  }

  /** The version at the place that the user names, which comes before the format's own. */
  #withPointedVersion(reading: AppReading, json: unknown): AppReading {
    const { versionPointer } = this.#options;
    const version = versionPointer === undefined ? undefined : atPointer(json, versionPointer);
    return typeof version === 'string' || typeof version === 'number'
      ? { ...reading, version: String(version) }
      : reading;
  }

  /** A health document: JSON, or the word alone, as ASP.NET's health checks answer. */
  #document(path: string): Promise<JsonAnswer> {
    return this.#json(path, true);
  }

  async #json(path: string, words = false): Promise<JsonAnswer> {
    const base = this.#options.baseUrl;
    if (!base) return { ok: false, unread: { kind: 'missing', reason: 'no base URL is given' } };
    const url = new URL(base);
    const [pathname = '', query = ''] = path.split('?');
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${pathname}`;
    if (query) url.search = `?${query}`;
    const answer = await this.#http.fetch({
      url,
      headers: { ...this.#options.headers, accept: ACCEPT },
      timeoutMs: this.#options.timeoutMs,
    });
    if (!answer.ok) return { ok: false, unread: { kind: 'failed', reason: answer.reason } };
    const { status } = answer.value;
    if (status === 401 || status === 403) {
      return { ok: false, unread: { kind: 'token', reason: `answered ${status}: it asks for a token` } };
    }
    if (status === 404) return { ok: false, unread: { kind: 'missing', reason: 'answered 404' } };
    // 503 is how an unhealthy service answers, and it says why.
    if (status !== 200 && status !== 503) {
      return { ok: false, unread: { kind: 'failed', reason: `answered ${status}` } };
    }
    const json = jsonOf(answer.value);
    if (json.ok) return { ok: true, status, json: json.value };
    const text = words ? textOf(answer.value) : undefined;
    if (text?.ok && healthOf(text.value) !== undefined) {
      return { ok: true, status, json: { status: text.value.trim() } };
    }
    return { ok: false, unread: { kind: 'failed', reason: `answered ${status}, and ${json.reason}` } };
  }
}

const ACCEPT = 'application/json, application/health+json, */*;q=0.5';

/** With status 503 a service is unhealthy, whatever the JSON says. */
function contradicted(reading: AppReading): AppReading {
  if (reading.status === 'unhealthy') return reading;
  const reason = `it answered 503, though it calls itself ${reading.status}`;
  return { ...reading, status: 'unhealthy', reasons: [...reading.reasons, reason] };
}

const FORMATS = ['deploy-guard', 'actuator', 'health-json'] as const;

const HEALTH_PATHS: Readonly<Record<Format, readonly string[]>> = {
  'deploy-guard': [ENDPOINTS.health],
  actuator: ['/actuator/health', '/health'],
  'health-json': ['', '/health', ENDPOINTS.health, '/healthz', '/_cluster/health'],
};

const READERS: Readonly<Record<Format, (json: unknown) => AppReading | undefined>> = {
  'deploy-guard': readHealth,
  actuator: readActuatorHealth,
  'health-json': readHealthJson,
};
