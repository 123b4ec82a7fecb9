import type { AlertSeverity, ErrorAnswer, HealthStatus } from '../model/answers.ts';
import type { Access } from './access.ts';
import { PROMETHEUS_TYPE, prometheusText } from './prometheus.ts';
import type { MonitorService } from './service.ts';

export type EndpointName =
  | 'health'
  | 'detailed'
  | 'metrics'
  | 'diagnostics'
  | 'prometheus'
  | 'alerts-summary'
  | 'alerts-history';

const PATHS: Readonly<Record<EndpointName, string>> = {
  health: '/health',
  detailed: '/health/detailed',
  metrics: '/health/metrics',
  diagnostics: '/health/diagnostics',
  prometheus: '/health/prometheus',
  'alerts-summary': '/alerts/summary',
  'alerts-history': '/alerts/history',
};

const SEVERITIES: readonly AlertSeverity[] = ['info', 'warning', 'error', 'critical'];
const DEFAULT_HISTORY = 100;
const MOST_HISTORY = 1_000;

export interface EndpointRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly authorization: string | undefined;
  /** null where it is not known. */
  readonly address: string | null;
}

export interface EndpointResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** From a request to the whole response, for every framework alike. */
export class Endpoints {
  readonly #service: MonitorService;
  readonly #access: Access;
  readonly #byPath: ReadonlyMap<string, EndpointName>;
  readonly #health: string;
  readonly #alerts: string;

  constructor(service: MonitorService, access: Access, basePath: string) {
    this.#service = service;
    this.#access = access;
    this.#health = `${basePath}/health`;
    this.#alerts = `${basePath}/alerts/`;
    this.#byPath = new Map(
      (Object.entries(PATHS) as [EndpointName, string][]).map(([name, path]) => [basePath + path, name]),
    );
  }

  /** Every path, with its base. */
  get paths(): readonly string[] {
    return [...this.#byPath.keys()];
  }

  /** Which endpoint a URL names. It is asked for every request of the app, so most are turned down early. */
  match(url: string): EndpointName | undefined {
    if (!url.startsWith(this.#health) && !url.startsWith(this.#alerts)) return undefined;
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    return this.#byPath.get(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);
  }

  /** Never rejects. */
  async answer(name: EndpointName, request: EndpointRequest): Promise<EndpointResponse> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const allow = { allow: 'GET, HEAD' };
      return refusal(405, 'method-not-allowed', 'Only GET and HEAD are answered here.', allow);
    }
    const head = request.method === 'HEAD';
    try {
      const answer = this.#refuse(name, request) ?? (await this.#answer(name, request.url));
      return head ? { ...answer, body: '' } : answer;
    } catch (error) {
      this.#service.errors.add(error);
      return refusal(500, 'internal', 'The monitor could not make this answer.');
    }
  }

  #refuse(name: EndpointName, request: EndpointRequest): EndpointResponse | null {
    if (this.#service.closed) return refusal(503, 'closed', 'The monitor was closed.');
    if (name === 'health') return null;
    const admission = this.#access.admit(request.authorization, request.address);
    if (admission.admitted) return null;
    if (admission.statusCode === 429) {
      return refusal(429, 'too-many-attempts', 'Too many wrong tokens. Try again later.', {
        'retry-after': String(admission.retryAfterSeconds),
      });
    }
    return refusal(401, 'unauthorized', 'Send the admin token: Authorization: Bearer TOKEN.', {
      'www-authenticate': 'Bearer',
    });
  }

  async #answer(name: EndpointName, url: string): Promise<EndpointResponse> {
    const service = this.#service;
    await service.ready();
    switch (name) {
      case 'health':
        return byStatus(service.health());
      case 'detailed':
        return byStatus(service.detailed());
      case 'metrics':
        return byStatus(service.metrics());
      case 'diagnostics':
        return byStatus(await service.diagnostics());
      case 'prometheus':
        return response(200, prometheusText(service), PROMETHEUS_TYPE);
      case 'alerts-summary':
        return json(200, service.alertsSummary());
      case 'alerts-history':
        return history(service, url);
    }
  }
}

function history(service: MonitorService, url: string): EndpointResponse {
  const at = url.indexOf('?');
  const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
  const limitText = query.get('limit') ?? '';
  const limit =
    limitText === '' ? DEFAULT_HISTORY : /^\d{1,6}$/.test(limitText) ? Number(limitText) : Number.NaN;
  if (!(limit >= 1 && limit <= MOST_HISTORY)) {
    return refusal(400, 'bad-request', `limit: write a whole number from 1 to ${MOST_HISTORY}.`);
  }
  const wanted = query
    .getAll('severity')
    .flatMap((item) => item.split(','))
    .filter((item) => item !== '');
  const known = SEVERITIES.filter((severity) => wanted.includes(severity));
  if (wanted.some((item) => !SEVERITIES.some((severity) => severity === item))) {
    return refusal(400, 'bad-request', `severity: write one or more of ${SEVERITIES.join(', ')}.`);
  }
  return json(200, service.alertsHistory(limit, known.length === 0 ? null : known));
}

function byStatus(answer: { readonly status: HealthStatus }): EndpointResponse {
  return json(answer.status === 'unhealthy' ? 503 : 200, answer);
}

function refusal(
  statusCode: number,
  error: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): EndpointResponse {
  const body: ErrorAnswer = { error, message };
  const answer = json(statusCode, body);
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

function json(statusCode: number, body: object): EndpointResponse {
  return response(statusCode, JSON.stringify(body), 'application/json; charset=utf-8');
}

function response(statusCode: number, body: string, type: string): EndpointResponse {
  return {
    statusCode,
    headers: {
      'content-type': type,
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body,
  };
}
