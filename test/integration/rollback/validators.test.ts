import { BSON, type Db, type Document } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { migrationValidators } from '../../support/seed-schema.ts';
import { intercept } from './intercept.ts';
import { builtIn, Session } from './session.ts';

/** Where the engine has no `collMod`, its two commands are answered as mongod does, and each is kept. */
let session: Session;
let options: Map<string, Document>;
let collMods: Document[];
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  options = new Map(
    Object.entries(migrationValidators).map(([name, validator]) => [
      name,
      { validator, validationLevel: 'strict', validationAction: 'error' },
    ]),
  );
  collMods = [];
  await session.db.createCollection('users');
  await session.db.createCollection('subscriptions');
});
afterEach(() => session.close());

function withValidators(real: Db): Db {
  const db = intercept(real, async (command, send) => {
    if (command.collMod === undefined) return send();
    collMods.push(command);
    const { collMod, ...change } = BSON.deserialize(BSON.serialize(command));
    options.set(collMod, { ...options.get(collMod), ...change });
    return { ok: 1 };
  });
  return new Proxy(db, {
    get(target, property) {
      if (property !== 'runCursorCommand') return Reflect.get(target, property, target);
      return (command: Document, raw: object) => {
        const name = command.filter?.name;
        if (command.listCollections !== 1 || !options.has(name)) return real.runCursorCommand(command, raw);
        const answer = BSON.serialize({ name, type: 'collection', options: options.get(name) });
        return Object.assign(
          (async function* () {
            yield answer;
          })(),
          { close: async () => {} },
        );
      };
    },
  });
}

describe.each([
  {
    step: '24',
    collection: 'users',
    gone: 'role',
    loss: 'the rule that goes: role is required; the rule that goes: role {"enum":["customer","support","manager","admin"]}; removes a security check',
    kept: { required: ['email'], properties: { email: { bsonType: 'string' } } },
  },
  {
    step: '27',
    collection: 'subscriptions',
    gone: 'start_date',
    loss: 'the rule that goes: start_date is required; the rule that goes: start_date {"bsonType":"date"}; the rule that goes: end_date {"bsonType":["date","null"]}; dates of any form',
    kept: { properties: { next_billing_date: { bsonType: ['date', 'null'] } } },
  },
])('STEP $step', ({ step, collection, gone, loss, kept }) => {
  test('plan → apply → apply again → restore, by the commands that are sent', async () => {
    const before = structuredClone(options.get(collection));
    const db = withValidators(session.db);
    const steps = builtIn(step);
    const plan = await session.run({ operation: 'plan', steps }, { db });
    const confirm = plan.rollback?.confirm ?? '';
    expect(plan.rollback?.steps[0]).toMatchObject({ matched: 1 });
    expect(plan.rollback?.steps[0]?.details?.join()).toContain(gone);
    expect(plan.rollback?.steps[0]?.impact).toContain(loss);
    expect(collMods).toEqual([]);

    const applied = await session.run(
      { operation: 'apply', steps, confirm, planDigest: plan.rollback?.planDigest ?? '' },
      { db },
    );
    expect(applied).toMatchObject({
      failed: false,
      rollback: { steps: [{ state: 'rolled_back', modified: 1 }] },
    });
    expect(collMods).toHaveLength(1);
    expect(options.get(collection)).toEqual({
      validator: { $jsonSchema: { bsonType: 'object', ...kept } },
      validationLevel: 'strict',
      validationAction: 'error',
    });

    const again = await session.run({ operation: 'apply', steps, confirm }, { db });
    expect(again).toMatchObject({ failed: false, rollback: { steps: [{ state: 'skipped', modified: 0 }] } });
    expect(collMods).toHaveLength(1);

    const restored = await session.run(
      { operation: 'restore', operationId: applied.rollback?.operationId ?? '' },
      { db },
    );
    expect(restored).toMatchObject({
      failed: false,
      rollback: { steps: [{ state: 'restored', modified: 1 }] },
    });
    expect(options.get(collection)).toEqual(before);
  });

  test('a validator that somebody changed since is a conflict and left alone', async () => {
    const db = withValidators(session.db);
    const steps = builtIn(step);
    const plan = await session.run({ operation: 'plan', steps }, { db });
    const applied = await session.run(
      { operation: 'apply', steps, confirm: plan.rollback?.confirm ?? '' },
      { db },
    );
    const theirs = {
      validator: { theirs: { $exists: true } },
      validationLevel: 'moderate',
      validationAction: 'warn',
    };
    options.set(collection, theirs);
    const restored = await session.run(
      { operation: 'restore', operationId: applied.rollback?.operationId ?? '' },
      { db },
    );
    expect(restored).toMatchObject({
      failed: true,
      rollback: { steps: [{ state: 'conflicted', conflicts: 1 }] },
    });
    expect(options.get(collection)).toEqual(theirs);
  });
});

test('a server that says yes and does nothing is found out', async () => {
  const real = withValidators(session.db);
  const db = new Proxy(real, {
    get: (target, property) =>
      property === 'command'
        ? async (command: Document, settings?: object) =>
            command.collMod ? { ok: 1 } : target.command(command, settings)
        : Reflect.get(target, property, target),
  });
  const plan = await session.run({ operation: 'plan', steps: builtIn('24') }, { db });
  const applied = await session.run(
    { operation: 'apply', steps: builtIn('24'), confirm: plan.rollback?.confirm ?? '' },
    { db },
  );
  expect(applied).toMatchObject({
    failed: true,
    rollback: { state: 'failed', steps: [{ state: 'rollback_failed' }] },
  });
  expect(applied.cause).toContain('the server reported success');
});
