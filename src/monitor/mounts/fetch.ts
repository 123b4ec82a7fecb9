import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EndpointName, Endpoints } from '../endpoints/endpoints.ts';
import type { RecentErrors } from '../requests/recent-errors.ts';
import { routeTemplate } from '../requests/route-template.ts';
import type { RequestTracker } from '../requests/tracker.ts';
import type { FetchHandler, HonoContextPort } from './ports.ts';
import type { RequestWatch } from './request-watch.ts';

export interface FetchMountOptions {
  readonly endpoints: Endpoints;
  readonly tracker: RequestTracker;
  readonly errors: RecentErrors;
  readonly watch: RequestWatch;
  readonly ignore:
    | ((request: { readonly method: string; readonly url: string }) => boolean | undefined)
    | undefined;
  readonly clientAddress: ((request: Request) => string | undefined) | undefined;
  readonly closed: () => boolean;
}

/** Servers whose handlers take a Request and give a Response. */
export class FetchMount {
  readonly #options: FetchMountOptions;

  constructor(options: FetchMountOptions) {
    this.#options = options;
  }

  /** Answers the endpoints; everything else goes to `app` and is counted, or is 404 without one. */
  async handle(request: Request, app?: FetchHandler): Promise<Response> {
    const url = pathOf(request.url);
    const name = this.#options.endpoints.match(url);
    if (name !== undefined) return this.#answer(name, url, request, null);
    if (app === undefined) {
      return Response.json({ error: 'not-found', message: 'Nothing is served here.' }, { status: 404 });
    }
    if (this.#options.closed() || this.#ignored(request.method, url)) return app(request);
    const { tracker, errors } = this.#options;
    const startedAt = tracker.start();
    let statusCode = 500;
    try {
      const response = await app(request);
      statusCode = response.status;
      return response;
    } catch (error) {
      errors.tie(request, error);
      throw error;
    } finally {
      this.#finish(startedAt, request, routeTemplate(url), false, statusCode);
    }
  }

  /** Hono's kind of middleware. */
  async hono(context: HonoContextPort, next: () => Promise<void>): Promise<Response | undefined> {
    const { raw } = context.req;
    const url = pathOf(raw.url);
    const name = this.#options.endpoints.match(url);
    if (name !== undefined)
      return this.#answer(name, url, raw, nodeBindings(context)?.incoming.socket.remoteAddress ?? null);
    if (this.#options.closed() || this.#ignored(raw.method, url)) {
      await next();
      return undefined;
    }
    const { tracker, errors, watch } = this.#options;
    const node = nodeBindings(context);
    if (node !== null) {
      // On Node the response itself tells when it was written out, and whether the client stayed for it.
      watch.begin(node.incoming, node.outgoing, () => honoRoute(context));
      await next();
      if (context.error !== undefined) errors.tie(node.incoming, context.error);
      return undefined;
    }
    const startedAt = tracker.start();
    let statusCode = 500;
    try {
      await next();
      statusCode = context.res.status;
      if (context.error !== undefined) errors.tie(raw, context.error);
    } catch (error) {
      errors.tie(raw, error);
      throw error;
    } finally {
      const template = honoRoute(context);
      this.#finish(startedAt, raw, template ?? routeTemplate(url), template !== undefined, statusCode);
    }
    return undefined;
  }

  #finish(startedAt: number, request: Request, route: string, matched: boolean, statusCode: number): void {
    const { tracker, errors } = this.#options;
    tracker.finish(startedAt, request.method, route, matched, statusCode, false);
    if (statusCode >= 500) errors.answered(request, { method: request.method, route, statusCode });
  }

  #ignored(method: string, url: string): boolean {
    return this.#options.ignore?.({ method, url }) === true;
  }

  async #answer(
    name: EndpointName,
    url: string,
    request: Request,
    address: string | null,
  ): Promise<Response> {
    const answer = await this.#options.endpoints.answer(name, {
      method: request.method,
      url,
      authorization: request.headers.get('authorization') ?? undefined,
      address: this.#options.clientAddress?.(request) ?? address,
    });
    return new Response(request.method === 'HEAD' ? null : answer.body, {
      status: answer.statusCode,
      headers: answer.headers,
    });
  }
}

/** Path and query of an absolute URL, without parsing the rest. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  return start < 0 ? '/' : url.slice(start);
}

/** The template of the route that answers; undefined where only middlewares, registered under wildcards, did. */
function honoRoute(context: HonoContextPort): string | undefined {
  const template = context.req.routePath;
  return template === undefined || template.endsWith('*') ? undefined : template;
}

/** On Node, Hono keeps Node's own request and response in its environment. */
function nodeBindings(
  context: HonoContextPort,
): { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse } | null {
  const { incoming, outgoing } = (context.env ?? {}) as {
    incoming?: IncomingMessage;
    outgoing?: ServerResponse;
  };
  return incoming?.socket !== undefined && typeof outgoing?.writeHead === 'function'
    ? { incoming, outgoing }
    : null;
}
