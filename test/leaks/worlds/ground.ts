import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { REPORT_SCHEMA } from '../../../src/report/schema.ts';
import { type ActionResult, runAction } from '../../support/action.ts';
import { ENVIRONMENT_SECRETS, encoded, secretOf } from '../secrets.ts';
import type { Servers } from '../servers.ts';

/** What a world has to work with. */
export interface Ground {
  readonly servers: Servers;
  readonly mongoUri: string;
  /** an empty folder of this world's own */
  readonly folder: string;
}

/** Every text that a world left behind, by its place. */
export type Places = Record<string, string>;

export interface World {
  readonly name: string;
  /** The secrets that are in it, beside those of the environment, which are in each. */
  readonly secrets: readonly string[];
  run(ground: Ground): Promise<Places>;
}

export const quick = {
  'wait-timeout': '100ms',
  timeout: '800ms',
  interval: '1ms',
  samples: '2',
  warmup: '0',
  state: 'none',
};

/** The environment of a job that has far too many secrets. The proxies are in a world of their own. */
export function environment(): Record<string, string> {
  const env: Record<string, string> = { ACTIONS_STEP_DEBUG: 'true', RUNNER_DEBUG: '1' };
  for (const name of ENVIRONMENT_SECRETS) {
    if (name.endsWith('_PROXY')) continue;
    if (name === 'MONGODB_URI' || name === 'DATABASE_URL' || name === 'REDIS_URL')
      env[name] = `mongodb://app:${encoded(name)}@127.0.0.1:1/shop`;
    else env[name] = secretOf(name);
  }
  return env;
}

export const withUser = (origin: string, name: string, path = '/') =>
  `${origin.replace('://', `://user:${encoded(name)}@`)}${path}?key=${encoded(`${name}-query`)}`;

/** What a run of the action wrote, without the masks that must hold the secrets. */
export async function placesOf(run: ActionResult, folder: string): Promise<Places> {
  const places: Places = {
    stdout: run.stdout.replace(/^::add-mask::.*$/gm, ''),
    stderr: run.stderr,
    summary: run.summary,
    report: JSON.stringify(run.report ?? null),
  };
  for (const [name, value] of Object.entries(run.outputs)) places[`output ${name}`] = value;
  for (const file of await readdir(folder)) {
    if (file === 'given') continue;
    places[`file ${file}`] = await readFile(join(folder, file), 'utf8').catch(() => '');
  }
  return places;
}

export async function act(
  ground: Ground,
  inputs: Record<string, string>,
  options: {
    env?: Record<string, string>;
    guard?: string;
    event?: { name: string; payload?: unknown; ref?: string };
    api?: string;
  } = {},
): Promise<Places> {
  const { folder, servers } = ground;
  const given = join(folder, 'given');
  await mkdir(given, { recursive: true });
  const config: Record<string, string> = {};
  if (options.guard !== undefined) {
    config.config = join(given, 'guard.yml');
    await writeFile(config.config, options.guard);
    const names = new Set([...options.guard.matchAll(/\$\{([A-Za-z_]\w*)\}/g)].map(([, name]) => name));
    if (names.size > 0) config['guard-file-env'] = [...names].join(',');
  }
  const run = await runAction({
    inputs: {
      'github-token': secretOf('github-token'),
      'report-html': join(folder, 'report.html'),
      'report-junit': join(folder, 'report.xml'),
      ...config,
      ...inputs,
    },
    env: { ...environment(), GITHUB_API_URL: options.api ?? servers.echo, NODE_DEBUG: '', ...options.env },
    timeoutMs: 120_000,
    ...(options.event ? { event: options.event } : {}),
  });
  return placesOf(run, folder);
}

export async function pastedReport({ folder }: Ground, names: readonly string[]): Promise<string> {
  const at = '2026-01-27T20:00:00.000Z';
  const checks = names.map((name, index) => ({
    id: `api/${index}`,
    kind: 'http',
    target: 'api',
    metric: 'http_req_failed',
    observed: 1,
    unit: '',
    threshold: 'rate==0',
    samples: 10,
    attempts: 10,
    verdict: 'fail',
    // A report of another run may hold what this run was given.
    reason: `refused ${secretOf(name)} and ${encoded(name)}`,
    hint: `see ${JSON.stringify(secretOf(name))}`,
  }));
  const given = join(folder, 'given');
  await mkdir(given, { recursive: true });
  const path = join(given, 'report.json');
  await writeFile(
    path,
    JSON.stringify({
      schema: REPORT_SCHEMA,
      mode: 'verify',
      environment: 'production',
      dryRun: false,
      startedAt: at,
      finishedAt: at,
      verdict: 'fail',
      cause: `said ${names.map(secretOf).join(' ')}`,
      checks,
      alerts: [],
    }),
  );
  return path;
}

/** Every document of every collection: what is added to the state is searched without being named here. */
export async function everyDocument(
  uri: string,
  database: string,
  leaveOut: readonly string[] = [],
): Promise<Places> {
  const client = new MongoClient(uri);
  try {
    const places: Places = {};
    for (const { name } of await client.db(database).listCollections().toArray()) {
      if (leaveOut.includes(name)) continue;
      places[`collection ${name}`] = JSON.stringify(
        await client.db(database).collection(name).find().limit(5_000).toArray(),
      );
    }
    return places;
  } finally {
    await client.close();
  }
}

export async function dropDatabases(uri: string, ...names: string[]): Promise<void> {
  const client = new MongoClient(uri);
  for (const name of names)
    await client
      .db(name)
      .dropDatabase()
      .catch(() => undefined);
  await client.close();
}

export const under = (name: string, places: Places): Places =>
  Object.fromEntries(Object.entries(places).map(([place, text]) => [`${name}: ${place}`, text]));
