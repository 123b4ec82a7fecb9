import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { reportSchema } from '../../src/report/schema.ts';
import { runAction } from '../support/action.ts';
import { startHttpTarget } from '../support/http-target.ts';
import { mongoError, startScriptedMongo } from '../support/mongo-script.ts';

/** The bundle in worlds that are down or wrong: none of them may end with exit code 0 and say nothing. */
let folder = '';
const open: Array<() => Promise<unknown>> = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wrong-greens-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

const server = async (...given: Parameters<typeof startHttpTarget>) => {
  const started = await startHttpTarget(...given);
  open.push(() => started.close());
  return started;
};
const mongo = async (...given: Parameters<typeof startScriptedMongo>) => {
  const started = await startScriptedMongo(...given);
  open.push(() => started.close());
  return started.uri;
};
const guard = async (text: string) => {
  const path = join(folder, `guard-${Math.random().toString(36).slice(2)}.yml`);
  await writeFile(path, text);
  return path;
};
const quick = { mode: 'verify', interval: '5ms', samples: 3, warmup: 0, 'wait-timeout': '300ms' };
const listed = { cursor: { id: 0n, ns: 'shop.$cmd.listCollections', firstBatch: [] } };

interface World {
  readonly name: string;
  readonly inputs: () => Promise<Record<string, string>>;
  /** What standard output or the summary must say. */
  readonly says: RegExp;
}

const red: readonly World[] = [
  {
    name: 'status 200 with the error page of a balancer',
    inputs: async () => ({
      targets: (
        await server({
          behaviour: {
            body: '<html><head><title>503 Service Unavailable</title></head></html>',
            headers: { 'content-type': 'text/html' },
          },
        })
      ).url,
    }),
    says: /error page “503 Service Unavailable”/,
  },
  {
    name: 'a health endpoint that says DOWN with status 200',
    inputs: async () => ({ targets: (await server({ behaviour: { body: { status: 'DOWN' } } })).url }),
    says: /its status is DOWN/,
  },
  {
    name: 'a MongoDB that asks for a user',
    inputs: async () => ({
      'mongodb-uri': await mongo(() => ({
        listCollections: () =>
          mongoError(13, 'Unauthorized', 'Command listCollections requires authentication'),
      })),
      'mongodb-database': 'shop',
    }),
    says: /asks for authentication/,
  },
  {
    name: 'a sharded cluster where a replica set is expected',
    inputs: async () => ({
      'mongodb-uri': await mongo(() => ({
        hello: () => ({ msg: 'isdbgrid' }),
        listCollections: () => listed,
        listShards: () => ({ shards: [] }),
      })),
      'mongodb-database': 'shop',
      config: await guard('mongodb:\n  topology: replica-set\n'),
    }),
    says: /sharded cluster, expected replica-set/,
  },
  {
    name: 'a collection of the guard file that does not exist',
    inputs: async () => ({
      'mongodb-uri': await mongo(() => ({ listCollections: () => listed })),
      'mongodb-database': 'shop',
      config: await guard('mongodb:\n  collections: [orders]\n'),
    }),
    says: /orders: the collection does not exist/,
  },
  {
    name: 'indexes of the guard file that nobody may look at',
    inputs: async () => ({
      'mongodb-uri': await mongo(() => ({
        listCollections: () => ({ cursor: { ...listed.cursor, firstBatch: [{ name: 'orders' }] } }),
        count: () => ({ n: 1 }),
        aggregate: () => ({ cursor: { ...listed.cursor, firstBatch: [{ n: 1 }] } }),
        listIndexes: () => mongoError(13, 'Unauthorized', 'not authorized on shop'),
      })),
      'mongodb-database': 'shop',
      config: await guard('mongodb:\n  collections:\n    - { name: orders, indexes: [{ n: 1 }] }\n'),
    }),
    says: /lacks the privilege `listIndexes`/,
  },
  {
    name: 'nothing to verify',
    inputs: async () => ({ targets: ' \n ' }),
    says: /there is nothing to verify/,
  },
  {
    name: 'a threshold on a target that is not there',
    inputs: async () => ({
      targets: `api=${(await server()).url}`,
      thresholds: 'http_req_duration{target:apo}: max<1s',
    }),
    says: /there is no target 'apo'/,
  },
  {
    name: 'a comparison in place of a limit, before there is a baseline',
    inputs: async () => ({
      targets: (await server({ behaviour: { failShare: 0.5, failStatus: 500 } })).url,
      samples: '20',
      'expected-status': '200',
      baseline: 'compare',
      state: `file:${join(folder, 'state.json')}`,
      thresholds: 'http_req_failed: rate<=+10%',
    }),
    says: /of 20 samples failed/,
  },
];

describe('exit code 1, with the reason', () => {
  test.each(red)('$name', async ({ inputs, says }) => {
    const run = await runAction({ inputs: { ...quick, ...(await inputs()) } });
    const said = `${run.stdout}\n${run.summary.replaceAll('\\', '')}`;
    expect(run.exitCode, said).toBe(1);
    expect(said).toMatch(says);
    expect(run.outputs.verdict).not.toBe('pass');
  });
});

describe('a pass that says what was not looked at', () => {
  test('targets and thresholds of the guard file in whose place inputs stand', async () => {
    const api = await server();
    const config = await guard(
      `targets:\n  - { name: api, url: "${api.url}", expect: { text: never } }\nthresholds: ["http_req_duration: max<1ms"]\n`,
    );
    const run = await runAction({
      inputs: { ...quick, config, targets: `api=${api.url}`, thresholds: 'http_req_duration: max<10s' },
    });
    expect(run.exitCode, run.stdout).toBe(0);
    const notices = reportSchema.parse(run.report).notices?.join('\n');
    expect(notices).toContain('the targets of the guard file, with their options, are not used');
    expect(notices).toContain('those of the guard file are not used');
  });

  test('a verdict that `fail-on` lets through', async () => {
    const api = await server({ behaviour: { status: 500 } });
    const run = await runAction({ inputs: { ...quick, targets: api.url, 'fail-on': 'warn' } });
    expect(run.exitCode).toBe(0);
    expect(run.outputs.verdict).toBe('fail');
    expect(run.summary).toContain('does not name it: the step passes all the same');
  });
});
