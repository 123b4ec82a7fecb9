import { describe, expect, test } from 'vitest';
import { expandSecret, secretText } from '../../../../src/settings/values/secret-text.ts';

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
