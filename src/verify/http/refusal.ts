import type { HttpAnswer } from './client.ts';
import { headerOf } from './content.ts';

/** Statuses with which firewalls turn clients away. */
const TURNED_AWAY = new Set([401, 403, 406, 429, 503]);

/** Headers that firewalls set on refusals of their own, never on what the app behind them answers. */
const HEADERS: ReadonlyArray<readonly [string, RegExp, string]> = [
  ['cf-mitigated', /./, 'Cloudflare'],
  ['x-amzn-waf-action', /./, 'AWS WAF'],
  ['x-vercel-mitigated', /./, 'Vercel'],
  ['x-datadome', /protected/i, 'DataDome'],
  ['x-sucuri-block', /./, 'Sucuri'],
];

/** What their refusal pages say. */
const PAGES: ReadonlyArray<readonly [RegExp, string]> = [
  [/Attention Required! \| Cloudflare|error code: 10\d\d|cf-error-details|challenge-platform/i, 'Cloudflare'],
  [/errors\.edgesuite\.net|Access Denied[\s\S]{0,400}Reference #/i, 'Akamai'],
  [/Incapsula incident ID|_Incapsula_Resource/i, 'Imperva'],
  [/Sucuri WebSite Firewall/i, 'Sucuri'],
  [/captcha-delivery\.com/i, 'DataDome'],
  [/The request is blocked\.[\s\S]{0,200}(Azure|x-azure-ref)|Azure (Front Door|WAF)/i, 'Azure'],
  [/The requested URL was rejected\. Please consult with your administrator/i, 'F5'],
  [/Request unsuccessful\.|Web Application Firewall|WAF block/i, 'a firewall'],
];

/**
 * The firewall that turned the probe away, as `403 by Cloudflare`; undefined where the answer may be the
 * app's own. Runners have addresses of data centres, which firewalls refuse while users get through.
 */
export function refusalOf(answer: HttpAnswer): string | undefined {
  if (!TURNED_AWAY.has(answer.status)) return undefined;
  const page = answer.head.toString('latin1');
  const byHeader = HEADERS.find(([name, value]) => value.test(headerOf(answer.headers, name) ?? ''))?.[2];
  const server = headerOf(answer.headers, 'server') ?? '';
  const by =
    byHeader ??
    PAGES.find(([pattern]) => pattern.test(page))?.[1] ??
    // The balancer's own error page, not the app's.
    (/^awselb/.test(server) && answer.status === 403 ? 'AWS WAF' : undefined) ??
    (/^AkamaiGHost/.test(server) ? 'Akamai' : undefined);
  return by === undefined ? undefined : `${answer.status} by ${by}`;
}
