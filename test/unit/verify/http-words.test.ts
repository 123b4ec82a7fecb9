import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../../src/verify/http/client.ts';
import { failureOf } from '../../../src/verify/http/failure.ts';
import { refusalOf } from '../../../src/verify/http/refusal.ts';
import { selfReportOf } from '../../../src/verify/http/self-report.ts';
import { samplesOf } from '../../../src/verify/http/source.ts';

const coded = (code: string, message = 'broken', rest: object = {}) =>
  Object.assign(new Error(message), { code, ...rest });

describe('why a connection failed', () => {
  test.each<[string, unknown, string, string]>([
    ['the name does not resolve', coded('ENOTFOUND'), 'dns', 'the name does not resolve (ENOTFOUND)'],
    ['the resolver is not there', coded('EAI_AGAIN'), 'dns', 'the name could not be looked up (EAI_AGAIN)'],
    ['no route', coded('EHOSTUNREACH'), 'connect', 'no route to the host (EHOSTUNREACH)'],
    [
      'a proxy that refuses',
      coded('UND_ERR_PRX_CONN', 'Proxy response (407)'),
      'proxy',
      'the proxy did not connect: Proxy response (407)',
    ],
    [
      'packets that are dropped',
      coded('UND_ERR_CONNECT_TIMEOUT'),
      'timeout',
      'the connection was not accepted in time',
    ],
    ['the kernel gives up', coded('ETIMEDOUT'), 'timeout', 'the connection was not accepted in time'],
    ['an answer that never begins', coded('UND_ERR_HEADERS_TIMEOUT'), 'timeout', 'no answer in time'],
    [
      'each address by itself',
      new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')], 'all failed'),
      'refused',
      'connection refused (ECONNREFUSED)',
    ],
    [
      'an error below the error',
      new TypeError('fetch failed', { cause: coded('CERT_HAS_EXPIRED') }),
      'tls',
      'the TLS certificate has expired (CERT_HAS_EXPIRED)',
    ],
    ['anything else', coded('ODD', 'something odd'), 'other', 'something odd'],
    ['no error at all', 'gone', 'other', 'gone'],
  ])('%s', (_name, error, kind, reason) => {
    expect(failureOf(error)).toEqual({ kind, reason });
  });
});

describe('the firewall that refused', () => {
  const refusal = (status: number, headers: HttpAnswer['headers'], page = '') =>
    refusalOf({ status, headers, head: Buffer.from(page) } as HttpAnswer);

  test.each<[string, ReturnType<typeof refusal>, string | undefined]>([
    ['the balancer of AWS', refusal(403, { server: 'awselb/2.0' }), '403 by AWS WAF'],
    // That is how a balancer answers for a service that is down.
    ['the balancer of AWS without a service', refusal(503, { server: 'awselb/2.0' }), undefined],
    ['Akamai', refusal(403, { server: 'AkamaiGHost' }), '403 by Akamai'],
    ['by its page', refusal(403, {}, 'Incapsula incident ID: 1'), '403 by Imperva'],
    ['a server error', refusal(500, { server: 'AkamaiGHost' }), undefined],
    ['the app itself', refusal(403, { server: 'nginx' }, 'forbidden'), undefined],
  ])('%s', (_name, found, expected) => {
    expect(found).toBe(expected);
  });
});

test('a long title is shown short', () => {
  const head = Buffer.from(`<html><title>502 Bad Gateway ${'x'.repeat(100)}</title>`);
  expect(selfReportOf({ head, headers: { 'content-type': 'text/html' } })).toEqual({
    kind: 'bad',
    words: `answered with the error page “${`502 Bad Gateway ${'x'.repeat(100)}`.slice(0, 60)}…”`,
  });
});

describe('the samples of a probe', () => {
  const timings = { blocked: 1, connecting: 2, tlsHandshaking: 0, waiting: 3, receiving: 4 };
  const values = (...given: Parameters<typeof samplesOf>) =>
    Object.fromEntries(samplesOf(...given).map(({ metric, value }) => [metric, value]));

  test('that ran out of time: its limit counts as its duration', () => {
    const failure = { kind: 'timeout', reason: 'did not answer within 2s' } as const;
    expect(values('api', { redirects: 0, timedOutAfterMs: 2_000, failure }, 0)).toEqual({
      http_req_failed: 1,
      http_req_duration: 2_000,
    });
  });

  test('that failed otherwise: an error page is no duration', () => {
    const failure = { kind: 'status', status: 500, reason: 'answered 500' } as const;
    expect(values('api', { redirects: 0, timings, failure }, 0)).toEqual({ http_req_failed: 1 });
    expect(values('api', { redirects: 0, timings }, 0)).toMatchObject({
      http_req_failed: 0,
      http_req_duration: 7,
    });
  });
});
