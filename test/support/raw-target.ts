import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestCertificate } from './certificate.ts';

/** What a raw target answers: bytes as they are, whatever the headers say of them. */
export interface RawAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

export interface RawTarget {
  readonly url: string;
  readonly port: number;
  /** Paths with their queries, in the order in which they were asked for. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Starts an HTTP server on a free port of 127.0.0.1, or an HTTPS one with a certificate, that answers as told by a function. */
export async function startRawTarget(
  answer: (request: IncomingMessage, count: number) => RawAnswer,
  certificate?: TestCertificate,
): Promise<RawTarget> {
  const requests: string[] = [];
  const listener: Parameters<typeof createServer>[1] = (request, response) => {
    request.resume();
    const { status = 200, headers = {}, body = '' } = answer(request, requests.push(request.url ?? '/'));
    response.writeHead(status, { connection: 'close', ...headers });
    response.end(body);
  };
  const server = certificate ? createTlsServer(certificate, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    url: certificate ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
