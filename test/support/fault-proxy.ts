import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Chance } from './seeded-random.ts';

export const FAULT_KINDS = [
  'refuse',
  'cut',
  'reset',
  'delay',
  'throttle',
  'stall',
  'duplicate',
  'garble',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One thing that goes wrong on one connection, when so many bytes have passed in one direction. */
export interface Fault {
  kind: FaultKind;
  /** counted from 0 since the faults were set */
  connection: number;
  /** `up` from the client to the server; without meaning for `refuse` */
  direction: 'up' | 'down';
  /** bytes that pass before it */
  at: number;
  /** bytes that are sent twice, garbled or throttled */
  bytes: number;
  /** the wait of `delay`, and of `throttle` for each 64 bytes */
  ms: number;
  /** what garbles: each byte is changed by the next number of this seed, never to itself */
  seed: number;
}

export interface FaultProxy {
  port: number;
  /** those that are to come; setting them counts connections and bytes from 0 again */
  faults: readonly Fault[];
  /** those that came, in order, over all settings */
  injected: Fault[];
  /** connections accepted since the faults were set */
  connections: number;
  /** bytes that reached the other side since the faults were set */
  passed: { up: number; down: number };
  /** called after each piece that passed */
  onPassed: ((passed: { up: number; down: number }) => void) | undefined;
  /** cuts all connections now */
  cut(): void;
  close(): Promise<void>;
}

export interface FaultPlan {
  count: number;
  kinds: readonly FaultKind[];
  /** garbled and repeated bytes go only this way; both ways if not given */
  spoil?: 'up' | 'down';
  /** connections among which they are spread, 2 if not given */
  connections?: number;
  /** the largest place, 4,000 bytes if not given */
  within?: number;
}

/** Faults by a seed: the same numbers give the same faults. Pure. */
export function planFaults(random: () => number, plan: FaultPlan): Fault[] {
  const chance = new Chance(random);
  return Array.from({ length: plan.count }, () => {
    const kind = chance.pick(plan.kinds);
    const direction = chance.pick(['up', 'down'] as const);
    const spoils = kind === 'garble' || kind === 'duplicate';
    return {
      kind,
      // The first ones are there in every run; how many come after them depends on what goes wrong.
      connection: chance.between(0, chance.between(0, (plan.connections ?? 2) - 1)),
      direction: spoils ? (plan.spoil ?? direction) : direction,
      at: chance.percent(25) ? 0 : chance.magnitude(1, plan.within ?? 4_000),
      bytes: kind === 'throttle' ? chance.between(64, 1_024) : chance.between(1, 64),
      ms: kind === 'throttle' ? chance.between(2, 20) : chance.between(5, 250),
      seed: chance.between(0, 0xffff_ffff),
    };
  });
}

/** A proxy before any TCP server that fails as told. Waits for neither side more than the faults say. */
export async function startFaultProxy(target: { host?: string; port: number }): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let faults: readonly Fault[] = [];
  const proxy: FaultProxy = {
    port: 0,
    get faults() {
      return faults;
    },
    set faults(next) {
      faults = next;
      proxy.connections = 0;
      proxy.passed = { up: 0, down: 0 };
    },
    injected: [],
    connections: 0,
    passed: { up: 0, down: 0 },
    onPassed: undefined,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      proxy.cut();
      await closed;
    },
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const own = faults.filter(({ connection }) => connection === proxy.connections);
    proxy.connections += 1;
    client.on('error', () => undefined);
    const refusal = own.find(({ kind }) => kind === 'refuse');
    if (refusal !== undefined) {
      proxy.injected.push(refusal);
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ host: target.host ?? '127.0.0.1', port: target.port, allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    for (const [direction, from, to] of [
      ['up', client, upstream],
      ['down', upstream, client],
    ] as const) {
      const pending = own.filter((fault) => fault.direction === direction).sort((a, b) => a.at - b.at);
      pump(proxy, direction, from, to, pending).catch(() => from.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  proxy.port = (server.address() as AddressInfo).port;
  return proxy;
}

/** One direction of one connection: passes the bytes up to each fault, lets it happen, goes on. */
async function pump(
  proxy: FaultProxy,
  direction: 'up' | 'down',
  from: Socket,
  to: Socket,
  pending: Fault[],
): Promise<void> {
  let place = 0;
  const pass = async (bytes: Buffer): Promise<void> => {
    if (bytes.length === 0 || to.destroyed) return;
    await new Promise<void>((resolve) => {
      to.write(bytes, () => resolve());
    });
    proxy.passed[direction] += bytes.length;
    proxy.onPassed?.(proxy.passed);
  };
  for await (const chunk of from) {
    let rest = chunk as Buffer;
    for (let fault = pending[0]; fault !== undefined; fault = pending[0]) {
      if (fault.at > place + rest.length || (fault.at === place + rest.length && fault.at > 0)) break;
      const before = Math.max(0, fault.at - place);
      await pass(rest.subarray(0, before));
      rest = rest.subarray(before);
      place += before;
      pending.shift();
      proxy.injected.push(fault);
      const { kind } = fault;
      if (kind === 'stall') {
        // Read, so that the sender sees nothing of it, and never passed on.
        for await (const _ of from);
        return;
      }
      if (kind === 'cut') from.destroy();
      if (kind === 'reset') from.resetAndDestroy();
      if (kind === 'cut' || kind === 'reset') return;
      if (kind === 'delay') await delay(fault.ms);
      const part = rest.subarray(0, fault.bytes);
      if (kind === 'duplicate') await pass(part);
      if (kind === 'garble') rest = Buffer.concat([garbled(part, fault.seed), rest.subarray(part.length)]);
      if (kind === 'throttle') {
        for (let at = 0; at < part.length; at += 64) {
          await pass(part.subarray(at, at + 64));
          await delay(fault.ms);
        }
        rest = rest.subarray(part.length);
        place += part.length;
      }
    }
    await pass(rest);
    place += rest.length;
  }
  if (!to.destroyed) to.end();
}

function garbled(bytes: Buffer, seed: number): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ (1 + ((seed + index * 7_919) % 255))));
}
