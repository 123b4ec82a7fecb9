import { describe, expect, test } from 'vitest';
import { ConfigurationError, messageOf, withPath } from '../../../src/support/errors.ts';

describe('errors', () => {
  test('a configuration error lists all problems', () => {
    const error = new ConfigurationError([
      { code: 'x', where: 'a', message: 'is wrong', hint: 'Write b.' },
      { code: 'y', where: 'c', message: 'is missing' },
    ]);
    expect(error.message).toBe('a: is wrong\n  Write b.\nc: is missing');
  });

  test('the message of an error holds its causes, once', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    expect(messageOf(new TypeError('fetch failed', { cause: refused }))).toBe(
      'fetch failed: connect ECONNREFUSED 127.0.0.1:1',
    );
    expect(messageOf(new AggregateError([refused, refused]))).toBe('connect ECONNREFUSED 127.0.0.1:1');
    expect(messageOf('text')).toBe('text');
    expect(messageOf(undefined)).toBe('unknown error');
  });

  test('an error of a file names it, once', () => {
    const full = new Error('ENOSPC: no space left on device, write');
    expect(withPath(full, '/tmp/output').message).toBe('/tmp/output: ENOSPC: no space left on device, write');
    const missing = new Error("ENOENT: no such file or directory, open '/tmp/output'");
    expect(withPath(missing, '/tmp/output').message).toBe(missing.message);
    expect(withPath(missing, '/tmp/output').cause).toBe(missing);
  });

  test('a chain of causes that bites its tail ends', () => {
    const error = new Error('a');
    error.cause = error;
    expect(messageOf(error)).toBe('a');
  });
});

test('a thrown value that cannot become text is described by its kind', () => {
  expect(messageOf({ toString: 1 })).toBe('a thrown object');
});
