import { describe, expect, test } from 'vitest';
import { fromEnvironment, unknownVariables } from '../../../../src/cli/arguments/environment.ts';

describe('environment variables', () => {
  test('the own name wins over the common one, and an empty one switches it off', () => {
    expect(fromEnvironment('mongodb-uri', { MONGODB_URI: 'a' })).toEqual({ name: 'MONGODB_URI', value: 'a' });
    expect(fromEnvironment('mongodb-uri', { MONGODB_URI: 'a', DEPLOY_GUARD_MONGODB_URI: 'b' })?.value).toBe(
      'b',
    );
    expect(fromEnvironment('mongodb-uri', { MONGODB_URI: 'a', DEPLOY_GUARD_MONGODB_URI: '' })?.value).toBe(
      '',
    );
    expect(fromEnvironment('slack-webhook-url', { SLACK_WEBHOOK_URL: 'a' })).toBeUndefined();
  });

  test('one that no input has is found, with the nearest', () => {
    expect(
      unknownVariables({ DEPLOY_GUARD_SLACK_WEBHOK_URL: 'x', DEPLOY_GUARD_STATE: 'none', PATH: '' }),
    ).toEqual([{ name: 'DEPLOY_GUARD_SLACK_WEBHOK_URL', near: 'DEPLOY_GUARD_SLACK_WEBHOOK_URL' }]);
  });
});
