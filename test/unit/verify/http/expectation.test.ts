import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../../../src/verify/http/client.ts';
import {
  type Expectation,
  pointerPath,
  unmet,
  type ValueMatcher,
} from '../../../../src/verify/http/expectation.ts';
import { compilePattern } from '../../../../src/verify/http/pattern.ts';

const answerOf = (body: string | Buffer, headers: HttpAnswer['headers'] = {}) =>
  ({ body: Buffer.from(body), headers }) as HttpAnswer;

const pattern = (source: string) => compilePattern(source);

const document = {
  status: 'UP',
  queue: 7,
  build: '12',
  words: 'seven',
  empty: '',
  flag: true,
  nothing: null,
  tags: ['blue', 'green', 3],
  deep: { error: 'none' },
};

describe('a condition on a value in JSON', () => {
  const reasonOf = (pointer: string, matcher: ValueMatcher) =>
    unmet(answerOf(JSON.stringify(document)), [{ on: 'json', path: pointerPath(pointer), matcher }]);

  test.each<[string, ValueMatcher, string | undefined]>([
    ['/status', { kind: 'is', value: 'UP' }, undefined],
    ['/nothing', { kind: 'is', value: null }, undefined],
    ['/nothing', { kind: 'is', value: 'null' }, '/nothing is null, expected "null"'],
    ['/build', { kind: 'is', value: 12 }, '/build is "12", expected 12'],
    ['/flag', { kind: 'is', value: 'true' }, '/flag is true, expected "true"'],
    ['/status', { kind: 'is-not', value: 'DOWN' }, undefined],
    ['/status', { kind: 'is-not', value: 'UP' }, '/status is "UP", and must not be'],
    ['/status', { kind: 'contains', text: 'P' }, undefined],
    ['/status', { kind: 'contains', text: 'DOWN' }, '/status is "UP", expected to contain "DOWN"'],
    ['/tags', { kind: 'contains', text: 'green' }, undefined],
    // A list contains what one of its items is, not what is a part of one.
    ['/tags', { kind: 'contains', text: 'gre' }, '/tags is ["blue","green",3], expected to contain "gre"'],
    ['/tags', { kind: 'contains-not', text: 'green' }, '/tags contains "green", and must not'],
    // What must not be there must not be a part of an item either.
    ['/tags', { kind: 'contains-not', text: 'gre' }, '/tags contains "gre", and must not'],
    ['/tags', { kind: 'contains-not', text: 'red' }, undefined],
    ['/tags/1', { kind: 'is', value: 'green' }, undefined],
    ['/tags/01', { kind: 'exists', value: false }, undefined],
    ['/tags/length', { kind: 'exists', value: false }, undefined],
    ['/deep', { kind: 'contains-not', text: 'error' }, '/deep contains "error", and must not'],
    ['/queue', { kind: 'min', value: 7 }, undefined],
    ['/queue', { kind: 'min', value: 8 }, '/queue is 7, expected at least 8'],
    ['/build', { kind: 'min', value: 12 }, undefined],
    ['/build', { kind: 'max', value: 11 }, '/build is "12", expected at most 11'],
    // What is no number keeps no limit on numbers, on either side.
    ['/words', { kind: 'min', value: 0 }, '/words is "seven", expected at least 0'],
    ['/words', { kind: 'max', value: 9 }, '/words is "seven", expected at most 9'],
    ['/empty', { kind: 'max', value: 9 }, '/empty is "", expected at most 9'],
    ['/flag', { kind: 'max', value: 9 }, '/flag is true, expected at most 9'],
    ['/status', { kind: 'exists', value: false }, '/status exists, and must not'],
    ['/missing', { kind: 'exists', value: true }, '/missing is missing'],
    ['/missing', { kind: 'is-not', value: 'DOWN' }, '/missing is missing'],
    ['', { kind: 'exists', value: false }, 'the body exists, and must not'],
    ['', { kind: 'is', value: 'UP' }, 'the body is not "UP"'],
    ['', { kind: 'contains', text: 'DOWN' }, 'the body does not contain "DOWN"'],
  ])('%s %j: %s', (pointer, matcher, reason) => {
    expect(reasonOf(pointer, matcher)).toBe(reason);
  });

  test('a pattern looks at a text as it is, and at anything else as JSON', async () => {
    const digits = await pattern('^\\d+$');
    expect(reasonOf('/build', { kind: 'matches', pattern: digits })).toBeUndefined();
    expect(reasonOf('/queue', { kind: 'matches', pattern: digits })).toBeUndefined();
    expect(reasonOf('/status', { kind: 'matches', pattern: digits })).toBe(
      '/status is "UP", expected to match ^\\d+$',
    );
    expect(reasonOf('/deep', { kind: 'matches-not', pattern: await pattern('none') })).toBe(
      '/deep matches none, and must not',
    );
  });

  test('a value is shown short', () => {
    const long = { text: 'x'.repeat(200) };
    const reason = unmet(answerOf(JSON.stringify(long)), [
      { on: 'json', path: pointerPath('/text'), matcher: { kind: 'is', value: 'y' } },
    ]);
    expect(reason).toBe(`/text is "${'x'.repeat(78)}…, expected "y"`);
  });
});

describe('a condition on a header', () => {
  const reasonOf = (name: string, matcher: ValueMatcher) =>
    unmet(answerOf('', { 'content-length': '12', 'x-flag': 'true', via: ['1.1 a', '1.1 b'] }), [
      { on: 'header', name, matcher },
    ]);

  test.each<[string, ValueMatcher, string | undefined]>([
    ['content-length', { kind: 'min', value: 12 }, undefined],
    ['content-length', { kind: 'max', value: 11 }, 'the header content-length is "12", expected at most 11'],
    ['content-length', { kind: 'is', value: 12 }, undefined],
    ['x-flag', { kind: 'is', value: true }, undefined],
    ['x-flag', { kind: 'is-not', value: true }, 'the header x-flag is "true", and must not be'],
    // Sent twice, it is one list (RFC 9110, 5.3).
    ['via', { kind: 'is', value: '1.1 a, 1.1 b' }, undefined],
    ['x-none', { kind: 'exists', value: false }, undefined],
  ])('%s %j: %s', (name, matcher, reason) => {
    expect(reasonOf(name, matcher)).toBe(reason);
  });
});

describe('a body that is not what was expected', () => {
  const json: Expectation = {
    on: 'json',
    path: pointerPath('/status'),
    matcher: { kind: 'is-not', value: 'DOWN' },
  };
  const text: Expectation = { on: 'body', matcher: { kind: 'contains-not', text: 'Exception' } };

  test.each<[string, string | Buffer, Expectation, string]>([
    ['no UTF-8 as text', Buffer.from([0xff, 0xfe]), text, 'the answer is not valid UTF-8'],
    ['no UTF-8 as JSON', Buffer.from([0xff, 0xfe]), json, 'the answer is not valid UTF-8'],
    ['nothing', ' ', json, 'the answer is empty where JSON was expected'],
    ['JSON that is cut off', '{"status":', json, 'the answer is not valid JSON (it ends too early)'],
    ['a web page', '<!doctype html>', json, 'the answer is an HTML page where JSON was expected'],
  ])('%s', (_name, body, expectation, reason) => {
    expect(unmet(answerOf(body), [expectation])).toBe(reason);
  });
});
