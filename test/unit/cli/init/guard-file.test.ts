import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { guardFileText } from '../../../../src/cli/init/guard-file.ts';
import { guardFileSchema } from '../../../../src/settings/guard-file/schema.ts';
import { ANSWERS, answers } from './builders.ts';

describe('the guard file', () => {
  test('holds the answers', () => {
    expect(parse(guardFileText(ANSWERS))).toMatchObject({
      environment: 'production',
      targets: ['api=https://api.example.com/health'],
      alerts: { channels: ['slack', 'email', 'log'], 'email-from': 'Guard <guard@example.com>' },
    });
  });

  test('without an address the database alone is guarded', () => {
    const text = guardFileText({ ...ANSWERS, targets: [], channels: [] });
    expect(parse(text)).toEqual({
      environment: 'production',
      thresholds: ['mongodb_up: rate==1'],
      mongodb: { collections: [] },
    });
  });

  test('each part has its comment, behind a blank line', () => {
    for (const key of ['targets', 'thresholds', 'mongodb', 'alerts'])
      expect(guardFileText(ANSWERS)).toMatch(new RegExp(`\\n\\n# [^\\n]+\\n${key}:`));
  });

  test('is valid for any answers, whatever characters are in them', () => {
    fc.assert(
      fc.property(answers, (given) => {
        const data = parse(guardFileText(given));
        expect(guardFileSchema.safeParse(data).success).toBe(true);
        expect(data.environment).toBe(given.environment);
      }),
    );
  });
});
