import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/support/clock.ts';
import { formatDuration, parseDuration } from '../../../src/support/duration.ts';
import { ConfigurationError, Interrupted, messageOf, withPath } from '../../../src/support/errors.ts';
import { nearest } from '../../../src/support/nearest.ts';
import { disarmCommands } from '../../../src/support/untrusted-lines.ts';

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['0s', 0],
    [' 2s ', 2_000],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(['', '5', 's', '-1s', '1d', '1 s', '1s2', 'ms', '1e3s', '١s', `${'9'.repeat(400)}h`])(
    '%j is no duration',
    (text) => expect(parseDuration(text)).toBeUndefined(),
  );

  test.each([
    [0, '0 ms'],
    [12.34, '12.3 ms'],
    [480.4, '480 ms'],
    [1_500, '1.5 s'],
    [125_000, '2 min 5 s'],
    [60_000, '1 min'],
    [11_040_000, '3 h 4 min'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('%d ms reads %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  test('property: whole units are read back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.constantFrom(['ms', 1], ['s', 1e3], ['m', 6e4], ['h', 3.6e6]),
        (n, [unit, factor]) => {
          expect(parseDuration(`${n}${unit}`)).toBe(n * Number(factor));
        },
      ),
    );
  });
});

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

describe('clock', () => {
  test('a sleep ends with the reason of the abort', async () => {
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(new Interrupted('SIGTERM'));
    await expect(sleeping).rejects.toThrow('interrupted by SIGTERM');
    await expect(systemClock.sleep(1, controller.signal)).rejects.toThrow(Interrupted);
  });
});

describe('nearest', () => {
  test.each([
    ['tresholds', 'thresholds'],
    ['verfy', 'verify'],
    ['Targets', 'targets'],
  ])('%s most likely meant %s', (typed, meant) =>
    expect(nearest(typed, ['targets', 'thresholds', 'verify', 'rollback'])).toBe(meant),
  );
  test('nothing is near', () => expect(nearest('zzzzzz', ['targets'])).toBeUndefined());
});

describe('workflow commands in untrusted text', () => {
  test.each([
    '::add-mask::x',
    '  ::set-output name=a::b',
    'a\n::error::x',
    'a\r::error::x',
    'a\r\n\t::error::x',
    'a\u2028::error::x',
    'a\u0085::stop-commands::x',
    'text ##[add-mask]x',
  ])('%j is disarmed', (text) => {
    // The runner's own two rules: a line that starts with `::`, or one that has `##[` in it.
    for (const line of disarmCommands(text).split(/[\n\r\u0085\u2028\u2029]/)) {
      expect(line.trimStart().startsWith('::')).toBe(false);
      expect(line.includes('##[')).toBe(false);
    }
  });

  test('plain text stays as it is', () =>
    expect(disarmCommands('a::b https://x [y]\nz')).toBe('a::b https://x [y]\nz'));
});
