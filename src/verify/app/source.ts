import type { Clock } from '../../support/clock.ts';
import { messageOf } from '../../support/errors.ts';
import { jsonOf } from '../http/content.ts';
import type { HttpSource } from '../http/source.ts';
import type { AppOptions } from './options.ts';
import {
  ACTUATOR_METRICS,
  readActuatorHealth,
  readActuatorInfo,
  readActuatorMetrics,
  readHealthJson,
} from './other-formats.ts';
import type { Scrape } from './prometheus.ts';
import { type AppReading, EMPTY_READING, mergeReadings, type Unread } from './reading.ts';
import { ENDPOINTS, readAlerts, readDetailed, readHealth, readMetrics } from './six-endpoints.ts';

type Format = Exclude<AppOptions['format'], 'auto'>;

/** JSON of an endpoint, or why there is none. */
type JsonAnswer =
  | { readonly ok: true; readonly status: number; readonly json: unknown }
  | { readonly ok: false; readonly unread: Unread };

/** Reads what a service says of itself. */
export class AppSource {
  readonly #http: HttpSource;
  readonly #options: AppOptions;
  /** Detected at the first answer if it is not given. */
  #format: Format | undefined;

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
    for (const format of this.#format
      ? [this.#format]
      : (['deploy-guard', 'actuator', 'health-json'] as const)) {
      for (const path of HEALTH_PATHS[format]) {
        const answer = await this.#json(path);
        if (!answer.ok) {
          reasons.push(`${path || 'the base URL'}: ${answer.unread.reason}`);
          continue;
        }
        const reading = READERS[format](answer.json);
        if (reading) {
          this.#format = format;
          return { ok: true, reading: answer.status === 503 ? contradicted(reading) : reading };
        }
        reasons.push(`${path || 'the base URL'}: the JSON has no status that is known`);
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
   */
  async everything(since: number): Promise<AppReading> {
    const health = await this.health();
    const first: AppReading = health.ok
      ? health.reading
      : { ...EMPTY_READING, unread: new Map([['health', { kind: 'failed', reason: health.reason }]]) };
    switch (this.#format) {
      case 'deploy-guard':
        return mergeReadings([first, await this.#sixEndpoints(since)]);
      case 'actuator':
        return mergeReadings([first, await this.#actuator()]);
      default:
        return first;
    }
  }

  /** The Prometheus endpoint, as it is now. */
  async scrape(clock: Clock): Promise<{ ok: true; scrape: Scrape } | { ok: false; reason: string }> {
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
    try {
      // Loaded only where a Prometheus endpoint is given.
      const { parseScrape } = await import('./prometheus.ts');
      return {
        ok: true,
        scrape: parseScrape(answer.value.body.toString('utf8'), clock.now(), clock.monotonic()),
      };
    } catch (error) {
      return { ok: false, reason: `the answer is not Prometheus text: ${messageOf(error).slice(0, 200)}…` };
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
    // Diagnostics hold all of the others: they step in where one of those could not be read.
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

  async #actuator(): Promise<AppReading> {
    const base = this.#actuatorBase;
    const metrics = new Map<string, unknown>();
    await Promise.all(
      ACTUATOR_METRICS.map(async (name) => {
        const answer = await this.#json(`${base}/metrics/${name}`);
        if (answer.ok) metrics.set(name, answer.json);
      }),
    );
    return mergeReadings([await this.#actuatorInfo(), readActuatorMetrics(metrics)]);
  }

  get #actuatorBase(): string {
    return this.#options.baseUrl?.pathname.endsWith('/actuator') ? '' : '/actuator';
  }

  async #actuatorInfo(): Promise<AppReading> {
    const info = await this.#json(`${this.#actuatorBase}/info`);
    return info.ok ? readActuatorInfo(info.json) : EMPTY_READING;
  }

  async #json(path: string): Promise<JsonAnswer> {
    const base = this.#options.baseUrl;
    if (!base) return { ok: false, unread: { kind: 'missing', reason: 'no base URL is given' } };
    const url = new URL(base);
    const [pathname = '', query = ''] = path.split('?');
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${pathname}`;
    if (query) url.search = `?${query}`;
    const answer = await this.#http.fetch({
      url,
      headers: { ...this.#options.headers, accept: 'application/json, application/health+json' },
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
    return { ok: false, unread: { kind: 'failed', reason: `answered ${status}, and ${json.reason}` } };
  }
}

/** With status 503 a service is unhealthy, whatever the JSON says. */
function contradicted(reading: AppReading): AppReading {
  if (reading.status === 'unhealthy') return reading;
  const reason = `it answered 503, though it calls itself ${reading.status}`;
  return { ...reading, status: 'unhealthy', reasons: [...reading.reasons, reason] };
}

const HEALTH_PATHS: Readonly<Record<Format, readonly string[]>> = {
  'deploy-guard': [ENDPOINTS.health],
  actuator: ['/actuator/health', '/health'],
  'health-json': ['', '/health'],
};

const READERS: Readonly<Record<Format, (json: unknown) => AppReading | undefined>> = {
  'deploy-guard': readHealth,
  actuator: readActuatorHealth,
  'health-json': readHealthJson,
};
