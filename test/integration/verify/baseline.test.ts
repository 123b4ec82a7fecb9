import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type StateStore, StateUnavailableError } from '../../../src/state/store.ts';
import { type HttpTarget, startHttpTarget } from '../../support/http-target.ts';
import { freshDatabaseName } from '../../support/mongo.ts';
import { noState, options, run, target } from './options.ts';

/** A state that keeps in memory what a file would hold: JSON. */
function memory(): StateStore & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  const read = (area: string, key: string): unknown => {
    const text = kept.get(`${area}/${key}`);
    return text === undefined ? undefined : JSON.parse(text);
  };
  return {
    kept,
    kind: 'file',
    description: 'memory',
    read: async (area, key) => read(area, key),
    update: async (area, key, change) => {
      const { next, result } = change(read(area, key));
      if (next !== undefined) kept.set(`${area}/${key}`, JSON.stringify(next));
      return result;
    },
    close: async () => {},
  };
}

let api: HttpTarget;
beforeEach(async () => {
  api = await startHttpTarget({ behaviour: { delayMs: 5 } });
});
afterEach(() => api.close());

const gate = (mode: 'record' | 'compare', rest: { samples?: number } = {}) =>
  options([target(api.url, { samples: 12, ...rest })], { baseline: { mode, floorMs: 10 } });

describe('baseline', () => {
  test('record pins, compare judges against it, with an absolute floor', async () => {
    const state = memory();
    const recorded = await run(gate('record'), { state });
    expect(recorded.notices).toContain("this run's samples are the baseline now.");
    expect([...state.kept.keys()]).toEqual(['baselines/test']);

    const same = await run(gate('compare'), { state });
    expect(same.verdict).toBe('pass');
    const change = same.checks.find(({ id }) => id === 'api/http_req_duration/med-change');
    expect(change).toMatchObject({ verdict: 'pass', baseline: expect.any(Number) });

    api.behaviour.delayMs = 80;
    const slower = await run(gate('compare'), { state });
    expect(slower.verdict).toBe('fail');
    expect(slower.checks.find(({ id }) => id === 'api/http_req_duration/med-change')?.reason).toMatch(
      /^med is 8\d.* ms \(12 samples\), limit <= .* ms, baseline .* ms$/,
    );
  });

  test('with enough samples a side the difference is explained', async () => {
    const state = memory();
    await run(gate('record', { samples: 50 }), { state });
    api.behaviour.delayMs = 40;
    const slower = await run(gate('compare', { samples: 50 }), { state });
    expect(slower.checks.find(({ id }) => id === 'api/http_req_duration/med-change')?.reason).toMatch(
      /a sample of now is above one of the baseline in \d+% of pairs: a large effect/,
    );
  });

  test('the first comparison records and does not fail; a failed run is no reference', async () => {
    const state = memory();
    api.behaviour.failShare = 0.5;
    const failed = await run(gate('compare'), { state });
    expect(failed.verdict).toBe('fail');
    expect(state.kept.size).toBe(0);
    expect(failed.notices?.join()).toContain('no baseline was recorded');
    api.behaviour.failShare = 0;
    const first = await run(gate('compare'), { state });
    expect(first).toMatchObject({ verdict: 'pass', failed: false });
    expect(first.checks.find(({ id }) => id.endsWith('-change'))?.verdict).toBe('skipped');
    expect(state.kept.size).toBe(1);
  });

  test('a dry run records nothing', async () => {
    const state = memory();
    const result = await run(gate('record'), { state, dryRun: true });
    expect(state.kept.size).toBe(0);
    expect(result.notices?.join()).toContain('dry run');
  });

  test('no state at all is refused; one that cannot be reached is an error, not a pass', async () => {
    await expect(run(gate('record'), { state: noState })).rejects.toThrow(
      'baseline: there is no state to keep it in',
    );
    const broken: StateStore = {
      ...memory(),
      read: async () => {
        throw new StateUnavailableError('the file is broken');
      },
      update: async () => {
        throw new StateUnavailableError('the file is broken');
      },
    };
    const compared = await run(gate('compare'), { state: broken });
    expect(compared).toMatchObject({ verdict: 'error', failed: true });
    const recorded = await run(gate('record'), { state: broken });
    expect(recorded.checks.at(-1)).toMatchObject({ id: 'baseline/recorded', verdict: 'error' });
    expect(recorded.failed).toBe(true);
  });

  test('a mistake of the program while it reads or keeps it is no verdict', async () => {
    const broken: StateStore = {
      ...memory(),
      read: async () => {
        throw new TypeError('x is not a function');
      },
      update: async () => {
        throw new TypeError('x is not a function');
      },
    };
    for (const mode of ['compare', 'record'] as const) {
      await expect(run(gate(mode), { state: broken })).rejects.toThrow('x is not a function');
    }
  });

  test('something else in its place is an error that says what to do', async () => {
    const state = memory();
    state.kept.set('baselines/test', '{"version":99}');
    const result = await run(gate('compare'), { state });
    expect(result.verdict).toBe('error');
    expect(JSON.stringify(result.checks)).toContain('record it again');
  });
});

describe('baseline of MongoDB', () => {
  const name = freshDatabaseName();
  const client = new MongoClient(inject('mongoUri'));
  afterAll(async () => {
    await client.db(name).dropDatabase();
    await client.close();
  });

  test('a collection that vanished is told, though nobody named it', async () => {
    const state = memory();
    const db = client.db(`${name}_gone`);
    try {
      await db.collection('orders').insertMany([{}, {}, {}]);
      await db.collection('users').insertMany([{}, {}]);
      const mongo = {
        timeoutMs: 1_000,
        samples: 2,
        warmup: 0,
        intervalMs: 0,
        collections: [],
        indexes: new Map(),
        longRunningMs: 60_000,
      };
      const gate = (mode: 'record' | 'compare', thresholds: readonly string[] = []) =>
        options([], { mongo, baseline: { mode, floorMs: 10 }, thresholds });
      await run(gate('record'), { state, mongo: { client, db } });
      const same = await run(gate('compare'), { state, mongo: { client, db } });
      expect(same.verdict).toBe('pass');
      await db.collection('users').drop();
      const result = await run(gate('compare'), { state, mongo: { client, db } });
      expect(result.checks.find(({ id }) => id.startsWith('mongodb/users/'))).toMatchObject({
        verdict: 'warn',
        observed: 0,
        baseline: 2,
        reason: expect.stringMatching(/^the collection no longer exists: 0, /) as unknown,
      });
      const strict = await run(gate('compare', ['mongodb_collection_documents: value>=-5%']), {
        state,
        mongo: { client, db },
      });
      expect(strict.failed).toBe(true);
    } finally {
      await db.dropDatabase();
    }
  });

  test('documents and indexes that vanished are told', async () => {
    const state = memory();
    const db = client.db(name);
    await db
      .collection<{ n: number }>('orders')
      .insertMany(Array.from({ length: 100 }, (_value, n) => ({ n })));
    await db.collection('orders').createIndex({ n: 1 });
    const mongo = {
      timeoutMs: 1_000,
      samples: 2,
      warmup: 0,
      intervalMs: 0,
      collections: ['orders'],
      indexes: new Map(),
      longRunningMs: 60_000,
    };
    const gate = (mode: 'record' | 'compare') => options([], { mongo, baseline: { mode, floorMs: 10 } });
    await run(gate('record'), { state, mongo: { client, db } });
    await db.collection<{ n: number }>('orders').deleteMany({ n: { $lt: 20 } });
    await db.collection('orders').dropIndex('n_1');
    const result = await run(gate('compare'), { state, mongo: { client, db } });
    expect(result.verdict).toBe('warn');
    expect(result.checks.find(({ metric }) => metric === 'mongodb_collection_documents')).toMatchObject({
      verdict: 'warn',
      observed: 80,
      baseline: 100,
    });
    expect(result.checks.find(({ metric }) => metric === 'index-changes')).toMatchObject({
      verdict: 'warn',
      reason: 'since the baseline: orders.n_1 was dropped',
    });
  });
});
