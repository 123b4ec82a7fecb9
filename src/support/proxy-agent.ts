import type { EnvHttpProxyAgent } from 'undici';
import apiConnect from 'undici/lib/api/api-connect.js';
import UndiciDispatcher from 'undici/lib/dispatcher/dispatcher.js';
import ProxyAwareAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';

// undici's main module does this for every method; its proxy agent needs this one.
UndiciDispatcher.prototype.connect ??= apiConnect;

/**
 * undici's pools, through the proxy that the environment names (`http_proxy`, `https_proxy`, `no_proxy`, in small
 * or capital letters). A proxy may be named without its scheme, as curl allows it.
 */
export function proxyAgent(options: EnvHttpProxyAgent.Options = {}): EnvHttpProxyAgent {
  return new ProxyAwareAgent({ ...proxiesOf(process.env), ...options });
}

/** The proxies with a scheme; what is not set is left out. */
export function proxiesOf(
  env: Readonly<Record<string, string | undefined>>,
): Pick<EnvHttpProxyAgent.Options, 'httpProxy' | 'httpsProxy'> {
  const httpProxy = env.http_proxy ?? env.HTTP_PROXY;
  const httpsProxy = env.https_proxy ?? env.HTTPS_PROXY;
  return {
    ...(httpProxy === undefined ? {} : { httpProxy: withScheme(httpProxy) }),
    ...(httpsProxy === undefined ? {} : { httpsProxy: withScheme(httpsProxy) }),
  };
}

function withScheme(proxy: string): string {
  return proxy === '' || proxy.includes('://') ? proxy : `http://${proxy}`;
}
