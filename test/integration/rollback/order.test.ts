import { type Document, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Reversal } from '../../../src/rollback/reversals/expand.ts';
import type { StepDefinition } from '../../../src/rollback/steps/catalogue.ts';
import { intercept } from './intercept.ts';
import { builtIn, Session, snapshot } from './session.ts';

let session: Session;
let before: Map<string, string>;
beforeEach(async () => {
  session = new Session(inject('mongoUri'));
  await orders().insertMany(
    Array.from({ length: 120 }, (_, n) => ({
      _id: new ObjectId(),
      n,
      subscription_id: `sub-${n}`,
      status: 'PENDING',
      created_by: n % 2 === 0 ? 'ann' : null,
    })),
  );
  before = await snapshot(session, 'orders');
});
afterEach(() => session.close());

const orders = () => session.db.collection<Document>('orders');
const order = (n: number) => orders().findOne({ n });

function own(step: string, reversal: Reversal): StepDefinition {
  return {
    step,
    name: step,
    effect: 'Ours.',
    risk: 'low',
    reversibility: 'irreversible',
    dependents: [],
    reversals: [reversal],
  };
}

async function applied(...steps: StepDefinition[]): Promise<string> {
  const result = await session.run({ operation: 'apply', steps });
  expect(result.failed).toBe(false);
  return result.rollback?.operationId ?? '';
}

const restore = (operationId: string, chosen: string[] = [], more = {}) =>
  session.run({ operation: 'restore', operationId, chosen, ...more });

/** Cut short after its second batch. */
async function cutShort(operation: 'apply' | 'restore', operationId?: string): Promise<string> {
  const stop = new AbortController();
  let updates = 0;
  const watch = (event: { commandName: string; command: Document }) => {
    if (event.command.update === 'orders' && ++updates === 2) stop.abort(new Error('stop'));
  };
  session.client.on('commandStarted', watch);
  const cut = await session.run(
    {
      operation,
      steps: operation === 'apply' ? builtIn('19') : [],
      batchSize: 20,
      ...(operationId ? { operationId } : {}),
    },
    { signal: stop.signal },
  );
  session.client.off('commandStarted', watch);
  expect(cut.rollback?.state).toBe('interrupted');
  return cut.rollback?.operationId ?? '';
}

describe('what came last is undone first', () => {
  test('a newer value that a later operation took away is not buried under an older one', async () => {
    const first = await applied(...builtIn('19'));
    await orders().updateOne({ n: 7 }, { $set: { subscription_id: 'newer' } });
    const second = await applied(...builtIn('19'));

    await expect(restore(first)).rejects.toThrow(
      new RegExp(
        `STEP 19 of operation ${second} came later and changed orders\\.subscription_id too[\\s\\S]*first`,
      ),
    );
    expect(await orders().countDocuments({ subscription_id: { $exists: true } })).toBe(0);

    expect(await restore(second)).toMatchObject({ failed: false, rollback: { steps: [{ modified: 1 }] } });
    const rest = await restore(first);
    expect(rest).toMatchObject({ failed: true, rollback: { steps: [{ modified: 119, conflicts: 1 }] } });
    expect(await order(7)).toMatchObject({ subscription_id: 'newer' });
    expect(await order(8)).toMatchObject({ subscription_id: 'sub-8' });
  });

  test('a later operation that was cut short before its first checkpoint counts as well', async () => {
    const first = await applied(...builtIn('19'));
    await orders().updateOne({ n: 7 }, { $set: { subscription_id: 'newer' } });
    const state = intercept(session.state, async (command, send) => {
      const set = command.update === 'rollback_operations' ? command.updates[0].u.$set : {};
      if (set['steps.0.units.0']?.batch === 1) throw Object.assign(new Error('no'), { code: 13 });
      return send();
    });
    const cut = await session.run({ operation: 'apply', steps: builtIn('19') }, { state });
    expect(cut.failed).toBe(true);
    const records = session.state.collection<Document & { _id: string }>('rollback_operations');
    expect(
      (await records.findOne({ _id: cut.rollback?.operationId ?? '' }))?.steps[0].units[0],
    ).toMatchObject({
      state: 'running',
      journaled: 0,
    });
    expect(await order(7)).not.toHaveProperty('subscription_id');
    await expect(restore(first)).rejects.toThrow(/came later and changed orders\.subscription_id too/);
    expect((await restore(cut.rollback?.operationId ?? '')).failed).toBe(false);
    expect(await order(7)).toMatchObject({ subscription_id: 'newer' });
  });

  test('of STEPs of one operation too; others come back alone, in any order', async () => {
    const lower = own('lower', {
      kind: 'map-values',
      collection: 'orders',
      field: 'status',
      map: [['PENDING', 'pending']],
    });
    const away = own('away', { kind: 'unset-fields', collection: 'orders', fields: ['status'] });
    const operation = await applied(lower, away, ...builtIn('19'));
    await expect(restore(operation, ['lower'])).rejects.toThrow(
      /STEP away came later and changed orders\.status too[\s\S]*Restore STEP away with it/,
    );
    expect((await restore(operation, ['19'])).failed).toBe(false);
    expect((await restore(operation, ['away'])).failed).toBe(false);
    expect(await order(1)).toMatchObject({ status: 'pending', subscription_id: 'sub-1' });
    expect((await restore(operation, ['lower'])).failed).toBe(false);
    expect(await snapshot(session, 'orders')).toEqual(before);
  });

  test('a later operation on other fields of the same documents stands in nobody’s way', async () => {
    const first = await applied(...builtIn('19'));
    await session.db.collection('audit_logs').insertOne({ a: 1 });
    const result = await session.run({
      operation: 'apply',
      steps: builtIn('25'),
      confirm: 'roll back 25 in test',
    });
    expect(result.failed).toBe(false);
    expect((await restore(first)).failed).toBe(false);
    expect((await order(4))?.subscription_id).toBe('sub-4');
    expect(await order(4)).not.toHaveProperty('created_by');
    expect((await restore(result.rollback?.operationId ?? '')).failed).toBe(false);
    expect(await snapshot(session, 'orders')).toEqual(before);
  });

  test('there and back, twice', async () => {
    for (let round = 0; round < 2; round++) {
      await applied(...builtIn('22', '19'));
      expect((await session.run({ operation: 'restore' })).failed).toBe(false);
      expect(await snapshot(session, 'orders')).toEqual(before);
    }
    await expect(session.run({ operation: 'restore' })).rejects.toThrow(/no operation to restore/);
  });
});

describe('what was restored is not restored again', () => {
  test('a STEP is restored again only while a document stands as the apply left it', async () => {
    const operation = await applied(...builtIn('22', '19'));
    await restore(operation, ['19']);
    await expect(restore(operation, ['19'])).rejects.toThrow(/STEP 19 .* was restored already[\s\S]*22/);
    expect(await restore(operation)).toMatchObject({ failed: false, rollback: { steps: [{ step: '22' }] } });
    await orders().updateMany({}, { $unset: { subscription_id: '' } });
    // They stand as the apply left them: the restore can be repeated until nothing does.
    expect(await restore(operation)).toMatchObject({ failed: false, rollback: { steps: [{ step: '19' }] } });
    expect(await snapshot(session, 'orders')).toEqual(before);
    await expect(restore(operation)).rejects.toThrow(/was restored already by/);
  });

  test('an undo that was cut short is finished, before anything else touches the same', async () => {
    const operation = await applied(...builtIn('19'));
    const half = await cutShort('restore', operation);
    await expect(session.run({ operation: 'apply', steps: builtIn('19') })).rejects.toThrow(
      new RegExp(`operation ${half} \\(restore\\) was cut short in STEP 19[\\s\\S]*resume`),
    );
    await session.state
      .collection('rollback_operations')
      .updateOne({ _id: operation as never }, { $set: { state: 'interrupted' } });
    await expect(session.run({ operation: 'resume', operationId: operation })).rejects.toThrow(
      new RegExp(`is being undone by ${half}`),
    );
    // Another restore of the same does finish it; there is nothing to resume of the first then.
    expect((await restore(operation)).failed).toBe(false);
    expect(await snapshot(session, 'orders')).toEqual(before);
    await applied(...builtIn('19'));
    await expect(session.run({ operation: 'resume', operationId: half })).rejects.toThrow(
      /nothing to resume/,
    );
    await expect(session.run({ operation: 'resume' })).rejects.toThrow(/no operation that was cut short/);
    expect(await orders().countDocuments({ subscription_id: { $exists: true } })).toBe(0);
  });

  test('an operation that was killed and then undone is not shown as running', async () => {
    const operation = await cutShort('apply');
    await session.state
      .collection('rollback_operations')
      .updateOne({ _id: operation as never }, { $set: { state: 'running' } });
    expect((await restore(operation)).failed).toBe(false);
    expect((await session.run({ operation: 'status', operationId: operation })).rollback?.state).toBe(
      'interrupted',
    );
  });
});

test('an own STEP on the same fields as one that was cut short is refused as well', async () => {
  await cutShort('apply');
  const same = own('same', { kind: 'set-field', collection: 'orders', field: 'subscription_id', value: 1 });
  await expect(session.run({ operation: 'apply', steps: [same] })).rejects.toThrow(
    /\(apply\) was cut short in STEP 19/,
  );
  const other = own('other', { kind: 'set-field', collection: 'orders', field: 'n2', value: 1 });
  expect((await session.run({ operation: 'apply', steps: [other] })).failed).toBe(false);
});
