import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { EndpointName, EndpointResponse, Endpoints } from '../endpoints/endpoints.ts';
import type { RecentErrors } from '../requests/recent-errors.ts';
import { expressRoute } from './express-route.ts';
import { originalUrl, type RequestWatch } from './request-watch.ts';

export interface NodeMountOptions {
  readonly endpoints: Endpoints;
  readonly watch: RequestWatch;
  readonly errors: RecentErrors;
  readonly clientAddress: ((request: IncomingMessage) => string | undefined) | undefined;
  readonly closed: () => boolean;
}

type Next = (error?: unknown) => void;

/** Node's http, and Express or Connect on top of it. */
export class NodeMount {
  readonly #options: NodeMountOptions;

  constructor(options: NodeMountOptions) {
    this.#options = options;
  }

  /** @returns true where the request was for an endpoint, and is answered here */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#answers(request, response)) return true;
    if (!this.#options.closed()) this.#options.watch.begin(request, response);
    return false;
  }

  middleware(request: IncomingMessage, response: ServerResponse, next: Next): void {
    if (this.#answers(request, response)) return;
    if (!this.#options.closed()) this.#options.watch.begin(request, response, expressRoute);
    next();
  }

  /** Express's kind of error handler: keeps the error for `recentErrors` and passes it on. */
  errorMiddleware(error: unknown, request: IncomingMessage, _response: ServerResponse, next: Next): void {
    this.#options.errors.tie(request, error);
    next(error);
  }

  listener(app: RequestListener | undefined): RequestListener {
    return (request, response) => {
      if (this.handle(request, response)) return;
      if (app !== undefined) return app(request, response);
      response.writeHead(404, { 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify({ error: 'not-found', message: 'Nothing is served here.' }));
    };
  }

  #answers(request: IncomingMessage, response: ServerResponse): boolean {
    const { endpoints } = this.#options;
    let url = request.url ?? '/';
    let name = endpoints.match(url);
    if (name === undefined) {
      // Mounted at `/api` itself: Express has cut that off.
      const whole = originalUrl(request);
      if (whole === url) return false;
      url = whole;
      name = endpoints.match(whole);
      if (name === undefined) return false;
    }
    this.#options.watch.leave(response);
    void this.#answer(name, url, request, response);
    return true;
  }

  async #answer(
    name: EndpointName,
    url: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const answer = await this.#options.endpoints.answer(name, {
      method: request.method ?? 'GET',
      url,
      authorization: request.headers.authorization,
      address: addressOf(request, this.#options.clientAddress),
    });
    if (!response.headersSent && !response.destroyed) send(response, answer);
  }
}

export function send(response: ServerResponse, answer: EndpointResponse): void {
  response.writeHead(answer.statusCode, answer.headers);
  response.end(answer.body);
}

/** What the app says, else what Express or Fastify made of its trust in proxies, else the socket's. */
export function addressOf(
  request: IncomingMessage,
  clientAddress: ((request: IncomingMessage) => string | undefined) | undefined,
): string | null {
  const { ip } = request as { ip?: unknown };
  return (
    clientAddress?.(request) ??
    (typeof ip === 'string' ? ip : undefined) ??
    request.socket.remoteAddress ??
    null
  );
}
