import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { makeCertificate, testCertificate } from './certificate.ts';

/** How the target answers; each field may be changed while it runs. */
export interface TargetBehaviour {
  /** 200 by default */
  status: number;
  /** sent as JSON, unless it is a string */
  body: unknown;
  headers: Record<string, string>;
  /** before the first byte */
  delayMs: number;
  /** put into the body as `version`, where the body is an object */
  version: string | undefined;
  /** from 0 to 1: this share of requests is answered with `failStatus`, evenly spread and repeatable */
  failShare: number;
  failStatus: number;
  /** answers with a redirect to here, a path or a whole URL */
  redirectTo: string | undefined;
  redirectStatus: number;
  /**
   * `hang` never answers, `drop` cuts the connection before an answer, `cut-body` in the middle of the body,
   * `slow` sends the body byte for byte, one each `slowByteMs`
   */
  fault: 'none' | 'hang' | 'drop' | 'cut-body' | 'slow';
  slowByteMs: number;
}

/** One request as it arrived. */
export interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  httpVersion: string;
  at: number;
}

export interface HttpTarget {
  url: string;
  port: number;
  /** the certificate to trust; undefined without TLS */
  ca: string | undefined;
  /** what holds for each path that `paths` does not name */
  behaviour: TargetBehaviour;
  /** what differs on single paths */
  paths: Map<string, Partial<TargetBehaviour>>;
  requests: SeenRequest[];
  /** connections accepted so far */
  connections: number;
  close(): Promise<void>;
}

export interface HttpTargetOptions {
  behaviour?: Partial<TargetBehaviour>;
  /** `valid` is self-signed and lasts 30 days, `expired` ran out an hour ago; `validForMs` sets it */
  tls?: 'none' | 'valid' | 'expired' | { validForMs: number };
  /** HTTP/2 by ALPN, with HTTP/1.1 beside it; needs TLS */
  http2?: boolean;
}

const calm: TargetBehaviour = {
  status: 200,
  body: { status: 'healthy' },
  headers: {},
  delayMs: 0,
  version: undefined,
  failShare: 0,
  failStatus: 503,
  redirectTo: undefined,
  redirectStatus: 302,
  fault: 'none',
  slowByteMs: 20,
};

/** Starts a real HTTP(S) server on a free port of 127.0.0.1 whose answers a test scripts. */
export async function startHttpTarget(options: HttpTargetOptions = {}): Promise<HttpTarget> {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const timers = new Set<NodeJS.Timeout>();
  const tls = await certificateFor(options.tls ?? 'none');
  const listener = (request: Request, response: Response): void => answer(target, timers, request, response);
  const server = makeServer(tls, options.http2 === true, listener);
  server.on('connection', () => {
    target.connections += 1;
  });
  // With TLS, the socket below is not ours to destroy: Node crashes when HTTP/2 loses it that way.
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  const target: HttpTarget = {
    url: '',
    port: 0,
    ca: tls?.cert,
    behaviour: { ...calm, ...options.behaviour },
    paths: new Map(),
    requests: [],
    connections: 0,
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  target.port = (server.address() as AddressInfo).port;
  target.url = `${tls === undefined ? 'http://127.0.0.1' : 'https://localhost'}:${target.port}`;
  return target;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

function makeServer(
  tls: { key: string; cert: string } | undefined,
  http2: boolean,
  listener: (request: Request, response: Response) => void,
) {
  if (tls === undefined) {
    if (http2) throw new Error('HTTP/2 needs tls: no client speaks it without');
    return createServer(listener);
  }
  return http2 ? createSecureServer({ ...tls, allowHTTP1: true }, listener) : createTlsServer(tls, listener);
}

async function certificateFor(tls: NonNullable<HttpTargetOptions['tls']>) {
  if (tls === 'none') return undefined;
  if (tls === 'valid') return testCertificate();
  return makeCertificate(tls === 'expired' ? -60 * 60 * 1000 : tls.validForMs);
}

function answer(target: HttpTarget, timers: Set<NodeJS.Timeout>, request: Request, response: Response): void {
  const path = request.url ?? '/';
  const count = target.requests.push({
    method: request.method ?? '',
    path,
    headers: request.headers,
    httpVersion: request.httpVersion,
    at: Date.now(),
  });
  request.resume();
  const behaviour = { ...target.behaviour, ...target.paths.get(path.split('?')[0] ?? path) };
  later(timers, behaviour.delayMs, () => respond(behaviour, count, timers, request, response));
}

function later(timers: Set<NodeJS.Timeout>, delayMs: number, work: () => void): void {
  if (delayMs <= 0) {
    work();
    return;
  }
  const timer = setTimeout(() => {
    timers.delete(timer);
    work();
  }, delayMs);
  timers.add(timer);
}

function respond(
  behaviour: TargetBehaviour,
  count: number,
  timers: Set<NodeJS.Timeout>,
  request: Request,
  response: Response,
): void {
  if (behaviour.fault === 'hang') return;
  if (behaviour.fault === 'drop') {
    request.socket.destroy();
    return;
  }
  if (behaviour.redirectTo !== undefined) {
    end(response, behaviour.redirectStatus, { ...behaviour.headers, location: behaviour.redirectTo }, '');
    return;
  }
  // The n-th request fails where the share's running total passes a whole number: 0.25 fails each fourth.
  const fails = Math.floor(count * behaviour.failShare) > Math.floor((count - 1) * behaviour.failShare);
  const { type, text } = bodyOf(behaviour);
  const headers = { 'content-type': type, ...behaviour.headers };
  const status = fails ? behaviour.failStatus : behaviour.status;
  if (behaviour.fault === 'cut-body') {
    begin(response, status, { ...headers, 'content-length': String(Buffer.byteLength(text) + 100) });
    write(response, text.slice(0, Math.ceil(text.length / 2)));
    later(timers, 10, () => request.socket.destroy());
    return;
  }
  if (behaviour.fault === 'slow') {
    begin(response, status, { ...headers, 'content-length': String(Buffer.byteLength(text)) });
    drip(response, Buffer.from(text), 0, behaviour.slowByteMs, timers);
    return;
  }
  end(response, status, headers, request.method === 'HEAD' ? '' : text);
}

function bodyOf(behaviour: TargetBehaviour): { type: string; text: string } {
  const { body, version } = behaviour;
  if (typeof body === 'string') return { type: 'text/plain; charset=utf-8', text: body };
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const full = isObject && version !== undefined ? { ...body, version } : body;
  return { type: 'application/json', text: JSON.stringify(full) };
}

function begin(response: Response, status: number, headers: Record<string, string>): void {
  // The two kinds of response share these calls, but not one type that has them.
  (response as ServerResponse).writeHead(status, headers);
}

function write(response: Response, text: string): void {
  (response as ServerResponse).write(text);
}

function end(response: Response, status: number, headers: Record<string, string>, text: string): void {
  begin(response, status, headers);
  (response as ServerResponse).end(text);
}

function drip(
  response: Response,
  bytes: Buffer,
  at: number,
  gapMs: number,
  timers: Set<NodeJS.Timeout>,
): void {
  if (response.destroyed) return;
  if (at >= bytes.length) {
    (response as ServerResponse).end();
    return;
  }
  (response as ServerResponse).write(bytes.subarray(at, at + 1));
  later(timers, Math.max(1, gapMs), () => drip(response, bytes, at + 1, gapMs, timers));
}
