import { describe, expect, test } from 'vitest';
import { failureOf } from '../../../../src/verify/http/failure.ts';

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
