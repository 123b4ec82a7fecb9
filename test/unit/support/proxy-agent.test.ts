import { expect, test } from 'vitest';
import { proxiesOf, proxyAgent } from '../../../src/support/proxy-agent.ts';

test.each([
  [{}, {}],
  [{ HTTP_PROXY: 'proxy:3128' }, { httpProxy: 'http://proxy:3128' }],
  [{ https_proxy: 'me:pass@proxy:3128' }, { httpsProxy: 'http://me:pass@proxy:3128' }],
  [{ HTTPS_PROXY: 'https://proxy' }, { httpsProxy: 'https://proxy' }],
  // The small letters win, and empty ones switch the proxy off.
  [{ http_proxy: '', HTTP_PROXY: 'proxy' }, { httpProxy: '' }],
])('of %o the proxies are %o', (env, expected) => expect(proxiesOf(env)).toEqual(expected));

test('an agent can be made of each', async () => {
  for (const httpsProxy of ['', 'http://me:pass@proxy:3128']) await proxyAgent({ httpsProxy }).destroy();
});
