import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Problems } from '../../../../src/settings/context/problems.ts';
import { parseGuardFile } from '../../../../src/settings/guard-file/read.ts';
import { ROLLBACK_SECTIONS } from '../../../../src/settings/guard-file/sections/rollback.ts';
import { readInputs } from '../../../../src/settings/inputs/read.ts';
import { ROLLBACK_INPUTS } from '../../../../src/settings/inputs/rollback.ts';
import { rollbackOptions } from '../../../../src/settings/rollback/options.ts';
import { settingsContext } from '../../../support/settings.ts';

/** Inputs and the text of a guard file → the options, or every problem by its place and code. */
async function settings(inputs: Record<string, string>, file = '', dryRun = false) {
  const problems = new Problems();
  const parsed =
    file === '' ? undefined : parseGuardFile('guard.yml', file, z.strictObject(ROLLBACK_SECTIONS), problems);
  const options = await rollbackOptions(
    readInputs(ROLLBACK_INPUTS, (name) => inputs[name], problems),
    parsed?.values ?? {},
    settingsContext({
      problems,
      dryRun,
      unmerged: dryRun ? 'the event is pull_request' : undefined,
      hasMongodbUri: true,
      ...(parsed === undefined ? {} : { locate: parsed.locate }),
    }),
  );
  return problems.any
    ? { problems: problems.list.map(({ where, code }) => `${where} ${code}`) }
    : { options };
}

describe('inputs', () => {
  test('the defaults are those of the interface', async () => {
    const { options } = await settings({ operation: 'plan', steps: '19' });
    expect(options).toMatchObject({
      operation: 'plan',
      batchSize: 500,
      maxLagMs: 1_500,
      maxDurationMs: 1_800_000,
      onConflict: 'fail',
      requiredPermission: 'admin',
      historySkip: 0,
    });
    expect(options?.steps.map(({ step }) => step)).toEqual(['19']);
  });

  test('under a dry run the operation is plan if none is given', async () => {
    expect((await settings({ steps: '19' }, '', true)).options?.operation).toBe('plan');
    expect((await settings({ steps: '19' })).problems).toEqual(['operation required']);
  });

  test('a restore takes STEPs that today’s catalogue does not know', async () => {
    const { options } = await settings({ operation: 'restore', steps: '19-20, long-gone' });
    expect(options).toMatchObject({ steps: [], chosen: ['19', '20', 'long-gone'] });
  });

  test('inputs win over the guard file', async () => {
    const file = 'rollback:\n  batch-size: 50\n  max-lag: 9s\n  on-conflict: skip\n';
    expect((await settings({ operation: 'plan', steps: '19' }, file)).options).toMatchObject({
      batchSize: 50,
      maxLagMs: 9_000,
      onConflict: 'skip',
    });
    expect(
      (await settings({ operation: 'plan', steps: '19', 'batch-size': '7' }, file)).options,
    ).toMatchObject({ batchSize: 7, maxLagMs: 9_000 });
  });

  test.each<[Record<string, string>, string]>([
    [{ operation: 'aply', steps: '19' }, 'operation unknown-choice'],
    [{ operation: 'apply' }, 'steps required'],
    [{ operation: 'apply', steps: ' , ' }, 'steps invalid-steps'],
    [{ operation: 'apply', steps: '19,77' }, 'steps invalid-steps'],
    [{ operation: 'apply', steps: 'order-statu' }, 'steps invalid-steps'],
    [{ operation: 'restore', steps: '22-19' }, 'steps invalid-steps'],
    [{ operation: 'status', steps: '19' }, 'steps not-for-operation'],
    [{ operation: 'apply', steps: '19', 'plan-digest': 'abc' }, 'plan-digest not-a-digest'],
    [{ operation: 'apply', steps: '19', 'batch-size': '0' }, 'batch-size not-an-integer'],
    [{ operation: 'apply', steps: '19', 'max-duration': '30' }, 'max-duration not-a-duration'],
    [{ operation: 'resume', 'operation-id': '../x' }, 'operation-id not-an-operation-id'],
    [
      { operation: 'apply', steps: '19', 'required-permission': 'root' },
      'required-permission unknown-choice',
    ],
  ])('%j is refused', async (inputs, refusal) => {
    expect((await settings(inputs)).problems).toContain(refusal);
  });
});

const OWN = `
rollback:
  sensitive-fields: [loyalty]
  overrides:
    "22":
      reversals:
        - kind: map-values
          collection: shop_orders
          field: state
          map: [{ from: OPEN, to: open }]
    "19": { cost: reports go blank, risk: high }
  steps:
    - name: loyalty
      effect: Takes the points away.
      risk: high
      reversals:
        - { kind: unset-fields, collection: users, fields: ["loyalty.points"], where: { since: { $gte: { $date: "2026-01-01T00:00:00Z" } } } }
    - name: newsletter
      effect: Takes the flag away.
      risk: low
      reversals:
        - { kind: set-field, collection: users, field: newsletter, value: false }
`;

describe('the guard file', () => {
  test('overrides parameters of built-in STEPs and adds its own, which are rolled back first', async () => {
    const { options, problems } = await settings(
      { operation: 'plan', steps: '19-22, loyalty, newsletter' },
      OWN,
    );
    expect(problems).toBeUndefined();
    expect(options?.steps.map(({ step }) => step)).toEqual(['newsletter', 'loyalty', '22', '21', '20', '19']);
    expect(options?.steps.find(({ step }) => step === '22')?.reversals).toEqual([
      { kind: 'map-values', collection: 'shop_orders', field: 'state', map: [['OPEN', 'open']] },
    ]);
    expect(options?.steps.find(({ step }) => step === '19')).toMatchObject({
      risk: 'high',
      cost: 'reports go blank',
    });
    expect(options?.sensitiveFields).toContain('loyalty');
    expect(options?.sensitiveFields).toContain('email');
  });

  test.each<[string, string, string]>([
    ['an unknown key', 'rollback:\n  stepz: []\n', '2:3 unknown-key'],
    ['a STEP that is not built in', 'rollback:\n  overrides:\n    "31": { cost: x }\n', '3:5 unknown-key'],
    ['a risk that is lowered', 'rollback:\n  overrides:\n    "24":\n      risk: low\n', '4:7 risk-lowered'],
    ['a path that is not a field', OWN.replace('"loyalty.points"', '"$points"'), '17:61 invalid-reversal'],
    ['an unknown kind', OWN.replace('kind: set-field', 'kind: setfield'), '22:13 invalid-union'],
    ['a parameter that is missing', OWN.replace(', value: false', ''), '22:11 invalid-union'],
    [
      'a swap',
      OWN.replace('[{ from: OPEN, to: open }]', '[{ from: A, to: B }, { from: B, to: A }]'),
      '10:17 invalid-reversal',
    ],
    ['a name that is taken', OWN.replace('name: loyalty', 'name: order-status'), '13:7 step-name-taken'],
    ['code in a filter', OWN.replace('since: { $gte:', '$where: { $gte:'), '17:80 invalid-reversal'],
    [
      'broken extended JSON',
      OWN.replace('"2026-01-01T00:00:00Z"', '{ $numberLong: x }'),
      '17:80 invalid-reversal',
    ],
  ])('%s is refused with its place', async (_name, file, refusal) => {
    expect((await settings({ operation: 'plan', steps: '19' }, file)).problems).toContain(
      `guard.yml:${refusal}`,
    );
  });
});
