import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { routeTemplate } from '../../../src/monitor/requests/route-template.ts';

describe('the route template of a path', () => {
  test.each([
    ['/', '/'],
    ['', '/'],
    ['/users', '/users'],
    ['/users/', '/users/'],
    ['/users/42', '/users/:id'],
    ['/users/42/orders/7', '/users/:id/orders/:id'],
    ['/v1/users', '/v1/users'],
    ['/oauth2/token', '/oauth2/token'],
    ['/users?token=abc', '/users'],
    ['/users/42?x=/1/2', '/users/:id'],
    ['/users#fragment', '/users'],
    ['/orders/5f1d7f3b9c1e4a0017c0ffee', '/orders/:id'],
    ['/orders/550e8400-e29b-41d4-a716-446655440000/lines', '/orders/:id/lines'],
    ['/invoices/INV-2026001', '/invoices/:id'],
    ['/search/a%20b', '/search/:id'],
    ['/users/jane@example.com', '/users/:id'],
    ['/reset/abcdefghijklmnopqrstuvwxyzabcdefghij', '/reset/:id'],
    ['/reset/abcdefghijklmno1pqrst', '/reset/:id'],
    ['/reset/abcdefghijklmno1pqr', '/reset/abcdefghijklmno1pqr'],
    ['/articles/how-to-roll-back-safely', '/articles/how-to-roll-back-safely'],
    ['//double//slash', '//double//slash'],
    ['*', '*'],
    [`/search?q=${'x'.repeat(5_000)}`, '/search'],
    ['/docs'.repeat(40), `${'/docs'.repeat(31)}/doc…`],
    [`/users/42?q=${'x'.repeat(5_000)}`, '/users/:id'],
  ])('%.40s → %s', (path, template) => {
    expect(routeTemplate(path)).toBe(template);
  });

  test('never holds a query, a number of three digits or a long segment, and is never long', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
        const template = routeTemplate(`${path}?${query}`);
        expect(template).not.toMatch(/[?#@%]|\d{3}/);
        expect(template.length).toBeLessThanOrEqual(160);
        expect(template.split('/').every((part) => part.length < 32 || template.length === 160)).toBe(true);
        expect(routeTemplate(path)).toBe(template);
      }),
    );
  });

  test('is what the rules say, segment by segment, however many paths were taken before', () => {
    const byTheRules = (url: string): string => {
      const data = (part: string) =>
        part !== '' &&
        (/^\d+$|\d{3}|[@%]/.test(part) || part.length >= 32 || (part.length >= 20 && /\d/.test(part)));
      const path = (url.split(/[?#]/, 1)[0] ?? '')
        .split('/')
        .map((part) => (data(part) ? ':id' : part))
        .join('/');
      return path.length > 160 ? `${path.slice(0, 159)}…` : path || '/';
    };
    const part = fc.oneof(fc.stringMatching(/^[a-z0-9]{0,4}$/), fc.uuid(), fc.nat().map(String), fc.string());
    const url = fc.array(part, { maxLength: 12 }).map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(url, (path) => {
        expect(routeTemplate(path)).toBe(byTheRules(path));
        expect(routeTemplate(path)).toBe(byTheRules(path));
      }),
      { numRuns: 3_000 },
    );
  });

  test('is cut where a path has more than 32 segments of data', () => {
    expect(routeTemplate('/1'.repeat(100)).length).toBeLessThanOrEqual(160);
    expect(routeTemplate('/1'.repeat(100)).startsWith('/:id/:id')).toBe(true);
  });

  test('is the same for every value of an id', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uuid(), fc.nat().map(String), fc.emailAddress()), (id) => {
        expect(routeTemplate(`/users/${encodeURIComponent(id)}/orders`)).toBe('/users/:id/orders');
      }),
    );
  });

  test('does not change when it is taken again', () => {
    fc.assert(
      fc.property(fc.webPath(), (path) => {
        const once = routeTemplate(path);
        expect(routeTemplate(once)).toBe(once);
      }),
    );
  });
});
