import { describe, expect, test } from 'vitest';
import { annotations } from '../../../src/report/annotations.ts';
import { renderHtml } from '../../../src/report/html/page.ts';
import type { Check, Measurement, Phase, Report, ReportAlert } from '../../../src/report/schema.ts';
import { renderSummary } from '../../../src/report/summary/summary.ts';
import { unwritable } from '../../../src/report/write.ts';
import { reportStep } from '../../support/report-step.ts';

const check = (over: Partial<Check> = {}): Check => ({
  id: 'c',
  kind: 'http',
  target: 'api',
  metric: 'http_req_duration',
  observed: 12,
  unit: 'ms',
  threshold: 'p(95)<500ms',
  samples: 10,
  attempts: 1,
  verdict: 'pass',
  reason: 'fine',
  ...over,
});

const alert = (over: Partial<ReportAlert> = {}): ReportAlert => ({
  fingerprint: 'f',
  type: 'high-cpu',
  severity: 'warning',
  status: 'sent',
  decision: 'first-notification',
  reason: 'new',
  channels: [],
  ...over,
});

const measurement = (over: Partial<Measurement> = {}): Measurement => ({
  target: 'api',
  metric: 'http_req_duration',
  unit: 'ms',
  count: 3,
  failed: 0,
  values: [10, 20, 30],
  warmup: [],
  ...over,
});

const phase = (over: Partial<Phase> = {}): Phase => ({
  name: 'wait',
  startedAt: '2026-03-01T12:00:00.000Z',
  durationMs: 0,
  outcome: 'done',
  ...over,
});

const report = (over: Partial<Report> = {}): Report => ({
  schema: 'deploy-guard.report/v1',
  mode: 'verify',
  environment: 'production',
  dryRun: false,
  startedAt: '2026-03-01T12:00:00.000Z',
  finishedAt: '2026-03-01T12:00:10.000Z',
  verdict: 'pass',
  checks: [],
  alerts: [],
  ...over,
});

const rollbackOf = (details: string[]): NonNullable<Report['rollback']> => ({
  operation: 'apply',
  operationId: 'op-1',
  planDigest: 'd',
  state: 'succeeded',
  steps: [reportStep({ name: 's', details })],
});

const times = <T>(amount: number, one: (index: number) => T) =>
  Array.from({ length: amount }, (_value, index) => one(index));

describe('a report in which everything passed', () => {
  test.each([
    [31, 0, '31 checks passed'],
    [2, 1, '2 checks passed, 1 was skipped'],
    [1, 30, '1 check passed, 30 were skipped'],
  ])('folds %i passed and %i skipped checks', (passed, skipped, words) => {
    const checks = [
      ...times(passed, (n) => check({ id: `p${n}` })),
      ...times(skipped, (n) => check({ id: `s${n}`, verdict: 'skipped' })),
    ];
    const page = renderHtml(report({ checks }));
    expect(page).toContain(`<summary>${words}</summary>`);
    expect(page.match(/<table/g)).toHaveLength(1);
    expect(page).not.toContain('class="findings"');
    const text = renderSummary(report({ checks }));
    expect(text).toContain(`<summary>${words}</summary>`);
    expect(text).not.toContain('What was found');
  });
});

describe('more than a page takes is counted', () => {
  test('checks', () => {
    const page = renderHtml(report({ checks: times(5_002, (n) => check({ id: `c${n}`, verdict: 'fail' })) }));
    expect(page.match(/<span class="badge fail">/g)).toHaveLength(5_000);
    expect(page).toContain('… and 2 more; the JSON report has them all.');
  });

  test('alerts', () => {
    const page = renderHtml(report({ mode: 'alert', alerts: times(5_003, () => alert()) }));
    expect(page).toContain('… and 3 more; the JSON report has them all.');
  });

  test('lines of a rollback', () => {
    const details = times(504, (n) => `line ${n}.`);
    const page = renderHtml(report({ mode: 'rollback', rollback: rollbackOf(details) }));
    expect(page).toContain('<li>line 499.</li>');
    expect(page).not.toContain('line 500.');
    expect(page).toContain('… and 4 more lines');
    // The summary has room for all of them, until it has not.
    const text = (limit?: number) =>
      renderSummary(report({ mode: 'rollback', rollback: rollbackOf(details) }), limit);
    expect(text()).toContain('- line 503.');
    expect(text()).not.toContain('more lines');
    expect(text(3_000)).toContain('- line 99.\n- … and 404 more lines');
  });

  test('messages of a dry run', () => {
    const channels = times(40, (n) => ({
      name: 'slack' as const,
      status: 'rendered' as const,
      preview: `message ${n}. ${'x'.repeat(200)}`,
    }));
    const text = (limit?: number) =>
      renderSummary(report({ mode: 'alert', dryRun: true, alerts: [alert({ channels })] }), limit);
    expect(text()).not.toContain('more messages');
    const short = text(11_000);
    expect(short).toContain('message 29.');
    expect(short).not.toContain('message 30.');
    expect(short).toContain('… and 10 more messages; the JSON report has them all.');
  });
});

describe('plots and charts', () => {
  test('the targets with failed checks come first', () => {
    const targets = ['good', 'slow', 'bad'];
    const checks = [
      check({ target: 'good' }),
      check({ target: 'slow', verdict: 'warn' }),
      check({ target: 'bad', verdict: 'fail' }),
    ];
    const measurements = ['alone', ...targets, 'unchecked'].map((target) => measurement({ target }));
    const page = renderHtml(report({ checks, measurements }));
    const plotted = [...page.matchAll(/<figcaption><strong>(\w+)/g)].map(([, target]) => target);
    expect(plotted).toEqual(['bad', 'slow', 'alone', 'good', 'unchecked']);
    const drawn = [...renderSummary(report({ checks, measurements })).matchAll(/title "(\w+):/g)];
    expect(drawn.map(([, target]) => target)).toEqual(['bad', 'slow', 'alone', 'good', 'unchecked']);
  });

  test('samples that took no time at all still have an axis', () => {
    const measurements = [measurement({ values: [0, 0, 0] })];
    const page = renderHtml(report({ measurements }));
    expect(page).not.toMatch(/NaN|Infinity/);
    expect(page).toContain('3 samples: from 0 ms to 0 ms, median 0 ms"');
    expect(renderSummary(report({ measurements }))).toContain('y-axis "ms" 0 --> 1\n');
  });

  test('a limit far above is told, and not drawn: it would press the samples flat', () => {
    const far = renderHtml(report({ measurements: [measurement({ limit: 500 })] }));
    expect(far).toContain('median 20 ms; limit 500 ms, far above"');
    expect(far).not.toContain('class="limit"');
    const near = renderHtml(report({ measurements: [measurement({ limit: 90 })] }));
    expect(near).toContain('median 20 ms; limit 90 ms"');
    expect(near).toContain('class="limit"');
  });

  test('without a warm-up none is drawn or spoken of', () => {
    const page = renderHtml(report({ measurements: [measurement()] }));
    expect(page).toContain('>first sample</text>');
    expect(page).not.toMatch(/class="warm"|warm-up/);
  });

  test('many samples: smaller points on the page, sixty of them in the chart, the first and late ones', () => {
    const values = times(300, (n) => n + 1);
    const measurements = [measurement({ values, count: 300 })];
    const page = renderHtml(report({ measurements }));
    expect(page.match(/<circle class="point"[^>]* r="1.8"\/>/g)).toHaveLength(300);
    const [, line = ''] = /line \[([^\]]*)\]/.exec(renderSummary(report({ measurements }))) ?? [];
    const points = line.split(', ').map(Number);
    expect(points).toHaveLength(60);
    expect([points[0], points.at(-1)]).toEqual([1, 296]);
  });

  test('phases that took no time', () => {
    expect(renderHtml(report({ phases: [phase(), phase({ name: 'sample' })] }))).not.toMatch(/NaN|Infinity/);
  });

  test('a phase that did not end well says so beside its bar', () => {
    const phases = [
      phase({ durationMs: 30_000 }),
      phase({ name: 'sample', startedAt: '2026-03-01T12:00:30.000Z', outcome: 'interrupted' }),
    ];
    const page = renderHtml(report({ phases }));
    expect(page).toContain('<span class="bar done" style="margin-left:min(0%,calc(100% - 3px));width:');
    expect(page).toContain('<strong>interrupted</strong>');
  });
});

describe('words', () => {
  test('an alert by its title, or by its type where it has none', () => {
    for (const render of [renderSummary, renderHtml]) {
      const text = render(report({ mode: 'alert', alerts: [alert({ title: 'Much work' }), alert()] }));
      expect(text).toContain('Much work<br>');
      expect(text).toMatch(/high.cpu<br>/);
    }
  });

  test('a hint with a backtick too few is text', () => {
    const hint = (text: string) =>
      renderSummary(report({ checks: [check({ verdict: 'fail', hint: text })] }));
    expect(hint('Raise `timeout`.')).toContain('→ Raise `timeout`.');
    expect(hint('Raise `timeout.')).toContain('→ Raise \\`timeout.');
  });

  test('a delivery that failed without a word is an annotation all the same', () => {
    const channels = [{ name: 'slack' as const, status: 'failed' as const }];
    expect(annotations(report({ alerts: [alert({ channels })] }))).toEqual([
      { level: 'error', title: 'alert not delivered: slack', message: 'slack: delivery failed' },
    ]);
  });
});

test.skipIf(process.platform === 'win32')('a report is not written over a device', async () => {
  expect(await unwritable('/dev/null')).toBe('it is not a regular file');
  expect(await unwritable('/dev')).toBe('it is a directory');
});
