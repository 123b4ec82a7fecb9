import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Fault, type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts';

/** A server that answers each byte by the same byte, and the proxy before it. */
let server: Server;
let proxy: FaultProxy;
let arrived: Buffer;
const open = new Set<Socket>();
beforeEach(async () => {
  arrived = Buffer.alloc(0);
  server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      arrived = Buffer.concat([arrived, chunk]);
      socket.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  proxy = await startFaultProxy({ port: (server.address() as AddressInfo).port });
});
afterEach(async () => {
  await proxy.close();
  for (const socket of open) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const TEXT = 'abcdefghijklmnopqrstuvwxyz';
const fault = (over: Partial<Fault> & Pick<Fault, 'kind'>): Fault => ({
  connection: 0,
  direction: 'up',
  at: 10,
  bytes: 4,
  ms: 80,
  seed: 5,
  ...over,
});

/** What comes back for the text, and how it ended. */
async function talk(waitMs = 3_000): Promise<{ answer: string; end: string; ms: number }> {
  const started = performance.now();
  const socket = connect(proxy.port, '127.0.0.1');
  let answer = '';
  const end = await new Promise<string>((resolve) => {
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (answer.length >= TEXT.length) resolve('answered');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    socket.on('close', () => resolve('closed'));
    setTimeout(() => resolve('silence'), waitMs);
    socket.write(TEXT);
  });
  const ms = performance.now() - started;
  socket.destroy();
  return { answer, end, ms };
}

test('without a fault every byte passes as it is, and the other connections of a faulty one too', async () => {
  expect(await talk()).toMatchObject({ answer: TEXT, end: 'answered' });
  proxy.faults = [fault({ kind: 'cut' })];
  await talk();
  expect(await talk()).toMatchObject({ answer: TEXT, end: 'answered' });
  expect(proxy.injected).toHaveLength(1);
});

test('refuse: no byte passes', async () => {
  proxy.faults = [fault({ kind: 'refuse' })];
  expect(await talk()).toMatchObject({ answer: '', end: 'ECONNRESET' });
  expect(arrived.length).toBe(0);
});

test.each(['cut', 'reset'] as const)(
  '%s on the way up: the server gets the bytes before it alone',
  async (kind) => {
    proxy.faults = [fault({ kind })];
    const { end } = await talk();
    expect(end).toMatch(/closed|ECONNRESET/);
    await expect.poll(() => arrived.toString()).toBe(TEXT.slice(0, 10));
  },
);

test('cut on the way down: the server got it all, and the client cannot know', async () => {
  proxy.faults = [fault({ kind: 'cut', direction: 'down' })];
  expect(await talk()).toMatchObject({
    answer: TEXT.slice(0, 10),
    end: expect.stringMatching(/closed|ECONN/),
  });
  expect(arrived.toString()).toBe(TEXT);
});

test('stall: the rest is swallowed, and the connection stays', async () => {
  proxy.faults = [fault({ kind: 'stall' })];
  expect(await talk(300)).toMatchObject({ answer: TEXT.slice(0, 10), end: 'silence' });
});

test('delay and throttle: every byte passes, later', async () => {
  proxy.faults = [fault({ kind: 'delay' })];
  const late = await talk();
  expect(late).toMatchObject({ answer: TEXT, end: 'answered' });
  expect(late.ms).toBeGreaterThan(75);
  proxy.faults = [fault({ kind: 'throttle' })];
  const slow = await talk();
  expect(slow).toMatchObject({ answer: TEXT, end: 'answered' });
  expect(slow.ms).toBeGreaterThan(75);
});

test('duplicate: the bytes come twice', async () => {
  proxy.faults = [fault({ kind: 'duplicate' })];
  await talk();
  await delay(20);
  expect(arrived.toString()).toBe('abcdefghijklmnklmnopqrstuvwxyz');
});

test('garble: exactly these bytes are others, and always the same ones', async () => {
  const garbled: string[] = [];
  for (const seed of [5, 5, 6]) {
    arrived = Buffer.alloc(0);
    proxy.faults = [fault({ kind: 'garble', seed })];
    await talk();
    const text = arrived.toString('latin1');
    expect(text.length).toBe(TEXT.length);
    const changed = [...text].flatMap((one, index) => (one === TEXT[index] ? [] : [index]));
    expect(changed).toEqual([10, 11, 12, 13]);
    garbled.push(text);
  }
  expect(garbled[0]).toBe(garbled[1]);
  expect(garbled[0]).not.toBe(garbled[2]);
});

test('faults set anew count connections from 0 again; what was injected stays on record', async () => {
  for (const kind of ['cut', 'refuse'] as const) {
    proxy.faults = [fault({ kind })];
    await talk();
    expect(proxy.connections).toBe(1);
  }
  expect(proxy.injected.map(({ kind }) => kind)).toEqual(['cut', 'refuse']);
});
