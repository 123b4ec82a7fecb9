import type { IncomingMessage } from 'node:http';
import { routeTemplate } from '../requests/route-template.ts';
import { originalUrl } from './request-watch.ts';

interface ExpressRequest {
  readonly baseUrl?: unknown;
  readonly route?: { readonly path?: unknown };
}

/**
 * The template of the Express route that answered, with the paths that its routers are mounted at:
 * `/shops/:id/orders/:order`, where `:id` stands for what looks like data in a mount path. undefined where no route did: a middleware answered, or nothing.
 */
export function expressRoute(request: IncomingMessage): string | undefined {
  const { baseUrl, route } = request as ExpressRequest;
  const path = route?.path;
  if (path === undefined) return undefined;
  const template = typeof path === 'string' ? path : String(path);
  // The mount path is what was matched, not its template: its own parameters are taken out by their looks.
  const mount = typeof baseUrl === 'string' && baseUrl !== '' ? baseUrl : lostMount(request, template);
  const whole = mount === '' ? template : `${routeTemplate(mount)}${template === '/' ? '' : template}`;
  return whole === '' ? '/' : whole;
}

/** After an error Express has left the router and forgotten its mount path; the URL still begins with it. */
function lostMount(request: IncomingMessage, template: string): string {
  if (!/^(?:\/:?[\w-]+)*\/?$/.test(template)) return '';
  const path = originalUrl(request).split('?', 1)[0] ?? '';
  const parts = path.split('/').filter((part) => part !== '');
  const extra = parts.length - template.split('/').filter((part) => part !== '').length;
  return extra > 0 ? `/${parts.slice(0, extra).join('/')}` : '';
}
