import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../../../src/verify/http/client.ts';
import { refusalOf } from '../../../../src/verify/http/refusal.ts';

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
