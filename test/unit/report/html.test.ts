import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderHtml } from '../../../src/report/html/page.ts';
import type { Report } from '../../../src/report/schema.ts';
import { renderSummary } from '../../../src/report/summary/summary.ts';

function report(rest: Partial<Report> = {}): Report {
  return {
    schema: 'deploy-guard.report/v1',
    mode: 'verify',
    environment: 'production',
    dryRun: false,
    startedAt: '2026-03-01T12:00:00.000Z',
    finishedAt: '2026-03-01T12:00:10.000Z',
    verdict: 'fail',
    checks: [
      {
        id: 'api/http_req_duration/p95',
        kind: 'http',
        target: 'api',
        metric: 'http_req_duration',
        observed: 620,
        unit: 'ms',
        threshold: 'p(95)<500ms',
        samples: 10,
        attempts: 1,
        verdict: 'fail',
        reason: 'p(95) is 620 ms (10 samples, nearest rank), limit < 500 ms',
        hint: 'Raise `timeout`.',
      },
    ],
    measurements: [
      {
        target: 'api',
        metric: 'http_req_duration',
        unit: 'ms',
        count: 10,
        failed: 1,
        values: [400, 410, 620, 420, 430, 440, 450, 460, 470],
        warmup: [900],
        limit: 500,
      },
    ],
    phases: [
      { name: 'reachable', startedAt: '2026-03-01T12:00:00.000Z', durationMs: 1_000, outcome: 'done' },
      { name: 'samples', startedAt: '2026-03-01T12:00:01.000Z', durationMs: 9_000, outcome: 'failed' },
    ],
    alerts: [],
    ...rest,
  };
}

describe('the HTML page', () => {
  test('needs nothing else: no script, no link to load, no network', () => {
    const page = renderHtml(report());
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=/i);
    expect(page).toContain("default-src 'none'");
    expect(page.match(/https?:\/\//g)).toBeNull();
  });

  test('has what a screen reader needs', () => {
    const page = renderHtml(report());
    expect(page).toContain('<html lang="en">');
    expect(page).toContain('<title>fail: verify production</title>');
    expect(page).toMatch(/<main>[\s\S]*<\/main>/);
    expect(page.match(/<h1>/g)).toHaveLength(1);
    for (const svg of page.match(/<svg[^>]*>/g) ?? [])
      expect(svg).toMatch(/role="img" aria-label="[^"]{10,}"/);
    for (const [, cells] of page.matchAll(/<thead><tr>([\s\S]*?)<\/tr>/g)) {
      for (const head of cells?.match(/<th[^>]*>/g) ?? []) expect(head).toContain('scope="col"');
    }
    // A verdict is a word and a shape, never a colour alone.
    expect(page).toContain('<span aria-hidden="true">✕</span> fail</span>');
  });

  test('plots each sample, the warm-up beside them, the limit as a line', () => {
    const page = renderHtml(report());
    expect(page.match(/<circle class="point/g)).toHaveLength(9);
    expect(page.match(/<circle class="point over/g)).toHaveLength(1);
    expect(page.match(/<circle class="thrown/g)).toHaveLength(1);
    expect(page).toContain('limit 500 ms</text>');
    expect(page).toContain(
      '10 samples, 1 failed, after 1 warm-up probes: from 400 ms to 620 ms, median 440 ms',
    );
  });

  test('takes everything from outside as text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const evil = `${text}"><script>alert(1)</script><a href='javascript:1'>`;
        const [check] = report().checks;
        if (!check) return;
        const page = renderHtml(
          report({
            environment: evil,
            cause: evil,
            notices: [evil],
            checks: [{ ...check, target: evil, reason: evil, hint: evil, observed: evil, threshold: evil }],
            measurements: [{ ...(report().measurements?.[0] ?? fail()), target: evil }],
            run: { url: `javascript:${evil}`, actor: evil },
          }),
        );
        expect(page).not.toContain('<script>');
        expect(page).not.toContain('<a ');
        expect(page.match(/<svg/g)).toHaveLength(1);
      }),
      { numRuns: 50 },
    );
  });

  test('shows alerts and rollbacks as well', () => {
    const page = renderHtml(
      report({
        mode: 'rollback',
        checks: [],
        alerts: [
          {
            fingerprint: 'f-1',
            type: 'database-down',
            severity: 'critical',
            status: 'sent',
            decision: 'first',
            reason: 'new',
            channels: [{ name: 'slack', status: 'failed', error: 'no_service' }],
          },
        ],
        rollback: {
          operation: 'plan',
          operationId: 'op-1',
          planDigest: 'abc',
          confirm: 'yes do it',
          state: 'partially_applied',
          warnings: ['careful'],
          steps: [
            {
              step: '19',
              name: 'subscription-id',
              risk: 'critical',
              reversibility: 'lossless',
              state: 'rolled_back',
              matched: 12_000,
              modified: 5,
              conflicts: 1,
              impact: 'unset',
              durationMs: 5,
              details: ['one line'],
            },
          ],
        },
      }),
    );
    for (const text of ['no_service', 'partially applied', 'yes do it', '12,000', 'one line', 'careful']) {
      expect(page).toContain(text);
    }
  });

  test('a thousand targets are cut, and counted', () => {
    const [measurement] = report().measurements ?? [];
    if (!measurement) throw new Error('no measurement');
    const measurements = Array.from({ length: 1_000 }, (_value, n) => ({ ...measurement, target: `t${n}` }));
    const page = renderHtml(report({ measurements }));
    expect(page.match(/<figure>/g)).toHaveLength(60);
    expect(page).toContain('… and 940 more targets');
  });
});

describe('charts in the summary', () => {
  test('latency with its limit', () => {
    const text = renderSummary(report());
    expect(text).toContain('title "api: 10 samples, 1 failed, limit 500 ms"');
    expect(text).toContain('line [400, 410, 620, 420, 430, 440, 450, 460, 470]');
    expect(text).toContain('line [500, 500');
  });

  test('nothing from outside ends a string, a line or the block', () => {
    const [measurement] = report().measurements ?? [];
    if (!measurement) throw new Error('no measurement');
    const text = renderSummary(
      report({ measurements: [{ ...measurement, target: 'a"\n```\n# evil %%{init}%%' }] }),
    );
    expect(text.match(/^```$/gm)).toHaveLength(1);
    expect(text).not.toMatch(/^# evil/m);
    expect(text).toContain('title "a      # evil'.replace('# ', '  '));
  });

  test('stay below the limit: charts go first, then rows, and what is cut is counted', () => {
    const [check] = report().checks;
    const [measurement] = report().measurements ?? [];
    if (!check || !measurement) throw new Error('empty report');
    const many = report({
      checks: Array.from({ length: 20_000 }, (_value, n) => ({ ...check, id: `t${n}`, target: `t${n}` })),
      measurements: Array.from({ length: 1_000 }, (_value, n) => ({ ...measurement, target: `t${n}` })),
    });
    const text = renderSummary(many);
    expect(Buffer.byteLength(text)).toBeLessThan(1_048_576);
    expect(text).toMatch(/… and [\d,]+ more rows/);
  });
});

function fail(): never {
  throw new Error('no measurement');
}
