import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpSink {
  readonly url: string;
  /** What was POSTed, in order. */
  readonly bodies: string[];
  close(): Promise<void>;
}

/** Answers `ok` to every request and keeps its body. */
export async function startHttpSink(): Promise<HttpSink> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString('utf8'));
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T/B/x`,
    bodies,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
