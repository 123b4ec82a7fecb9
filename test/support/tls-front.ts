import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { testCertificate } from './certificate.ts';

export interface TlsFront {
  port: number;
  /** the certificate to trust, for `localhost` */
  ca: string;
  close(): Promise<void>;
}

/** TLS before a server that has none: what comes out of it passes on as plain bytes. */
export async function startTlsFront(port: number): Promise<TlsFront> {
  const { key, cert } = await testCertificate();
  const sockets = new Set<Socket>();
  const server = createServer({ key, cert }, (secure) => {
    const plain = connect({ host: '127.0.0.1', port });
    sockets.add(plain);
    for (const [one, other] of [
      [secure, plain],
      [plain, secure],
    ] as const) {
      one.on('error', () => other.destroy());
      one.once('close', () => other.destroy());
    }
    plain.once('close', () => sockets.delete(plain));
    secure.pipe(plain).pipe(secure);
  });
  // A handshake that is garbled or cut is an error of that connection alone.
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    ca: cert,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.end();
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, 200);
      await closed;
      clearTimeout(timer);
    },
  };
}
