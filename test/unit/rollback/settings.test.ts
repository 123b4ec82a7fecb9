import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Problems } from '../../../src/settings/context/problems.ts';
import { parseGuardFile } from '../../../src/settings/guard-file/read.ts';
import { ROLLBACK_SECTIONS } from '../../../src/settings/guard-file/sections/rollback.ts';
import { readInputs } from '../../../src/settings/inputs/read.ts';
import { ROLLBACK_INPUTS } from '../../../src/settings/inputs/rollback.ts';
import { rollbackOptions } from '../../../src/settings/rollback/options.ts';
import { ConfigurationError } from '../../../src/support/errors.ts';

/** Inputs and the text of a guard file → the options, or every problem as it is told. */
async function settings(inputs: Record<string, string>, file = '', dryRun = false) {
  const problems = new Problems();
  const parsed =
    file === ''
      ? undefined
      : await parseGuardFile('guard.yml', file, z.strictObject(ROLLBACK_SECTIONS), problems);
  const options = await rollbackOptions(
    readInputs(ROLLBACK_INPUTS, (name) => inputs[name], problems),
    parsed?.values ?? {},
    problems,
    {
      environment: 'production',
      dryRun,
      pullRequest: dryRun,
      hasMongodbUri: true,
      locate: parsed?.locate ?? (() => 'guard.yml'),
      resolveSecret: () => '',
    },
  );
  try {
    problems.throwIfAny();
  } catch (error) {
    return { problems: error instanceof ConfigurationError ? error.message : String(error) };
  }
  return { options };
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
    expect((await settings({ steps: '19' })).problems).toMatch(/^operation: is required/m);
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

  test.each<[Record<string, string>, RegExp]>([
    [{ operation: 'aply', steps: '19' }, /operation: 'aply' is not known; write `plan`/],
    [{ operation: 'apply' }, /steps: is required for `apply`/],
    [{ operation: 'apply', steps: ' , ' }, /steps: names no STEP/],
    [{ operation: 'apply', steps: '19,77' }, /STEP '77' is not known/],
    [{ operation: 'apply', steps: 'order-statu' }, /Did you mean `order-status`/],
    [{ operation: 'restore', steps: '22-19' }, /steps: '22-19' runs backwards/],
    [{ operation: 'status', steps: '19' }, /steps: has no meaning for `status`/],
    [{ operation: 'apply', steps: '19', 'plan-digest': 'abc' }, /plan-digest: is no SHA-256/],
    [
      { operation: 'apply', steps: '19', 'batch-size': '0' },
      /batch-size: '0' is not a whole number from 1 to 10,000/,
    ],
    [{ operation: 'apply', steps: '19', 'max-duration': '30' }, /such as `30s`/],
    [{ operation: 'resume', 'operation-id': '../x' }, /operation-id: is no operation id/],
    [
      { operation: 'apply', steps: '19', 'required-permission': 'root' },
      /required-permission: 'root' is not known/,
    ],
  ])('%j is refused', async (inputs, message) => {
    expect((await settings(inputs)).problems).toMatch(message);
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

  test.each<[string, string, RegExp]>([
    [
      'an unknown key',
      'rollback:\n  stepz: []\n',
      /guard\.yml:2:3: unknown key `stepz` in `rollback`\s+Did you mean `steps`/,
    ],
    [
      'a STEP that is not built in',
      'rollback:\n  overrides:\n    "31": { cost: x }\n',
      /guard\.yml:3:5: unknown key `31` in `rollback.overrides`/,
    ],
    [
      'a risk that is lowered',
      'rollback:\n  overrides:\n    "24":\n      risk: low\n',
      /guard\.yml:4:7: the risk of STEP 24 is critical and cannot be lowered/,
    ],
    [
      'a path that is none',
      OWN.replace('"loyalty.points"', '"$points"'),
      /guard\.yml:\d+:\d+: '\$points' is not a field/,
    ],
    ['a kind that is none', OWN.replace('kind: set-field', 'kind: setfield'), /guard\.yml:\d+:\d+: /],
    ['a parameter that is missing', OWN.replace(', value: false', ''), /guard\.yml:\d+:\d+: .*value/],
    [
      'a swap',
      OWN.replace('[{ from: OPEN, to: open }]', '[{ from: A, to: B }, { from: B, to: A }]'),
      /guard\.yml:\d+:\d+: "B" is both/,
    ],
    [
      'a name that is taken',
      OWN.replace('name: loyalty', 'name: order-status'),
      /guard\.yml:13:7: the name `order-status` is taken/,
    ],
    ['code in a filter', OWN.replace('since: { $gte:', '$where: { $gte:'), /`\$where` is not allowed here/],
    ['broken extended JSON', OWN.replace('"2026-01-01T00:00:00Z"', '{ $numberLong: x }'), /extended JSON/],
  ])('%s is refused with its place', async (_name, file, message) => {
    expect((await settings({ operation: 'plan', steps: '19' }, file)).problems).toMatch(message);
  });
});
