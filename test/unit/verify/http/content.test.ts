import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../../../src/verify/http/client.ts';
import { versionIn } from '../../../../src/verify/http/content.ts';
import { compilePattern } from '../../../../src/verify/http/pattern.ts';

const answerOf = (body: string | Buffer, headers: HttpAnswer['headers'] = {}) =>
  ({ body: Buffer.from(body), headers }) as HttpAnswer;

const pattern = (source: string) => compilePattern(source);

describe('the version that an answer carries', () => {
  test('in JSON: at a pointer, at the top, or why not', () => {
    const at = (pointer: string, body: unknown) =>
      versionIn(answerOf(JSON.stringify(body)), { kind: 'json', pointer });
    expect(at('/build/number', { build: { number: 7 } })).toEqual({ ok: true, value: '7' });
    expect(at('', '1.2.3')).toEqual({ ok: true, value: '1.2.3' });
    expect(at('/version', {})).toEqual({ ok: false, reason: 'the answer has nothing at /version' });
    expect(at('/version', { version: {} })).toEqual({
      ok: false,
      reason: 'the answer has no text at /version',
    });
    expect(at('', { version: '1' })).toEqual({ ok: false, reason: 'the answer has no text at its top' });
  });

  test('in a header that is sent twice it is both, and so neither', () => {
    const place = { kind: 'header', name: 'x-version' } as const;
    expect(versionIn(answerOf('', { 'x-version': ['1', '2'] }), place)).toEqual({ ok: true, value: '1, 2' });
    expect(versionIn(answerOf(''), place)).toEqual({
      ok: false,
      reason: 'the answer has no header x-version',
    });
  });

  test('by a pattern: its group, or all of it without one', async () => {
    const by = async (source: string, body: string | Buffer) =>
      versionIn(answerOf(body), { kind: 'pattern', pattern: await pattern(source) });
    expect(await by('build (\\S+)', 'build v7')).toEqual({ ok: true, value: 'v7' });
    expect(await by('v\\d+', 'build v7')).toEqual({ ok: true, value: 'v7' });
    const nothing = (source: string) => ({ ok: false, reason: `nothing in the answer matches ${source}` });
    expect(await by('v\\d+', 'no build')).toEqual(nothing('v\\d+'));
    // The group took no part in the match.
    expect(await by('build(?: (v\\d+))?', 'build')).toEqual(nothing('build(?: (v\\d+))?'));
    expect(await by('v\\d+', Buffer.from([0xff]))).toEqual({
      ok: false,
      reason: 'the answer is not valid UTF-8',
    });
  });
});
