import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { createMonitor } from '../../src/monitor/index.ts';
import { startMongo } from '../../test/support/mongo.ts';
import { QUICK, sized } from '../support/results.ts';

const MB = 2 ** 20;
const IDLE_MS = sized(20_000, 1_000);

export interface Footprint {
  /** Resident memory that a monitor with all its 100 routes adds to a process, MB. */
  readonly memoryMb: number;
  /** CPU that an idle monitor takes, percent of one core. */
  readonly idleCpuPercent: number;
  /** What the pings of a day send and receive, MB. */
  readonly networkMbADay: number;
}

/** What mounting a monitor costs a service that does nothing. */
export async function footprint(): Promise<Footprint> {
  const [idle, without] = await Promise.all([measure('monitor'), measure('none')]);
  return {
    memoryMb: idle.memoryMb - without.memoryMb,
    idleCpuPercent: Math.max(0, idle.cpuPercent - without.cpuPercent),
    networkMbADay: await networkMbADay(),
  };
}

async function measure(variant: 'monitor' | 'none'): Promise<{ memoryMb: number; cpuPercent: number }> {
  const child = spawn(
    process.execPath,
    ['--expose-gc', fileURLToPath(import.meta.url), variant, ...(QUICK ? ['--quick'] : [])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  await once(child, 'close');
  return JSON.parse(text) as { memoryMb: number; cpuPercent: number };
}

async function idle(variant: string): Promise<void> {
  const rss = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().rss / MB;
  };
  const before = rss();
  const monitor =
    variant === 'monitor'
      ? createMonitor({ version: '1', mongo: { command: async () => ({ ok: 1 }) } })
      : null;
  // Without a monitor the same requests are made, so that Node's own Request and Response are not counted.
  const app = () => new Response('ok');
  for (let index = 0; index < 200; index++) {
    const path = `/${String.fromCharCode(97 + (index % 26))}/${String.fromCharCode(97 + Math.floor(index / 26))}`;
    const request = new Request(`http://localhost${path}`);
    await (monitor === null ? app() : monitor.fetch(request, app));
  }
  await monitor?.read.diagnostics();
  const memoryMb = rss() - before;
  await delay(2_000);
  const cpu = process.cpuUsage();
  await delay(IDLE_MS);
  const { user, system } = process.cpuUsage(cpu);
  console.log(JSON.stringify({ memoryMb, cpuPercent: (user + system) / (IDLE_MS * 10) }));
}

/** Bytes of a ping on the wire (without TCP's own), two a minute. */
async function networkMbADay(): Promise<number> {
  const mongo = await startMongo({ print: () => {} });
  const { hostname, port } = new URL(mongo.uri);
  let bytes = 0;
  const relay = createServer((socket) => {
    const target = connect(Number(port), hostname);
    for (const [from, to] of [
      [socket, target],
      [target, socket],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        to.write(chunk);
      });
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const own = `mongodb://127.0.0.1:${(relay.address() as AddressInfo).port}/?directConnection=true`;
  const client = new MongoClient(own, { heartbeatFrequencyMS: 3_600_000 });
  try {
    const db = client.db('bench');
    await db.command({ ping: 1 });
    await delay(200);
    const pings = 100;
    const before = bytes;
    for (let ping = 0; ping < pings; ping++) await db.command({ ping: 1 });
    return (((bytes - before) / pings) * 2 * 60 * 24) / 1e6;
  } finally {
    await client.close();
    relay.close();
    await mongo.stop();
  }
}

if (import.meta.main) await idle(process.argv[2] ?? 'none');
