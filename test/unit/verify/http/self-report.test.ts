import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { selfReportOf } from '../../../../src/verify/http/self-report.ts';

const page = (title: string) =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body>…</body></html>`;

const of = (text: string, type = text.trimStart().startsWith('<') ? 'text/html' : 'application/json') =>
  selfReportOf({ head: Buffer.from(text), headers: { 'content-type': type } })?.kind;

test('a long title is shown short', () => {
  const head = Buffer.from(`<html><title>502 Bad Gateway ${'x'.repeat(100)}</title>`);
  expect(selfReportOf({ head, headers: { 'content-type': 'text/html' } })).toEqual({
    kind: 'bad',
    words: `answered with the error page “${`502 Bad Gateway ${'x'.repeat(100)}`.slice(0, 59)}…”`,
  });
});

describe('what an answer with a good status says of itself', () => {
  test.each([
    [page('502 Bad Gateway'), 'bad'],
    [page('503 Service Temporarily Unavailable'), 'bad'],
    [page('Error 500 (Server Error)!!1'), 'bad'],
    [page('Application error: a client-side exception has occurred'), 'bad'],
    [page('\n  Internal\n Server Error'), 'bad'],
    [page('404 Not Found'), 'suspicious'],
    [page('Shop: down for maintenance'), 'suspicious'],
    [page('Welcome to nginx!'), 'suspicious'],
    [page('Log in · Shop'), 'suspicious'],
    [page('Sign in to your account'), 'suspicious'],
    [page('Shop'), undefined],
    [page('503'), 'bad'],
    [page('500 things to buy'), undefined],
    [page('404 miles by bicycle'), undefined],
    [page('Blog: a catalog in good order'), undefined],
    [page('Our login-free checkout'), undefined],
    [page('Shop | Sign in'), 'suspicious'],
    ['<svg><title>502 Bad Gateway</title></svg>', undefined],
    ['{"status":"DOWN"}', 'bad'],
    ['{"status":"OUT_OF_SERVICE","components":{}}', 'bad'],
    ['{"version":"1","status":"fail"}', 'bad'],
    ['{"status":"unhealthy"}', 'bad'],
    ['\ufeff  {"status":"error"}', 'bad'],
    ['{"status":"degraded"}', 'suspicious'],
    ['{"status":"UP"}', undefined],
    ['{"status":"shipped"}', undefined],
    ['{"status":200}', undefined],
    ['{"order":{"status":"error"}}', undefined],
    ['{"status":"DOWN","components":{"mongo":', 'bad'],
    ['{"order":{"status":"DOWN","half":', undefined],
    ['[{"status":"DOWN"}]', undefined],
    ['', undefined],
    ['DOWN', 'bad'],
    ['Unhealthy', 'bad'],
    ['\ufeffUnhealthy\r\n', 'bad'],
    ['"Unhealthy"', 'bad'],
    ['Degraded', 'suspicious'],
    ['not ready', 'bad'],
    ['not_ready', 'bad'],
    ['Healthy', undefined],
    ['the payment was declined as it failed', undefined],
    ['{"Status":"Unhealthy"}', 'bad'],
    ['{"healthy":false}', 'bad'],
    ['{"isHealthy":false}', 'bad'],
    ['{"status":false}', 'bad'],
    ['{"ok":true,"status":"red"}', 'bad'],
    ['{"cluster_name":"shop","status":"yellow"}', 'suspicious'],
    ['{"cluster_name":"shop","status":"green"}', undefined],
    ['{"status":"shutting_down"}', 'bad'],
    ['{"status":"NOT_SERVING"}', 'bad'],
    ['{"status":{"code":"DOWN","description":""}}', 'bad'],
    ['{"health":{"status":"DOWN"}}', 'bad'],
    ['{"status":503,"title":"Service Unavailable"}', 'bad'],
    ['{"latency":NaN,"status":"DOWN"}', 'bad'],
    ['{"note":"NaN \\" NaN","latency":-Infinity,"status":"UP"}', undefined],
    [`{"components":{"long":"${'x'.repeat(30_000)}"},"status":"DOWN"}`, 'bad'],
    [`{"nested":{"status":"DOWN"},"list":[1,2,{"status":"x"}],"a":"status","status":"DOWN","half":`, 'bad'],
    [`{"nested":{"status":"DOWN"},"a":"status","half":`, undefined],
  ])('%j: %s', (text, kind) => {
    const type = text.startsWith('<svg') ? 'image/svg+xml' : undefined;
    expect(type ? of(text, type) : of(text)).toBe(kind);
  });

  test('a page that does not say what it is, is looked at as one', () => {
    expect(selfReportOf({ head: Buffer.from(page('502 Bad Gateway')), headers: {} })?.kind).toBe('bad');
  });

  test('whatever the bytes are, it ends and says at most a line', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const report = selfReportOf({ head: Buffer.from(bytes), headers: {} });
        expect(report?.words ?? '').not.toContain('\n');
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const report = selfReportOf({
          head: Buffer.from(`<html><title>503 ${text}</title>`),
          headers: { 'content-type': 'text/html' },
        });
        expect((report?.words ?? '').length).toBeLessThan(120);
      }),
    );
  });
});
