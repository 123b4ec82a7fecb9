import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { openMongodb } from '../../../src/mongo/client.ts';

/** Between client and server; stops reading when told to, so that what is being written cannot be written. */
let server: Server;
let deaf: boolean;
const sockets = new Set<Socket>();
beforeEach(async () => {
  deaf = false;
  const upstream = new URL(inject('mongoUri'));
  server = createServer((client) => {
    const target = connect(Number(upstream.port), upstream.hostname);
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    target.on('data', (chunk) => client.write(chunk));
    client.on('data', (chunk) => {
      if (deaf) client.pause();
      else target.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server.close();
});

test('a command whose connection closes while it is being written fails at once, and does not wait for ever', async () => {
  const { port } = server.address() as AddressInfo;
  const client = openMongodb(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    serverSelectionTimeoutMS: 1_000,
  });
  try {
    const db = client.db('lost');
    await db.command({ ping: 1 });
    deaf = true;
    const text = 'x'.repeat(4 * 1024 * 1024);
    const writing = db.command({ insert: 'c', documents: [{ text }, { text }, { text }] }).then(
      () => 'written',
      (error: Error) => error.name,
    );
    // More than the buffers on the way hold: it is being written now.
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const socket of sockets) socket.destroy();
    const limit = new Promise((resolve) => setTimeout(resolve, 5_000, 'still waiting'));
    expect(await Promise.race([writing, limit])).toMatch(/^MongoNetworkError/);
  } finally {
    await client.close(true);
  }
});

test('a command that is written to a socket which was closed a moment ago fails at once', async () => {
  const { port } = server.address() as AddressInfo;
  const client = openMongodb(`mongodb://127.0.0.1:${port}/?directConnection=true&maxPoolSize=1`);
  try {
    const db = client.db('lost');
    const write = vi.spyOn(Socket.prototype, 'write');
    await db.command({ ping: 1 });
    // The last that was written to is the connection that the ping went over.
    const used = (write.mock.contexts as Socket[]).filter((socket) => socket.remotePort === port).at(-1);
    write.mockRestore();
    used?.destroy();
    const limit = new Promise((resolve) => setTimeout(resolve, 2_000, 'still waiting'));
    const writing = db.command({ ping: 1 }).then(
      () => 'written',
      (error: Error) => error.name,
    );
    expect(await Promise.race([writing, limit])).toMatch(/^MongoNetworkError/);
    // The next one gets a connection of its own.
    expect(await db.command({ ping: 1 })).toMatchObject({ ok: 1 });
  } finally {
    await client.close(true);
  }
});
