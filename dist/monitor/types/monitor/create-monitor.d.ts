import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AlertsHistoryAnswer, AlertsSummaryAnswer, DetailedAnswer, DiagnosticsAnswer, HealthAnswer, MetricsAnswer } from './model/answers.js';
import type { FastifyPlugin, FetchHandler, HonoContextPort } from './mounts/ports.js';
import { type MonitorOptions } from './options/options.js';
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
    readonly middleware: (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;
    /** For Express, mounted last: errors on their way to the app's own handler are kept for diagnostics. */
    readonly errorMiddleware: (error: unknown, request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;
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
export declare function createMonitor(options: MonitorOptions): Monitor;
