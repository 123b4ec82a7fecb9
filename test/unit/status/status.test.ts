import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Check, Report } from '../../../src/report/schema.ts';
import type { Verdict } from '../../../src/report/vocabulary.ts';
import {
  addToHistory,
  type Entry,
  formatHistory,
  LONGEST_MS,
  MOST_ENTRIES,
  parseHistory,
} from '../../../src/status/history.ts';
import { mergeReports } from '../../../src/status/merge.ts';
import { availability, incidentsOf, renderPage, STALE_AFTER_MS } from '../../../src/status/page.ts';
import { readSummarySettings } from '../../../src/status/settings.ts';
import { status } from '../../../src/status/status.ts';
import { renderMerged } from '../../../src/status/summary.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { ConfigurationError } from '../../../src/support/errors.ts';
import { silentLog } from '../../../src/support/log.ts';
import { reportStep } from '../../support/report-step.ts';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');
const HOUR = 3_600_000;
const at = (hoursAgo: number) => new Date(NOW - hoursAgo * HOUR).toISOString();

function check(id: string, verdict: Check['verdict']): Check {
  return {
    id,
    kind: 'http',
    target: 'api',
    metric: 'http_req_failed',
    observed: 0,
    unit: '%',
    threshold: 'rate==0',
    samples: 1,
    attempts: 1,
    verdict,
    reason: 'because',
  };
}
function report(environment: string, verdict: Verdict, more: Partial<Report> = {}): Report {
  return {
    schema: 'deploy-guard.report/v1',
    mode: 'verify',
    environment,
    dryRun: false,
    startedAt: at(1),
    finishedAt: at(1),
    verdict,
    checks: verdict === 'pass' ? [check('api', 'pass')] : [check('api', 'pass'), check('db', 'fail')],
    alerts: [],
    ...more,
  };
}
const found = (one: Report) => ({ name: `${one.environment}.json`, report: one });
const entry = (hoursAgo: number, verdict: Verdict, environment = 'production'): Entry => ({
  at: at(hoursAgo),
  environment,
  verdict,
  note: verdict,
});

describe('mergeReports', () => {
  test('worst first; an expected environment without a report is an error', () => {
    const merged = mergeReports([found(report('eu', 'pass')), found(report('us', 'fail'))], ['eu', 'asia']);
    expect(merged.verdict).toBe('fail');
    expect(merged.rows.map(({ environment, verdict }) => [environment, verdict])).toEqual([
      ['us', 'fail'],
      ['asia', 'error'],
      ['eu', 'pass'],
    ]);
    expect(merged.rows[0]?.failed).toEqual(['db']);
  });

  test('what cannot be read is never left out, and nothing at all is not green', () => {
    expect(mergeReports([{ name: 'x.json', report: undefined }], []).verdict).toBe('error');
    expect(mergeReports([], []).verdict).toBe('inconclusive');
  });

  test('an alert that was sent is no look at its environment', () => {
    const merged = mergeReports([found(report('eu', 'pass', { mode: 'alert', checks: [] }))], ['eu']);
    expect(merged.verdict).toBe('error');
    expect(merged.rows.map(({ mode, note }) => [mode, note])).toEqual([
      ['unknown', 'there is no report of it'],
      ['alert', '0 checks'],
    ]);
  });

  const rollback = (
    steps: readonly string[],
    state: NonNullable<Report['rollback']>['state'],
  ): Partial<Report> => ({
    mode: 'rollback',
    rollback: {
      operation: 'apply',
      operationId: 'a1',
      planDigest: '',
      state,
      steps: steps.map((step) => reportStep({ step, name: step })),
    },
  });
  test.each<[string, Verdict, Partial<Report>, string]>([
    ['its cause', 'fail', { cause: 'MongoDB is down' }, 'MongoDB is down'],
    ['the checks that did not pass', 'fail', {}, 'db'],
    ['those that warned', 'warn', { checks: [check('api', 'pass'), check('slow', 'warn')] }, 'slow'],
    ['how many there were', 'pass', { checks: [check('api', 'pass'), check('db', 'pass')] }, '2 checks'],
    ['that there was one', 'pass', {}, '1 check'],
    ['what was rolled back', 'pass', rollback(['S2', 'S1'], 'succeeded'), 'apply of S2, S1: succeeded'],
    ['how far it came', 'error', rollback([], 'partially_applied'), 'apply of no STEPs: partially applied'],
  ])('a row says %s', (_name, verdict, more, note) => {
    expect(mergeReports([found(report('eu', verdict, more))], []).rows[0]?.note).toBe(note);
  });

  test('reports of one environment are in the order of their modes', () => {
    const modes = (['verify', 'alert', 'rollback'] as const).map((mode) =>
      found(report('eu', 'pass', { mode })),
    );
    expect(mergeReports(modes, []).rows.map(({ mode }) => mode)).toEqual(['alert', 'rollback', 'verify']);
  });

  test('the verdict is pass only where every report says pass', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<Verdict>('pass', 'warn', 'fail', 'inconclusive', 'error'), { minLength: 1 }),
        (verdicts) => {
          const merged = mergeReports(
            verdicts.map((verdict, index) => found(report(`e${index}`, verdict))),
            [],
          );
          expect(merged.verdict === 'pass').toBe(verdicts.every((verdict) => verdict === 'pass'));
          expect(merged.rows).toHaveLength(verdicts.length);
        },
      ),
    );
  });
});

describe('the merged summary', () => {
  test('names each environment, and text from outside stays text', () => {
    const text = renderMerged(
      mergeReports(
        [
          found(report('eu', 'fail', { cause: '<img src=x> | [link](https://evil.example) @all' })),
          found(report('us', 'pass', { run: { url: 'https://github.com/o/r/actions/runs/1' } })),
        ],
        [],
      ),
      'Health',
    );
    expect(text).toContain('❌ fail · Health');
    expect(text).toContain('1 of 2 passed');
    expect(text).toContain('(https://github.com/o/r/actions/runs/1)');
    expect(text).not.toContain('<img');
    expect(text).not.toContain('[link](https://evil');
    expect(text.split('\n').filter((line) => line.startsWith('| '))).toHaveLength(4);
  });

  test('shows no mode where there was no report, and which runs were dry', () => {
    const merged = mergeReports([found(report('us', 'pass', { dryRun: true }))], ['eu']);
    const lines = renderMerged(merged, 'Health').split('\n').slice(-3);
    expect(lines[0]).toMatch(/^\| 💥 error \| eu \| {1,2}\| there is no report of it \| {1,2}\|$/);
    expect(lines[1]).toContain('| us | verify (dry run) | 1 check |');
  });

  test('stays below its limit with thousands of rows, and counts what it cut', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => found(report(`e${index}`, 'fail')));
    const text = renderMerged(mergeReports(many, []), 'Health', 20_000);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000);
    expect(text).toMatch(/and \d+ more rows/);
  });
});

describe('history', () => {
  test('keeps looks at health, once, in order, and neither rollbacks nor dry runs', () => {
    const merged = mergeReports(
      [
        found(report('eu', 'pass')),
        found(report('us', 'pass', { dryRun: true })),
        found(report('db', 'pass', { mode: 'rollback' })),
      ],
      [],
    );
    const once = addToHistory([entry(0.5, 'fail', 'eu')], merged, NOW);
    expect(once.map(({ verdict }) => verdict)).toEqual(['pass', 'fail']);
    expect(addToHistory(once, merged, NOW)).toEqual(once);
    expect(parseHistory(formatHistory(once))).toEqual(once);
  });

  test('is bounded in time and in number', () => {
    const old = { ...entry(0, 'pass'), at: new Date(NOW - LONGEST_MS - 1).toISOString() };
    const many = Array.from({ length: MOST_ENTRIES + 5 }, (_, index) => entry(1 + index / 1e6, 'pass'));
    const kept = addToHistory([old, ...many], mergeReports([], []), NOW);
    expect(kept).toHaveLength(MOST_ENTRIES);
    expect(kept).not.toContainEqual(old);
  });

  test.each(['', '{', '{}', '{"schema":"other","entries":[]}'])('%j is no history', (text) => {
    expect(() => parseHistory(text)).toThrow(/it is n/);
  });
});

describe('the status page', () => {
  test('availability never rounds up to 100, and looks that could not measure do not count as healthy', () => {
    const looks = Array.from({ length: 99_999 }, () => entry(1, 'pass'));
    expect(availability([...looks, entry(1, 'fail')], 0)).toBe('99.99 %');
    expect(availability([entry(1, 'pass'), entry(1, 'error')], 0)).toBe('50.00 %');
    expect(availability([entry(1, 'pass'), entry(1, 'warn')], 0)).toBe('100.00 %');
    expect(availability([entry(5, 'pass')], NOW)).toBeUndefined();
  });

  test('an incident lasts from the first bad look to the next good one, by environment', () => {
    const looks = [
      entry(9, 'pass'),
      entry(8, 'fail'),
      entry(7.5, 'pass', 'staging'),
      entry(7, 'error'),
      entry(6, 'pass'),
      entry(5, 'fail', 'staging'),
    ];
    expect(
      incidentsOf(looks).map(({ environment, from, to }) => [environment, (NOW - from) / HOUR, to]),
    ).toEqual([
      ['staging', 5, undefined],
      ['production', 8, NOW - 6 * HOUR],
    ]);
  });

  test('says what it does not know: an old look is not the present state', () => {
    const fresh = renderPage([entry(1, 'pass')], 'Shop', NOW);
    expect(fresh).toContain('<p class="state pass">Healthy</p>');
    const stale = renderPage([entry(STALE_AFTER_MS / HOUR + 1, 'pass')], 'Shop', NOW);
    expect(stale).not.toContain('>Healthy</p>');
    expect(stale).toContain('Not known: the last look was 1 d ago');
    expect(renderPage([], 'Shop', NOW)).toContain('Nothing was measured yet.');
  });

  test('lists incidents with their end, or that they are not over', () => {
    const page = renderPage([entry(9, 'fail'), entry(8, 'pass'), entry(2, 'error', 'staging')], 'Shop', NOW);
    const rows = page.split('\n').filter((line) => line.startsWith('<tr><td>'));
    const times = rows.map((row) => [...row.matchAll(/datetime="([^"]+)"/g)].map((match) => match[1]));
    expect(times).toEqual([[at(2)], [at(9), at(8)]]);
    expect(rows[0]).toContain('<td>staging<td>');
    expect(rows[0]).toContain('<td>not over<td>error</tr>');
    expect(rows[1]).not.toContain('not over');
  });

  test('is one file without scripts, and text from outside is escaped', () => {
    const hostile = '<script>alert(1)</script>"\'';
    const page = renderPage([{ ...entry(1, 'fail', hostile), note: hostile }], hostile, NOW);
    expect(page).not.toContain('<script');
    expect(page).not.toMatch(/(src|href)=/);
    expect(page.match(/<time datetime=/g)?.length).toBeGreaterThan(2);
    expect(page.match(/<section>/g)).toHaveLength(1);
  });
});

describe('settings', () => {
  test('names every wrong input at once', () => {
    const raw = { 'fail-on': 'fail,red', 'status-page': 'index.html' } as Record<string, string>;
    expect(() => readSummarySettings((name) => raw[name])).toThrow(ConfigurationError);
    try {
      readSummarySettings((name) => raw[name]);
    } catch (error) {
      expect((error as ConfigurationError).problems.map(({ where }) => where)).toEqual([
        'reports',
        'fail-on',
        'status-page',
      ]);
    }
  });
});

describe('status', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'status-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('reads what was downloaded, and writes history and page', async () => {
    for (const environment of ['eu', 'us']) {
      await mkdir(join(folder, 'reports', environment), { recursive: true });
      const one = report(environment, 'pass', { finishedAt: new Date().toISOString() });
      await writeFile(join(folder, 'reports', environment, 'report.json'), JSON.stringify(one));
    }
    const settings = {
      reports: join(folder, 'reports'),
      expected: ['eu', 'us'],
      title: 'Shop',
      failOn: ['fail', 'error', 'inconclusive'] as Verdict[],
      history: join(folder, 'state', 'history.json'),
      statusPage: join(folder, 'site', 'index.html'),
    };
    const ports = { clock: systemClock, log: silentLog };
    expect(await status(settings, ports)).toMatchObject({ failed: false, merged: { verdict: 'pass' } });
    expect(parseHistory(await readFile(settings.history, 'utf8'))).toHaveLength(2);
    expect(await readFile(settings.statusPage, 'utf8')).toContain('<h2>eu</h2>');

    await writeFile(join(folder, 'reports', 'other.json'), '{"schema":"deploy-guard.report/v9"}');
    expect((await status({ ...settings, expected: [] }, ports)).merged.rows[0]).toMatchObject({
      environment: 'other.json',
      verdict: 'error',
      note: 'is not a report of this version',
    });

    await writeFile(join(folder, 'reports', 'broken.json'), '{');
    expect(await status(settings, ports)).toMatchObject({ failed: true, merged: { verdict: 'error' } });
    expect(
      await status({ ...settings, reports: join(folder, 'nowhere'), expected: [] }, ports),
    ).toMatchObject({ failed: true, merged: { verdict: 'inconclusive' } });
  });

  test('keeps nothing where it is not asked to, and a history without a page', async () => {
    const settings = { reports: folder, expected: ['eu'], title: 'Shop', failOn: [] };
    const ports = { clock: systemClock, log: silentLog };
    expect(await status(settings, ports)).toMatchObject({ failed: false, merged: { verdict: 'error' } });
    expect(await readdir(folder)).toEqual([]);
    await status({ ...settings, history: join(folder, 'history') }, ports);
    expect(await readdir(folder)).toEqual(['history']);
  });

  test('writes neither where one of both may not be written', async () => {
    const history = join(folder, 'history');
    const settings = { reports: folder, expected: [], title: 'Shop', failOn: [], history };
    const ports = { clock: systemClock, log: silentLog };
    // Paths at which a mistake could not write anything either.
    for (const statusPage of ['/proc/index.html', join(folder, '.git', 'index.html'), 'a\u0000b']) {
      await expect(status({ ...settings, statusPage }, ports)).rejects.toThrow(
        /^status-page: cannot use [^:]*: it /,
      );
    }
    expect(await readdir(folder)).toEqual([]);
  });
});
