import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RecentErrors } from '../requests/recent-errors.ts';
import { routeTemplate } from '../requests/route-template.ts';
import type { RequestTracker } from '../requests/tracker.ts';

/** How a request is named by the framework that handles it; undefined where it knows no route. */
export type RouteOf = (request: IncomingMessage) => string | undefined;

export interface RequestWatchOptions {
  readonly tracker: RequestTracker;
  readonly errors: RecentErrors;
  readonly ignore:
    | ((request: { readonly method: string; readonly url: string }) => boolean | undefined)
    | undefined;
  /** The app's own naming. Asked first. */
  readonly route: ((request: IncomingMessage) => string | undefined) | undefined;
}

/** Counts the requests of Node's http, and of every framework on top of it that shows its request and response. */
export class RequestWatch {
  readonly #options: RequestWatchOptions;
  /** The start is kept on the response itself: no closure and no map entry a request. */
  readonly #started = Symbol('deploy-guard.started');
  readonly #routeOf = Symbol('deploy-guard.route');
  readonly #onClose: (this: ServerResponse) => void;

  constructor(options: RequestWatchOptions) {
    this.#options = options;
    const closed = (response: ServerResponse): void => this.#closed(response);
    this.#onClose = function onClose() {
      closed(this);
    };
  }

  /** Counts this request from now until its response is closed. Once, however often it is called. */
  begin(request: IncomingMessage, response: ServerResponse, routeOf?: RouteOf): void {
    const state = response as unknown as Record<symbol, unknown>;
    // A response that is over already will not be closed again.
    if (state[this.#started] !== undefined || response.destroyed) return;
    const { ignore } = this.#options;
    if (ignore?.({ method: request.method ?? 'GET', url: request.url ?? '/' }) === true) return;
    state[this.#started] = this.#options.tracker.start();
    if (routeOf !== undefined) state[this.#routeOf] = routeOf;
    // `close` alone: it comes after `finish`, and also when the client has gone away.
    response.on('close', this.#onClose);
  }

  /** The monitor itself answers after all: a second mount below a path saw what the first took for the app's. */
  leave(response: ServerResponse): void {
    const state = response as unknown as Record<symbol, unknown>;
    if (typeof state[this.#started] !== 'number') return;
    state[this.#started] = null;
    this.#options.tracker.forget();
  }

  #closed(response: ServerResponse): void {
    const state = response as unknown as Record<symbol, unknown>;
    const startedAt = state[this.#started];
    if (typeof startedAt !== 'number') return;
    const request = response.req;
    const method = request.method ?? 'GET';
    const statusCode = response.statusCode;
    const routeOf = state[this.#routeOf] as RouteOf | undefined;
    const known = this.#options.route?.(request) ?? routeOf?.(request);
    const route = known ?? routeTemplate(originalUrl(request));
    // Responses of HTTP/2 do not say whether they were written out, so only a clear `false` counts.
    const aborted = response.writableFinished === false;
    this.#options.tracker.finish(startedAt, method, route, known !== undefined, statusCode, aborted);
    if (statusCode >= 500 && !aborted) {
      this.#options.errors.answered(request, { method, route, statusCode });
    }
  }
}

/** Express and Connect cut the mount path off `url` and keep the whole in `originalUrl`. */
export function originalUrl(request: IncomingMessage): string {
  return (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/';
}
