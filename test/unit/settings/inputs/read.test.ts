import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Problems } from '../../../../src/settings/context/problems.ts';
import { defineInputs } from '../../../../src/settings/inputs/definition.ts';
import { inputSecrets, readInputs } from '../../../../src/settings/inputs/read.ts';
import { integerText } from '../../../../src/settings/values/common.ts';
import { ConfigurationError } from '../../../../src/support/errors.ts';
import { secretsOfUri } from '../../../../src/support/secret-forms.ts';

describe('tables of inputs', () => {
  const table = defineInputs({
    mode: { group: 'common', description: '', values: '', required: true, schema: z.string() },
    count: { group: 'common', description: '', values: '', default: '3', schema: integerText(1, 9) },
    environment: {
      group: 'common',
      description: '',
      values: '',
      default: 'production',
      inGuardFile: true,
      schema: z.string(),
    },
    uri: {
      group: 'common',
      description: '',
      values: '',
      secret: true,
      secretParts: secretsOfUri,
      schema: z.string(),
    },
  });
  const read = (raw: Record<string, string>) => {
    const problems = new Problems();
    return { values: readInputs(table, (name) => raw[name], problems), problems };
  };

  test('empty counts as not given, and then the default holds', () => {
    const { values, problems } = read({ mode: ' x ', count: '  ', environment: '' });
    expect(values).toEqual({ mode: 'x', count: 3 });
    expect(problems.any).toBe(false);
  });

  test('all problems are reported at once, by the name of the input', () => {
    const { problems } = read({ count: 'many' });
    expect(problems.list).toMatchObject([
      { where: 'mode', code: 'required' },
      { where: 'count', code: 'not-an-integer', value: "'many'" },
    ]);
    expect(() => problems.throwIfAny()).toThrow(ConfigurationError);
  });

  test('secrets are found before anything is parsed', () => {
    const secrets = inputSecrets(table, (name) => ({ uri: 'mongodb://u:hunter2hunter2@h/d' })[name]);
    expect(secrets).toContain('hunter2hunter2');
    expect(secrets).toContain('mongodb://u:hunter2hunter2@h/d');
  });

  test('property: no text of an input makes reading throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (mode, count) => {
        read({ mode, count, uri: mode });
      }),
    );
  });
});
