import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Problems } from '../../../src/settings/context/problems.ts';
import { defineInputs } from '../../../src/settings/inputs/definition.ts';
import { inputSecrets, readInputs } from '../../../src/settings/inputs/read.ts';
import {
  booleanText,
  choicesText,
  choiceText,
  durationText,
  integerText,
  listText,
  nameText,
} from '../../../src/settings/values/common.ts';
import { expandSecret, secretText } from '../../../src/settings/values/secret-text.ts';
import { secretsOfUri } from '../../../src/support/secret-forms.ts';

const message = (schema: z.ZodType, text: string) =>
  schema
    .safeParse(text)
    .error?.issues.map((issue) => issue.message)
    .join('; ');

describe('values', () => {
  test.each([
    ['true', true],
    ['False', false],
    ['TRUE', true],
  ])('%s is %s', (text, value) => expect(booleanText.parse(text)).toBe(value));

  test.each(['yes', '1', 'tRue', 'on'])('%s is no boolean, and an error rather than false', (text) =>
    expect(message(booleanText, text)).toContain('write `true` or `false`'),
  );

  test('a bare number as a duration says what to write', () => {
    expect(message(durationText(), '30')).toContain('`30s`');
    expect(message(durationText({ max: 1_000 }), '2s')).toContain('out of range');
    expect(message(durationText({ min: 1 }), '0s')).toMatch(
      /out of range; write a duration of at least 1 ms$/,
    );
    expect(message(durationText({ min: 1 }), '9000h')).toMatch(
      /out of range; write a duration of at most 366 days$/,
    );
    expect(durationText().parse('2s')).toBe(2_000);
  });

  test.each(['', '-1', '1.5', '1e3', '11', 'x', '0x1', '999999999999999999'])(
    '%j is no whole number from 0 to 10',
    (text) => expect(integerText(0, 10).safeParse(text).success).toBe(false),
  );

  test('lists take lines, and commas where they may', () => {
    expect(listText({ commas: true }).parse('a, b\n\n c ,')).toEqual(['a', 'b', 'c']);
    expect(listText({ commas: false }).parse('a,b\r\nc')).toEqual(['a,b', 'c']);
    expect(choicesText(['a', 'b']).parse('a\nb,a')).toEqual(['a', 'b']);
    expect(message(choicesText(['warn', 'fail']), 'warn\nfial')).toContain(
      "'fial' is not known; write some of `warn` or `fail`",
    );
  });

  test('where there is one word, it alone is named', () => {
    expect(message(choiceText(['never']), 'x')).toBe("'x' is not known; write `never`");
  });

  test.each(['production', 'eu/prod-1', 'Übung 2'])('%s is a name', (text) =>
    expect(nameText.safeParse(text).success).toBe(true),
  );
  test.each(['-a', 'a\nb', '$(x)', 'a'.repeat(101)])('%j is no name', (text) =>
    expect(nameText.safeParse(text).success).toBe(false),
  );
});

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

  test('all problems are told at once, by the name of the input', () => {
    const { problems } = read({ count: 'many' });
    expect(() => problems.throwIfAny()).toThrow(/mode: is required[\s\S]*count: 'many'/);
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

describe('secrets in the guard file', () => {
  test('are named by their environment variable', () => {
    const text = secretText.parse('Bearer ${API_TOKEN}');
    expect(expandSecret(text, { API_TOKEN: 'abc' })).toEqual({
      value: 'Bearer abc',
      secrets: ['abc'],
      missing: [],
    });
    expect(expandSecret(text, {})).toEqual({ value: 'Bearer ', secrets: [], missing: ['API_TOKEN'] });
  });
  test('nothing but a name is expanded', () => {
    expect(expandSecret(secretText.parse('$HOME ${a-b} $(x) ${}'), { HOME: '/' }).value).toBe(
      '$HOME ${a-b} $(x) ${}',
    );
  });
});
