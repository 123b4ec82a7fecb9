import type { Dispatcher, Pool as UndiciPool } from 'undici';
import Client from 'undici/lib/dispatcher/client.js';
import Pool from 'undici/lib/dispatcher/pool.js';

/**
 * undici's pool, in which a request with `reset: true` gets a connection of its own, closed after its answer.
 * undici itself does so for HTTP/1.1 alone: over HTTP/2 it ignores `reset`, and all requests to an origin share one
 * connection, behind which a TCP balancer shows one instance only (undici 8.12, `client-h2.js`; this class can go
 * when `reset` opens a session of its own there).
 */
export class ConnectionPool extends Pool {
  readonly #origin: string | URL;
  readonly #options: UndiciPool.Options;
  readonly #own = new Set<Client>();

  constructor(origin: string | URL, options: UndiciPool.Options) {
    super(origin, options);
    this.#origin = origin;
    this.#options = options;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (options.reset !== true) return super.dispatch(options, handler);
    const client = new Client(this.#origin, this.#options as Client.Options);
    this.#own.add(client);
    return client.dispatch(
      options,
      new ClosingHandler(handler, () => {
        this.#own.delete(client);
        void client.destroy();
      }),
    );
  }

  /** Ends the connections of requests in flight too. */
  destroyOwn(): void {
    for (const client of this.#own) void client.destroy();
    this.#own.clear();
  }
}

/** Passes everything on, and closes the connection once the answer is complete or has failed. */
class ClosingHandler implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #close: () => void;

  constructor(handler: Dispatcher.DispatchHandler, close: () => void) {
    this.#handler = handler;
    this.#close = close;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onRequestUpgrade(...args: Parameters<NonNullable<Dispatcher.DispatchHandler['onRequestUpgrade']>>): void {
    this.#handler.onRequestUpgrade?.(...args);
  }

  onResponseStart(...args: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>): void {
    this.#handler.onResponseStart?.(...args);
  }

  onResponseData(...args: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseData']>>): void {
    this.#handler.onResponseData?.(...args);
  }

  onResponseEnd(...args: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseEnd']>>): void {
    this.#handler.onResponseEnd?.(...args);
    // The client is still at work on this answer.
    setImmediate(this.#close);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#handler.onResponseError?.(controller, error);
    setImmediate(this.#close);
  }
}
