import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/finding.ts';
import { checkNode } from '../../../src/cli/doctor/node.ts';
import { renderFindings } from '../../../src/cli/doctor/render.ts';
import { repositoryOfUrl } from '../../../src/cli/doctor/repository.ts';
import { checkSlackWebhook } from '../../../src/cli/doctor/slack.ts';
import { plain } from '../../../src/cli/terminal/terminal.ts';

test.each([
  ['https://hooks.slack.com/services/T0000TEST/B0000TEST/abcdefghijklmnopqrstuvwx', 'ok'],
  ['https://hooks.slack-gov.com/services/T0000TEST/B0000TEST/abcdefghijklmnopqrstuvwx', 'ok'],
  ['https://hooks.slack.com/services/T0000TEST/B0000TEST', 'warning'],
  ['http://127.0.0.1:3000/services/T0000TEST/B0000TEST/abcdefghijklmnopqrstuvwx', 'warning'],
  ['https://hooks.slack.com/workflows/T0000TEST/A0000/1/abc', 'failed'],
  ['https://hooks.slack.com/triggers/T0000TEST/1/abc', 'failed'],
])('the webhook %s is %s, and never repeated', (url, status) => {
  const finding = checkSlackWebhook(url);
  expect(finding.status).toBe(status);
  expect(JSON.stringify(finding)).not.toContain(url);
});

test.each([
  ['git@github.com:octo-org/shop.git', 'octo-org/shop'],
  ['https://github.com/octo-org/shop', 'octo-org/shop'],
  ['https://user:token@github.example.com/octo-org/shop.git', 'octo-org/shop'],
  ['ssh://git@github.com:22/octo-org/shop.git/', 'octo-org/shop'],
  ['nonsense', undefined],
])('%s → %s', (url, repository) => expect(repositoryOfUrl(url)).toBe(repository));

test.each([
  ['24.21.0', 'ok'],
  ['22.20.0', 'ok'],
  ['25.1.0', 'warning'],
])('Node %s is %s', (version, status) => {
  expect(checkNode(version).status).toBe(status);
});

describe('findings as text', () => {
  const findings: Finding[] = [
    { id: 'a', subject: 'A', status: 'ok', found: 'fine', todo: 'nothing' },
    { id: 'b', subject: 'B', status: 'failed', found: 'broken\u001b[2J', todo: 'mend it' },
    { id: 'c', subject: 'C', status: 'not configured', found: 'not configured', todo: 'configure it' },
  ];
  test('say what to do wherever something is to be done, and count', () => {
    expect(renderFindings(findings, plain, 80)).toBe(
      [
        'ok              A: fine',
        'failed          B: broken',
        '                → mend it',
        'not configured  C: not configured',
        '                → configure it',
        '',
        '1 ok, 1 failed, 1 not configured',
        '',
      ].join('\n'),
    );
  });
});
