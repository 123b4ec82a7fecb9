import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Access } from './endpoints/access.ts';
import { Endpoints } from './endpoints/endpoints.ts';
import { prometheusText } from './endpoints/prometheus.ts';
import { CLOCKS, MonitorService } from './endpoints/service.ts';
import type {
  AlertsHistoryAnswer,
  AlertsSummaryAnswer,
  DetailedAnswer,
  DiagnosticsAnswer,
  HealthAnswer,
  MetricsAnswer,
} from './model/answers.ts';
import { fastifyPlugin } from './mounts/fastify.ts';
import { FetchMount } from './mounts/fetch.ts';
import { NodeMount } from './mounts/node.ts';
import type { FastifyPlugin, FetchHandler, HonoContextPort } from './mounts/ports.ts';
import { RequestWatch } from './mounts/request-watch.ts';
import { type MonitorOptions, resolveOptions } from './options/options.ts';
import type { RecentErrors } from './requests/recent-errors.ts';

/** What an app mounts. Every function can be passed on its own, without its monitor. */
export interface Monitor {
  /**
   * For Node's http: answers the endpoints and counts everything else.
   * @returns true where it has answered; false where the app must
   */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** For `http.createServer`: the endpoints, and the app (404 without one) for everything else. */
  readonly listener: (app?: RequestListener) => RequestListener;
  /** For Express and Connect. Mount it first. */
  readonly middleware: (
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ) => void;
  /** For Express, mounted last: errors on their way to the app's own handler are kept for diagnostics. */
  readonly errorMiddleware: (
    error: unknown,
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ) => void;
  /** For Fastify: `await app.register(monitor.fastify)`, before the routes. */
  readonly fastify: FastifyPlugin;
  /** For servers with fetch-style handlers: `fetch(request)`, or `fetch(request, app)` to count the app's requests too. */
  readonly fetch: (request: Request, app?: FetchHandler) => Promise<Response>;
  /** For Hono: `app.use(monitor.hono)`, before the routes. */
  readonly hono: (context: HonoContextPort, next: () => Promise<void>) => Promise<Response | undefined>;
  /** Keeps an error for diagnostics, redacted. With its request it is shown with the request's route. */
  readonly recordError: (error: unknown, request?: object) => void;
  /** What the endpoints answer, for code in the same process. */
  readonly read: {
    readonly health: () => HealthAnswer;
    readonly detailed: () => DetailedAnswer;
    readonly metrics: () => MetricsAnswer;
    readonly diagnostics: () => Promise<DiagnosticsAnswer>;
    readonly alertsSummary: () => AlertsSummaryAnswer;
    readonly alertsHistory: (limit?: number) => AlertsHistoryAnswer;
    readonly prometheus: () => string;
  };
  /** Resolves when the database was asked for the first time. The endpoints wait for it by themselves. */
  readonly ready: () => Promise<void>;
  /** Stops every timer and listener. Afterwards requests pass uncounted and the endpoints answer 503. */
  readonly close: () => void;
}

/**
 * Makes a monitor. It starts sampling at once, holds no process open, and shares nothing with other monitors
 * in the same process.
 * @throws ConfigurationError for options that cannot be
 */
export function createMonitor(options: MonitorOptions): Monitor {
  const settings = resolveOptions(options);
  const service = new MonitorService(settings);
  const { tracker, errors } = service;
  const ignore = guarded(settings.ignore, errors);
  const route = guarded(settings.route, errors);
  const clientAddress = guarded(settings.clientAddress, errors);
  const endpoints = new Endpoints(
    service,
    new Access(settings.adminTokens, CLOCKS.monotonic),
    settings.basePath,
  );
  const watch = new RequestWatch({ tracker, errors, ignore, route });
  const closed = (): boolean => service.closed;
  const node = new NodeMount({ endpoints, watch, errors, clientAddress, closed });
  const fetchMount = new FetchMount({ endpoints, tracker, errors, watch, ignore, clientAddress, closed });
  return {
    handler: (request, response) => node.handle(request, response),
    listener: (app) => node.listener(app),
    middleware: (request, response, next) => node.middleware(request, response, next),
    errorMiddleware: (error, request, response, next) => node.errorMiddleware(error, request, response, next),
    fastify: fastifyPlugin({ endpoints, watch, errors, clientAddress, closed }),
    fetch: (request, app) => fetchMount.handle(request, app),
    hono: (context, next) => fetchMount.hono(context, next),
    recordError: (error, request) => {
      if (request === undefined) errors.add(error);
      else errors.tie(request, error);
    },
    read: {
      health: () => service.health(),
      detailed: () => service.detailed(),
      metrics: () => service.metrics(),
      diagnostics: () => service.diagnostics(),
      alertsSummary: () => service.alertsSummary(),
      alertsHistory: (limit = 100) => service.alertsHistory(limit, null),
      prometheus: () => prometheusText(service),
    },
    ready: () => service.ready(),
    close: () => service.close(),
  };
}

/** What the app hands in must not bring the app down: where it throws, it has said nothing, and that is kept. */
function guarded<A, R>(
  work: ((argument: A) => R) | undefined,
  errors: RecentErrors,
): ((argument: A) => R | undefined) | undefined {
  if (work === undefined) return undefined;
  return (argument) => {
    try {
      return work(argument);
    } catch (error) {
      errors.add(error);
      return undefined;
    }
  };
}
