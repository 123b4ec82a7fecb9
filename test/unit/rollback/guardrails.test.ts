import { describe, expect, test } from 'vitest';
import {
  confirmationPhrase,
  effectiveOperation,
  requireConfirmation,
  requirePermission,
  unprotectedNotice,
} from '../../../src/rollback/commands/guardrails.ts';
import { OPERATIONS, ROLLBACK_DEFAULTS, type RollbackOptions } from '../../../src/rollback/model/options.ts';
import { PERMISSIONS, type Permission, type RollbackPorts } from '../../../src/rollback/model/ports.ts';
import type { StepDefinition } from '../../../src/rollback/steps/catalogue.ts';
import { ConfigurationError } from '../../../src/support/errors.ts';
import { input, text } from '../../../src/support/problem.ts';

const step = (name: string, risk: StepDefinition['risk'], cost?: string) =>
  ({ step: name, risk, ...(cost ? { cost } : {}) }) as StepDefinition;

const options = (over: Partial<RollbackOptions>): RollbackOptions => ({
  ...ROLLBACK_DEFAULTS,
  operation: 'apply',
  steps: [],
  ...over,
});

function ports(over: Partial<RollbackPorts> & { repository?: string | null } = {}) {
  const warnings: string[] = [];
  const { repository = 'shop/api', ...rest } = over;
  const run = { actor: 'mona', ...(repository === null ? {} : { repository }) };
  return {
    warnings,
    ports: {
      environment: 'production',
      run,
      redact: (text: string) => text.replaceAll('hunter2', '***'),
      log: { warning: (text: string) => warnings.push(text) },
      ...rest,
    } as unknown as RollbackPorts,
  };
}

/** What a refusal says, part by part. */
async function refusal(work: () => unknown) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems;
  }
  return 'nothing was refused';
}

describe('a dry run', () => {
  const reading = ['plan', 'status', 'history'];

  test('of apply is a plan, of everything else that writes the status', () => {
    const instead = OPERATIONS.map((operation) => [operation, effectiveOperation(operation, true).operation]);
    expect(Object.fromEntries(instead)).toEqual({
      plan: 'plan',
      apply: 'plan',
      resume: 'status',
      restore: 'status',
      status: 'status',
      history: 'history',
      unlock: 'status',
      purge: 'status',
    });
  });

  test.each(OPERATIONS)('of %s reads only, and says what was left out', (operation) => {
    const { operation: instead, notice } = effectiveOperation(operation, true);
    expect(reading).toContain(instead);
    expect(notice).toBe(
      reading.includes(operation)
        ? undefined
        : `dry run: \`${operation}\` was not run, \`${instead}\` was; nothing is written`,
    );
    expect(effectiveOperation(operation, false)).toEqual({ operation });
  });
});

describe('the confirmation', () => {
  test.each<[string, StepDefinition[], string | undefined]>([
    ['no STEP', [], undefined],
    ['low and medium risk', [step('1', 'low'), step('2', 'medium')], undefined],
    ['high risk', [step('3', 'high')], 'roll back 3 in staging'],
    ['critical risk among others', [step('4', 'critical'), step('1', 'low')], 'roll back 4 1 in staging'],
  ])('%s', (_name, steps, phrase) => {
    expect(confirmationPhrase(steps, 'staging')).toBe(phrase);
    expect(() =>
      requireConfirmation(options({ steps, confirm: phrase ?? 'anything' }), 'staging'),
    ).not.toThrow();
  });

  test('that is missing shows what is risky, what it costs and what to write', async () => {
    const steps = [step('24', 'critical', 'breaks login'), step('23', 'high'), step('19', 'medium')];
    expect(await refusal(() => requireConfirmation(options({ steps }), 'production'))).toEqual([
      {
        code: 'confirmation',
        where: 'confirm',
        message: 'is missing; STEP 24 is of critical risk (breaks login); STEP 23 is of high risk',
        hint: text`Read the plan, then write ${input('confirm', 'roll back 24 23 19 in production')}.`,
      },
    ]);
  });

  test.each([
    'yes',
    '',
    'roll back 24 in staging',
    ' roll back 24 in production',
    'Roll back 24 in production',
  ])('%j is not the phrase', async (confirm) => {
    const steps = [step('24', 'critical')];
    expect(await refusal(() => requireConfirmation(options({ steps, confirm }), 'production'))).toMatchObject(
      [{ where: 'confirm', message: expect.stringMatching(/^is not the phrase of this plan; STEP 24/) }],
    );
  });
});

describe('the permission', () => {
  const holding = (held: Permission) => ({ permission: { permissionOf: async () => held } });

  test.each(
    PERMISSIONS.flatMap((held) =>
      (['write', 'maintain', 'admin'] as const).map((wanted) => [held, wanted] as const),
    ),
  )('%s where %s is required', async (held, wanted) => {
    const { ports: given } = ports(holding(held));
    const ask = () => requirePermission(options({ requiredPermission: wanted }), given);
    if (PERMISSIONS.indexOf(held) >= PERMISSIONS.indexOf(wanted)) expect(await ask()).toEqual([]);
    else {
      expect(await refusal(ask)).toMatchObject([
        {
          code: 'permission',
          where: 'required-permission',
          message: `mona has ${held} permission on shop/api; ${wanted} is required`,
        },
      ]);
    }
  });

  test('is asked of the actor alone, and not at all where none is required or there is no repository', async () => {
    const asked: string[] = [];
    const permission = {
      permissionOf: async (actor: string) => {
        asked.push(actor);
        return 'admin' as const;
      },
    };
    const wanting = (requiredPermission: RollbackOptions['requiredPermission'], repository?: null) =>
      requirePermission(
        options({ requiredPermission }),
        ports({ permission, ...(repository === null ? { repository } : {}) }).ports,
      );
    expect(await wanting('none')).toEqual([]);
    expect(await wanting('admin', null)).toEqual(['no repository, so no permission was asked for']);
    expect(asked).toEqual([]);
    expect(await wanting('admin')).toEqual([]);
    expect(asked).toEqual(['mona']);
  });

  test('that cannot be asked for lack of a token is none', async () => {
    expect(await refusal(() => requirePermission(options({}), ports().ports))).toMatchObject([
      {
        code: 'permission-unknown',
        where: 'required-permission',
        message: 'the permission of mona cannot be checked without a token; admin is required',
      },
    ]);
  });

  test('that the platform does not answer is none, and its words are redacted', async () => {
    const permission = { permissionOf: () => Promise.reject(new Error('403 for hunter2')) };
    expect(await refusal(() => requirePermission(options({}), ports({ permission }).ports))).toEqual([
      {
        code: 'permission-unknown',
        where: 'required-permission',
        message: 'the permission of mona could not be checked (admin is required): 403 for ***',
        hint: 'The token needs `metadata: read` on the repository (the workflow’s own token has it).',
      },
    ]);
  });
});

describe('an environment that asks nobody for a review', () => {
  const permissionOf = async () => 'admin' as const;

  test('is told in the log and the result', async () => {
    const asked: string[] = [];
    const environmentProtected = async (name: string) => {
      asked.push(name);
      return false;
    };
    const { warnings, ports: given } = ports({ permission: { permissionOf, environmentProtected } });
    const notice =
      'the environment production-rollback asks nobody for a review; give it required reviewers and name it in the job';
    expect(await unprotectedNotice(options({ githubEnvironment: 'production-rollback' }), given)).toEqual([
      notice,
    ]);
    expect(warnings).toEqual([notice]);
    expect(asked).toEqual(['production-rollback']);
  });

  test('is not asked about if the workflow names none: that of the state may be another one', async () => {
    const environmentProtected = async () => {
      throw new Error('asked');
    };
    const { warnings, ports: given } = ports({ permission: { permissionOf, environmentProtected } });
    expect(await unprotectedNotice(options({}), given)).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test.each<[string, RollbackPorts['permission']]>([
    ['it does', { permissionOf, environmentProtected: async () => true }],
    ['nobody knows', { permissionOf, environmentProtected: async () => undefined }],
    ['it may not be asked', { permissionOf, environmentProtected: () => Promise.reject(new Error('403')) }],
    ['it cannot be asked', { permissionOf }],
    ['there is no token', undefined],
  ])('is not told where %s', async (_name, permission) => {
    const { warnings, ports: given } = ports(permission ? { permission } : {});
    expect(await unprotectedNotice(options({ githubEnvironment: 'production-rollback' }), given)).toEqual([]);
    expect(warnings).toEqual([]);
  });
});
