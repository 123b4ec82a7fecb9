import diagnostics from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Dispatcher, EnvHttpProxyAgent } from 'undici';
import { proxyAgent } from '../../support/proxy-agent.ts';
import { ConnectionPool } from './connection-pool.ts';
import { type ConnectionTimings, type Connector, takeTimings, timed, timedConnector } from './connector.ts';
import { DecodedTooLargeError, decodeBody, encodingsOf, UnknownEncodingError } from './decoding.ts';
import { looksLikeJson } from './json.ts';

/** Where the time of one request went, in milliseconds; named as k6 names them. */
export interface Timings {
  /** Queueing and name look-up. */
  blocked: number;
  connecting: number;
  tlsHandshaking: number;
  waiting: number;
  receiving: number;
}

export type HttpVersion = 'auto' | '1.1' | '2';

/** What is known of the certificate that the server showed. */
export interface PeerCertificate {
  /** Epoch milliseconds. */
  readonly validTo: number;
}

export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Whether the whole body is wanted; otherwise only what says whether the answer is healthy is kept of it. */
  readonly keepBody: boolean;
  /** Most bytes of the body, as sent and as decoded. */
  readonly bodyLimit: number;
  readonly timeoutMs: number;
  readonly connections: 'new' | 'reuse';
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Decoded; empty if it was not wanted. */
  readonly body: Buffer;
  /** The beginning of the decoded body, whatever was wanted: of JSON up to a megabyte, else a few thousand bytes. */
  readonly head: Buffer;
  /** The content encoding, if it cannot be decoded; body and head are then empty. */
  readonly unknownEncoding?: string;
  /** `h2` or `http/1.1`. */
  readonly protocol: string;
  readonly timings: Timings;
  /** The connection had served another request before. */
  readonly reused: boolean;
  readonly certificate?: PeerCertificate | undefined;
}

/** The answer was larger than allowed; the rest of it was not read. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** The request took longer than its limit. `phase` says how far it had come. */
export class ProbeTimeoutError extends Error {
  override readonly name = 'ProbeTimeoutError';
  readonly phase: 'connecting' | 'waiting' | 'receiving';
  readonly elapsedMs: number;
  constructor(phase: ProbeTimeoutError['phase'], elapsedMs: number) {
    super(`timed out while ${phase}`);
    this.phase = phase;
    this.elapsedMs = elapsedMs;
  }
}

/** The connection went away before any byte of the answer came, on a connection that was kept from before. */
export class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

/**
 * HTTP requests with the time of each phase. Below it are undici's pools, through the proxy that the
 * environment names. It speaks undici's dispatch protocol itself: a stream for each of ten thousand
 * answers whose bodies are discarded would cost more than the requests.
 */
export class HttpClient {
  readonly #agent: EnvHttpProxyAgent;
  readonly #open = new Set<Exchange>();
  readonly #pools = new Set<ConnectionPool>();
  readonly #signal: AbortSignal | undefined;
  readonly #onAnswer: ((url: URL, status: number) => void) | undefined;
  readonly #onAbort = () => this.#failAll(this.#signal?.reason);

  /**
   * @param options.connectTimeoutMs no connection takes longer; a request's own limit may be shorter.
   * @param options.http `auto` lets the server choose, `2` prefers HTTP/2, `1.1` offers nothing else.
   * @param options.signal ends every request with its reason.
   * @param options.onAnswer is called with each complete answer, before it is returned.
   * @param options.ca certificates in PEM to trust, in place of the usual ones.
   */
  constructor(options: {
    connectTimeoutMs: number;
    http: HttpVersion;
    ca?: string | undefined;
    signal?: AbortSignal;
    onAnswer?: (url: URL, status: number) => void;
  }) {
    this.#onAnswer = options.onAnswer;
    // One listener for all requests: one for each of ten thousand costs more than they do.
    this.#signal = options.signal;
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
    const allowH2 = options.http !== '1.1';
    const tls = {
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ...(options.http === '2' ? { preferH2: true } : {}),
    };
    const connect = timedConnector({
      timeout: options.connectTimeoutMs,
      allowH2,
      // Every handshake in full: a resumed session says less about the server.
      maxCachedSessions: 0,
      ...tls,
    });
    this.#agent = proxyAgent({
      connect,
      // A tunnel through a proxy brings its own connector.
      factory: (origin, given) => {
        const own = (given as { connect?: unknown }).connect;
        const pool = new ConnectionPool(origin, {
          ...given,
          connect: typeof own === 'function' && own !== connect ? timed(own as Connector) : connect,
        });
        this.#pools.add(pool);
        return pool;
      },
      connectTimeout: options.connectTimeoutMs,
      requestTls: { ...tls, allowH2, maxCachedSessions: 0 },
      // Each request has its own limit over all of it.
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2,
    });
  }

  /**
   * One request and its whole answer. Any status is an answer.
   * @throws ProbeTimeoutError, BodyTooLargeError, StaleConnectionError, or what undici and Node throw.
   */
  request(request: HttpRequest): Promise<HttpAnswer> {
    return new Promise<HttpAnswer>((resolve, reject) => {
      this.#signal?.throwIfAborted();
      const answered = (answer: HttpAnswer) => {
        this.#onAnswer?.(request.url, answer.status);
        resolve(answer);
      };
      const exchange = new Exchange(request, answered, reject, this.#open);
      try {
        this.#agent.dispatch(
          {
            origin: request.url.origin,
            path: request.url.pathname + request.url.search,
            method: request.method,
            headers: request.headers,
            body: request.body ?? null,
            ...(request.connections === 'new' ? { reset: true } : {}),
          },
          exchange,
        );
      } catch (error) {
        exchange.fail(error);
      }
    });
  }

  /** Ends every connection at once; requests under way fail. */
  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    for (const pool of this.#pools) pool.destroyOwn();
    await this.#agent.destroy();
    this.#failAll(new Error('the client was closed'));
  }

  #failAll(reason: unknown): void {
    for (const exchange of [...this.#open]) exchange.fail(reason);
  }
}

/** The request that is being written, so that the channel below can hand it its connection. */
let starting: Exchange | undefined;

// undici's documented way to learn which connection carries a request.
diagnostics.channel('undici:client:sendHeaders').subscribe((message) => {
  const exchange = starting;
  starting = undefined;
  exchange?.onSocket((message as { socket?: Socket }).socket);
});

/** One request under way, as undici's dispatch protocol sees it. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: unknown) => void;
  readonly #begun = performance.now();
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #sentAt: number | undefined;
  #headersAt: number | undefined;
  #status = 0;
  #headers: HttpAnswer['headers'] = {};
  #encodings: readonly string[] = [];
  #kept: number | undefined;
  #chunks: Buffer[] = [];
  #received = 0;
  #settled: { error?: unknown } | undefined;
  #connection: ConnectionTimings | undefined;
  #reused = false;
  #certificate: PeerCertificate | undefined;
  #protocol = 'http/1.1';
  readonly #open: Set<Exchange>;

  constructor(
    request: HttpRequest,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: unknown) => void,
    open: Set<Exchange>,
  ) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#open = open.add(this);
    this.#timer = setTimeout(() => {
      const phase =
        this.#sentAt === undefined ? 'connecting' : this.#headersAt === undefined ? 'waiting' : 'receiving';
      this.fail(new ProbeTimeoutError(phase, performance.now() - this.#begun));
    }, request.timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) {
      // Nobody waits for it any more: do not even send it.
      controller.abort(asError(this.#settled.error));
      return;
    }
    this.#sentAt = performance.now();
    starting = this;
  }

  onSocket(socket: Socket | undefined): void {
    if (!socket) return;
    this.#connection = takeTimings(socket);
    this.#reused = this.#connection === undefined;
    this.#certificate = certificateOf(socket);
    if ((socket as TLSSocket).alpnProtocol === 'h2') this.#protocol = 'h2';
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: HttpAnswer['headers'],
  ): void {
    if (status < 200) return;
    this.#headersAt = performance.now();
    this.#status = status;
    this.#headers = headers;
    this.#encodings = encodingsOf(headerText(headers['content-encoding']));
  }

  /** How much of a body is kept that is not wanted whole: of an encoded one all, since it decodes from its start. */
  #keptBytes(chunk: Buffer): number {
    if (this.#kept === undefined) {
      const json = /json/i.test(headerText(this.#headers['content-type']) ?? '') || looksLikeJson(chunk);
      this.#kept =
        this.#encodings.length > 0 ? Number.POSITIVE_INFINITY : json ? JSON_HEAD_BYTES : HEAD_BYTES;
    }
    return this.#kept;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#received > this.#request.bodyLimit) {
      this.fail(new BodyTooLargeError(`the answer is larger than ${this.#request.bodyLimit} bytes`));
      return;
    }
    if (this.#request.keepBody || this.#received - chunk.length < this.#keptBytes(chunk))
      this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    this.#settle({});
    const end = performance.now();
    const sentAt = this.#sentAt ?? this.#begun;
    const headersAt = this.#headersAt ?? end;
    const connection = this.#connection;
    const connecting = connection ? Math.max(0, connection.connected - connection.lookedUp) : 0;
    const tlsHandshaking = connection ? Math.max(0, connection.ready - connection.connected) : 0;
    const body = this.#chunks.length === 1 ? (this.#chunks[0] ?? EMPTY) : Buffer.concat(this.#chunks);
    const encoded = this.#encodings.length > 0 && body.length > 0;
    const answer: HttpAnswer = {
      status: this.#status,
      headers: this.#headers,
      body: this.#request.keepBody && !encoded ? body : EMPTY,
      head: encoded ? EMPTY : headOf(body),
      protocol: this.#protocol,
      timings: {
        blocked: Math.max(0, sentAt - this.#begun - connecting - tlsHandshaking),
        connecting,
        tlsHandshaking,
        waiting: headersAt - sentAt,
        receiving: end - headersAt,
      },
      reused: this.#reused,
      certificate: this.#certificate,
    };
    // undici frees the connection in an immediate of its own that it sets after this call: who goes on
    // before that would open another connection.
    if (encoded) void this.#decode(answer, body);
    else process.nextTick(setImmediate, this.#resolve, answer);
  }

  async #decode(answer: HttpAnswer, body: Buffer): Promise<void> {
    const { keepBody, bodyLimit } = this.#request;
    try {
      const decoded = await decodeBody(body, this.#encodings, bodyLimit);
      this.#resolve({ ...answer, body: keepBody ? decoded : EMPTY, head: headOf(decoded) });
    } catch (error) {
      if (error instanceof UnknownEncodingError) {
        this.#resolve({ ...answer, unknownEncoding: this.#encodings.join(', ') });
      } else if (error instanceof DecodedTooLargeError) {
        this.#reject(new BodyTooLargeError(error.message));
      } else this.#reject(error);
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const stale = this.#reused && this.#headersAt === undefined && !this.#settled;
    this.fail(stale ? new StaleConnectionError('a kept connection was closed', { cause: error }) : error);
  }

  /** Ends it with an error; the connection is given up, as the rest of the answer is on it. */
  fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle({ error });
    this.#chunks = [];
    this.#controller?.abort(asError(error));
    this.#reject(error);
  }

  #settle(outcome: { error?: unknown }): void {
    this.#settled = outcome;
    clearTimeout(this.#timer);
    this.#open.delete(this);
  }
}

const EMPTY = Buffer.alloc(0);
/** Enough of an unwanted body to distinguish a firewall's page from the app's own. */
const HEAD_BYTES = 4_096;
/** A health endpoint's JSON may have its status at its end, behind hundreds of components. */
const JSON_HEAD_BYTES = 1_048_576;

function headOf(body: Buffer): Buffer {
  return body.subarray(0, looksLikeJson(body) ? JSON_HEAD_BYTES : HEAD_BYTES);
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function certificateOf(socket: Socket): PeerCertificate | undefined {
  const { getPeerCertificate } = socket as TLSSocket;
  if (typeof getPeerCertificate !== 'function') return undefined;
  const validTo = Date.parse((socket as TLSSocket).getPeerCertificate()?.valid_to ?? '');
  return Number.isNaN(validTo) ? undefined : { validTo };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
