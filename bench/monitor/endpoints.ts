import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MongoClient } from 'mongodb';
import { createMonitor } from '../../src/monitor/index.ts';
import { startMongo } from '../../test/support/mongo.ts';
import { nearestRank } from '../support/figures.ts';

const TOKEN = 'a-bench-token-of-some-length';
const PATHS = {
  health: '/api/health',
  metrics: '/api/health/metrics',
  detailed: '/api/health/detailed',
  diagnostics: '/api/health/diagnostics',
  summary: '/api/alerts/summary',
  history: '/api/alerts/history',
  prometheus: '/api/health/prometheus',
} as const;

export type EndpointTimes = Record<keyof typeof PATHS, { p50Ms: number; p95Ms: number; bytes: number }> & {
  readonly firstDiagnosticsMs: number;
  readonly mongo: string;
};

/**
 * Answer times over loopback of a service with a MongoDB, a hundred routes in its statistics and twenty
 * collections, the endpoints taking turns. The client's own time is in them.
 */
export async function endpoints(rounds = 400): Promise<EndpointTimes> {
  const mongo = await startMongo({ print: () => {} });
  const client = new MongoClient(mongo.uri);
  const db = client.db(`bench_monitor_${process.pid}`);
  try {
    for (let index = 0; index < 20; index++) await db.collection(`c${index}`).insertOne({ index });
    const monitor = createMonitor({ version: '1', mongo: db, adminToken: TOKEN });
    const server = createServer(monitor.listener((_request, response) => void response.end('ok')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const agent = new Agent({ keepAlive: true });
    const ask = (path: string) => timed(port, agent, path);
    for (let index = 0; index < 5_000; index++) {
      const route = index % 120;
      await ask(
        `/${String.fromCharCode(97 + (route % 26))}/${String.fromCharCode(97 + Math.floor(route / 26))}`,
      );
    }
    const firstDiagnosticsMs = (await ask(PATHS.diagnostics)).ms;
    const names = Object.keys(PATHS) as (keyof typeof PATHS)[];
    const times = new Map(names.map((name) => [name, [] as { ms: number; bytes: number }[]]));
    for (let round = 0; round < rounds; round++) {
      for (const name of names) times.get(name)?.push(await ask(PATHS[name]));
    }
    agent.destroy();
    server.close();
    monitor.close();
    const figures = names.map((name) => {
      const settled = (times.get(name) ?? []).slice(20);
      const ms = settled.map((one) => one.ms);
      return [
        name,
        { p50Ms: nearestRank(ms, 0.5), p95Ms: nearestRank(ms, 0.95), bytes: settled.at(-1)?.bytes ?? 0 },
      ];
    });
    return { ...Object.fromEntries(figures), firstDiagnosticsMs, mongo: mongo.engine } as EndpointTimes;
  } finally {
    await db.dropDatabase();
    await client.close();
    await mongo.stop();
  }
}

function timed(port: number, agent: Agent, path: string): Promise<{ ms: number; bytes: number }> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    get({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`${path} answered ${response.statusCode}`));
        resolve({ ms: performance.now() - start, bytes });
      });
    }).on('error', reject);
  });
}
