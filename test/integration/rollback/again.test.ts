import { Double, Int32, Long } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { confirmationPhrase } from '../../../src/rollback/commands/guardrails.ts';
import { BUILT_IN_STEPS, type StepDefinition } from '../../../src/rollback/steps/catalogue.ts';
import { seedDatabase } from '../../support/seed-data.ts';
import { builtIn, Session, snapshot } from './session.ts';

let sessions: Session[];
beforeEach(() => {
  sessions = [];
});
afterEach(async () => {
  for (const session of sessions) await session.close();
});

function open(): Session {
  const session = new Session(inject('mongoUri'));
  sessions.push(session);
  return session;
}

/** The commands of a second run on finished work, but for the driver's own. */
async function commandsOfSecondRun(steps: StepDefinition[], orders: number): Promise<string[]> {
  const session = open();
  await seedDatabase(session.db, { orders, validators: inject('mongoCapabilities').validators });
  const phrase = confirmationPhrase(steps, 'test');
  const options = {
    operation: 'apply',
    steps,
    batchSize: 20,
    ...(phrase ? { confirm: phrase } : {}),
  } as const;
  expect((await session.run(options)).failed).toBe(false);
  session.commands.length = 0;
  const again = await session.run(options);
  expect(again).toMatchObject({ failed: false, rollback: { steps: [{ state: 'skipped', modified: 0 }] } });
  return session.commands.map(({ name }) => name).filter((name) => name !== 'endSessions');
}

const steps = BUILT_IN_STEPS.filter(
  ({ step }) => inject('mongoCapabilities').collMod || !['24', '27'].includes(step),
).map(({ step, name }) => ({ step, name }));

describe('a second run on finished work issues as many commands on much data as on little', () => {
  test.each(steps)('STEP $step $name', async ({ step }) => {
    const [few, many] = [
      await commandsOfSecondRun(builtIn(step), 40),
      await commandsOfSecondRun(builtIn(step), 280),
    ];
    expect(many).toEqual(few);
  });
});

const byReference = (field: string, from = 'id', to = 'old'): StepDefinition => ({
  step: 'own',
  name: 'own',
  effect: 'Ours.',
  risk: 'low',
  reversibility: 'lossy',
  dependents: [],
  reversals: [
    {
      kind: 'copy-by-reference',
      references: [{ collection: 'orders', field }],
      map: { collection: 'map', from, to },
    },
  ],
});

describe.each([{ indexed: true }, { indexed: false }])(
  'references by a map, indexed: $indexed',
  ({ indexed }) => {
    async function world(map: object[], orders: object[]): Promise<Session> {
      const session = open();
      await session.db.collection('map').insertMany(map);
      await session.db.collection('orders').insertMany(orders);
      if (indexed) await session.db.collection('map').createIndex({ id: 1 });
      return session;
    }

    test('values of every form are found and changed; what the map does not change is nothing left to do', async () => {
      const session = await world(
        [
          { id: 'a', old: 'A' },
          { id: 'same', old: 'same' },
          { id: 'null', old: null },
          { id: 'none' },
          { id: 7, old: 'seven' },
          { id: { k: 1 }, old: [1, 2] },
          { old: 'no id' },
        ],
        [{ r: 'a' }, { r: 'same' }, { r: 'null' }, { r: 'none' }, { r: 7 }, { r: { k: 1 } }, { r: null }, {}],
      );
      const steps = [byReference('r')];
      const before = await snapshot(session, 'orders');
      expect((await session.run({ operation: 'plan', steps })).rollback?.steps[0]?.matched).toBe(4);
      const applied = await session.run({ operation: 'apply', steps });
      expect(applied).toMatchObject({ failed: false, rollback: { steps: [{ modified: 4, conflicts: 0 }] } });
      expect(await session.db.collection('orders').distinct('r')).toEqual(
        expect.arrayContaining(['A', 'same', null, 'none', 'seven', 1, 2]),
      );
      expect(await session.run({ operation: 'apply', steps })).toMatchObject({
        rollback: { steps: [{ state: 'skipped', modified: 0 }] },
      });
      await session.run({ operation: 'restore', operationId: applied.rollback?.operationId ?? '' });
      expect(await snapshot(session, 'orders')).toEqual(before);
    });

    test('in each element of an array', async () => {
      const session = await world(
        [
          { id: 'a', old: 'A' },
          { id: 'b', old: 'B' },
        ],
        [
          { meta: { refs: [{ r: 'x' }, { r: 'b' }] } },
          { meta: { refs: [] } },
          { meta: { refs: [{ s: 1 }, 'a'] } },
        ],
      );
      const steps = [byReference('meta.refs[].r')];
      expect(await session.run({ operation: 'apply', steps })).toMatchObject({
        failed: false,
        rollback: { steps: [{ modified: 1 }] },
      });
      expect(await session.db.collection('orders').countDocuments({ 'meta.refs.r': 'B' })).toBe(1);
      expect(await session.run({ operation: 'apply', steps })).toMatchObject({
        rollback: { steps: [{ state: 'skipped' }] },
      });
    });

    test('equal numbers refer whatever their type, and the old one comes with its own', async () => {
      const session = await world(
        [{ id: new Int32(5), old: Long.fromNumber(7) }],
        [{ r: new Int32(5) }, { r: new Double(5) }, { r: '5' }],
      );
      const steps = [byReference('r')];
      const before = await snapshot(session, 'orders');
      expect(await session.run({ operation: 'apply', steps })).toMatchObject({
        failed: false,
        rollback: { steps: [{ matched: 2, modified: 2 }] },
      });
      expect(await session.db.collection('orders').countDocuments({ r: { $type: 'long' } })).toBe(2);
      expect(await session.run({ operation: 'apply', steps })).toMatchObject({
        rollback: { steps: [{ state: 'skipped', matched: 0 }] },
      });
      await session.run({ operation: 'restore' });
      expect(await snapshot(session, 'orders')).toEqual(before);
    });

    test('a map that maps on what it has mapped is refused: a second run would change it again', async () => {
      const session = await world(
        [
          { id: 'a', old: 'b' },
          { id: 'b', old: 'c' },
        ],
        [{ r: 'a' }],
      );
      const steps = [byReference('r')];
      expect((await session.run({ operation: 'plan', steps })).failed).toBe(true);
      await expect(session.run({ operation: 'apply', steps })).rejects.toThrow(
        /map\.old holds a value that map\.id maps/,
      );
      expect(await session.db.collection('orders').countDocuments({ r: 'a' })).toBe(1);
    });
  },
);
