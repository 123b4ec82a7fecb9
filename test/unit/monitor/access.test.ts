import { describe, expect, test } from 'vitest';
import { Access, LOCKED_MS, WRONG_TOKENS } from '../../../src/monitor/endpoints/access.ts';

const TOKEN = 'the-right-admin-token';
const OTHER = 'the-next-admin-token';

function access(tokens = [TOKEN]) {
  const clock = { now: 0 };
  const subject = new Access(tokens, () => clock.now);
  const code = (authorization: string | undefined, address: string | null = '10.0.0.1'): number => {
    const admission = subject.admit(authorization, address);
    return admission.admitted ? 200 : admission.statusCode;
  };
  return { clock, subject, code };
}

describe('access to the protected endpoints', () => {
  test('is open where there is no token', () => {
    expect(access([]).code(undefined)).toBe(200);
  });

  test.each([
    [`Bearer ${TOKEN}`, 200],
    [`bearer ${TOKEN}`, 200],
    [`Bearer  ${TOKEN} `, 200],
    [undefined, 401],
    ['', 401],
    [TOKEN, 401],
    [`Basic ${TOKEN}`, 401],
    ['Bearer', 401],
    [`Bearer ${TOKEN}x`, 401],
    [`Bearer ${TOKEN.slice(0, -1)}`, 401],
    [`Bearer ${TOKEN} ${TOKEN}`, 401],
    [`Bearer ${TOKEN.toUpperCase()}`, 401],
  ])('with %j answers %i', (authorization, expected) => {
    expect(access().code(authorization)).toBe(expected);
  });

  test('takes each of several tokens, so that one can be changed without a gap', () => {
    const { code } = access([TOKEN, OTHER]);
    expect([code(`Bearer ${TOKEN}`), code(`Bearer ${OTHER}`), code('Bearer neither')]).toEqual([
      200, 200, 401,
    ]);
  });

  test('answers 429 to wrong tokens past the limit, and never to the right one: many share an address', () => {
    const { clock, subject, code } = access();
    for (let guess = 0; guess < WRONG_TOKENS; guess++) expect(code(`Bearer wrong-${guess}`)).toBe(401);
    expect(code('Bearer wrong')).toBe(429);
    expect(code(`Bearer ${TOKEN}`)).toBe(200);
    expect(code('Bearer wrong')).toBe(429);
    clock.now += LOCKED_MS - 1;
    expect(subject.admit('Bearer wrong', '10.0.0.1')).toEqual({
      admitted: false,
      statusCode: 429,
      retryAfterSeconds: 1,
    });
    clock.now += 1;
    expect(code('Bearer wrong')).toBe(401);
  });

  test('locks out the one who guesses, nobody else', () => {
    const { code } = access();
    for (let guess = 0; guess < 2 * WRONG_TOKENS; guess++) code('Bearer wrong', '10.0.0.1');
    expect(code(`Bearer ${TOKEN}`, '10.0.0.2')).toBe(200);
    expect(code('Bearer wrong', '10.0.0.2')).toBe(401);
  });

  test('does not count who shows no token: a scanner cannot lock out anybody', () => {
    const { code } = access();
    for (let request = 0; request < 100; request++) expect(code(undefined)).toBe(401);
    expect(code(`Bearer ${TOKEN}`)).toBe(200);
  });

  test('admits the right token where no address is known, and still refuses to hear more guesses', () => {
    const { code } = access();
    for (let guess = 0; guess < WRONG_TOKENS; guess++) code('Bearer wrong', null);
    expect(code('Bearer wrong', null)).toBe(429);
    expect(code(`Bearer ${TOKEN}`, null)).toBe(200);
  });

  test.each([
    ['2001:db8::1', '2001:db8::2', true],
    ['2001:db8:0:0:1::', '2001:0db8::9', true],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.2', false],
    ['fe80::1%eth0', 'fe80::2%eth0', true],
    ['::1', '::2', true],
    ['::1', '0:0:0:1::1', false],
  ])('takes %s and %s for one client: %s', (first, second, same) => {
    const { code } = access();
    for (let guess = 0; guess < WRONG_TOKENS; guess++) code('Bearer wrong', first);
    expect(code('Bearer wrong', second)).toBe(same ? 429 : 401);
  });

  test('remembers a bounded number of addresses', () => {
    const { code } = access();
    for (let guess = 0; guess < WRONG_TOKENS; guess++) code('Bearer wrong', '10.0.0.1');
    for (let index = 0; index < 1_000; index++) code('Bearer wrong', `172.16.${index >> 8}.${index & 255}`);
    // The oldest was forgotten: that is the price of the bound, and needs a thousand other addresses.
    expect(code('Bearer wrong', '10.0.0.1')).toBe(401);
  });
});
