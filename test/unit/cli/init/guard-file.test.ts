import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { WORKFLOWS } from '../../../../src/cli/arguments/own-options.ts';
import type { Answers } from '../../../../src/cli/init/answers.ts';
import { guardFileText } from '../../../../src/cli/init/guard-file.ts';
import { guardFileSchema } from '../../../../src/settings/guard-file/schema.ts';
import { nameText } from '../../../../src/settings/values/common.ts';

const ANSWERS: Answers = {
  environment: 'production',
  targets: ['api=https://api.example.com/health'],
  mongodb: true,
  channels: ['slack', 'email'],
  emailFrom: 'Guard <guard@example.com>',
  emailTo: ['a@example.com'],
  workflows: WORKFLOWS,
  uses: 'deploy-guard/deploy-guard@v0',
};

const answers: fc.Arbitrary<Answers> = fc.record({
  environment: fc
    .string({ unit: 'grapheme', maxLength: 30 })
    .filter((text) => nameText.safeParse(text).success && text === text.trim()),
  targets: fc.constantFrom<string[]>(
    ['https://a.example.com/'],
    ['a b=http://localhost:3000/x', 'https://b.example/'],
  ),
  mongodb: fc.boolean(),
  channels: fc.subarray(['slack', 'email'] as const),
  emailTo: fc.constant(['a@example.com']),
  emailFrom: fc.constant('x@example.com'),
  workflows: fc.constant(WORKFLOWS),
  uses: fc.constant('deploy-guard/deploy-guard@v0'),
});

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
