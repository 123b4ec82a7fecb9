import { expect, test } from 'vitest';
import { checkSlackWebhook } from '../../../../src/cli/doctor/slack.ts';

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
