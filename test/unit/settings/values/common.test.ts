import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import {
  booleanText,
  choicesText,
  choiceText,
  durationText,
  integerText,
  listText,
  nameText,
} from '../../../../src/settings/values/common.ts';
import { refusalOf, shapeOf } from '../../../../src/settings/values/refusal.ts';

const refusals = (schema: z.ZodType, text: string) =>
  schema.safeParse(text).error?.issues.map(refusalOf) ?? [];

describe('values', () => {
  test.each([
    ['true', true],
    ['False', false],
    ['TRUE', true],
  ])('%s is %s', (text, value) => expect(booleanText.parse(text)).toBe(value));

  test.each(['yes', '1', 'tRue', 'on'])('%s is not a boolean, and an error rather than false', (text) =>
    expect(refusals(booleanText, text)).toMatchObject([{ code: 'not-a-boolean', value: `'${text}'` }]),
  );

  test('a bare number as a duration is refused with what to write', () => {
    expect(refusals(durationText(), '30')).toMatchObject([
      { code: 'not-a-duration', hint: expect.stringContaining('`30s`') },
    ]);
    expect(durationText().parse('2s')).toBe(2_000);
  });

  test.each<[{ min?: number; max?: number }, string, string]>([
    [{ max: 1_000 }, '2s', 'Write a duration from 0 ms to 1,000 ms.'],
    [{ min: 1 }, '0s', 'Write a duration of at least 1 ms.'],
    [{ min: 1 }, '9000h', 'Write a duration of at most 366 days.'],
  ])('a duration beyond %j is out of range', (limits, text, hint) =>
    expect(refusals(durationText(limits), text)).toMatchObject([{ code: 'out-of-range', hint }]),
  );

  test.each(['', '-1', '1.5', '1e3', '11', 'x', '0x1', '999999999999999999'])(
    '%j is not a whole number from 0 to 10',
    (text) => expect(integerText(0, 10).safeParse(text).success).toBe(false),
  );

  test('a list takes lines, and commas if its kind allows them', () => {
    expect(listText({ commas: true }).parse('a, b\n\n c ,')).toEqual(['a', 'b', 'c']);
    expect(listText({ commas: false }).parse('a,b\r\nc')).toEqual(['a,b', 'c']);
    expect(choicesText(['a', 'b']).parse('a\nb,a')).toEqual(['a', 'b']);
  });

  test('a choice that is not known names the nearest and all of them', () => {
    expect(refusals(choicesText(['warn', 'fail']), 'warn\nfial')).toEqual([
      {
        code: 'unknown-choice',
        value: "'fial'",
        message: 'is not known',
        hint: 'Did you mean `fail`? Write some of `warn` or `fail`.',
      },
    ]);
    expect(refusals(choiceText(['never']), 'xxxxxxxxxxx')).toMatchObject([{ hint: 'Write `never`.' }]);
  });

  test('a secret is shown by its shape alone', () => {
    expect(shapeOf('hunter2')).toBe('(7 characters)');
    expect(shapeOf('"hunter2"\n')).toBe('(10 characters, with a line break)');
    expect(shapeOf("'hunter 2'")).toBe('(10 characters, in quotes, with a blank)');
    expect(shapeOf('${TOKEN}')).toBe('(8 characters, a variable that nothing expanded)');
  });

  test.each(['production', 'eu/prod-1', 'Übung 2'])('%s is a name', (text) =>
    expect(nameText.safeParse(text).success).toBe(true),
  );
  test.each(['-a', 'a\nb', '$(x)', 'a'.repeat(101)])('%j is not a name', (text) =>
    expect(nameText.safeParse(text).success).toBe(false),
  );
});
