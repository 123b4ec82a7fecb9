import fc from 'fast-check';
import { WORKFLOWS } from '../../../../src/cli/arguments/own-options.ts';
import type { Answers } from '../../../../src/cli/init/answers.ts';
import { nameText } from '../../../../src/settings/values/common.ts';

export const ANSWERS: Answers = {
  environment: 'production',
  targets: ['api=https://api.example.com/health'],
  mongodb: true,
  channels: ['slack', 'email'],
  emailFrom: 'Guard <guard@example.com>',
  emailTo: ['a@example.com'],
  workflows: WORKFLOWS,
  uses: 'deploy-guard/deploy-guard@v0',
};

/** Any answers that the questions allow. */
export const answers: fc.Arbitrary<Answers> = fc.record({
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
