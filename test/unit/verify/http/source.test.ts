import { describe, expect, test } from 'vitest';
import { samplesOf } from '../../../../src/verify/http/source.ts';

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
