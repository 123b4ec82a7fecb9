import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderHtml } from '../../src/report/html/page.ts';
import type { Check, Report } from '../../src/report/schema.ts';
import type { Entry } from '../../src/status/history.ts';
import { renderPage } from '../../src/status/page.ts';

/**
 * Report and status page in a real browser: they must fit a phone, be readable in light and dark, and load nothing.
 * The pictures are kept in coverage/pages/.
 */
const PICTURES = join(import.meta.dirname, '..', '..', 'coverage', 'pages');
const execute = promisify(execFile);
const browser = await firstBrowser(
  ...(process.env.CHROMIUM ? [process.env.CHROMIUM] : []),
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
);
const reason = browser === undefined ? 'there is no Chromium on PATH' : undefined;
if (reason) console.warn(`skipped: report and status page in a browser, because ${reason}`);

const verdicts = ['pass', 'warn', 'fail', 'inconclusive', 'error', 'skipped'] as const;
const report: Report = {
  schema: 'deploy-guard.report/v1',
  mode: 'verify',
  environment: 'production',
  dryRun: false,
  startedAt: '2026-03-01T12:00:00.000Z',
  finishedAt: '2026-03-01T12:00:10.000Z',
  verdict: 'fail',
  cause: `MongoDB is down (${'a-very-long-host-name-without-any-break.'.repeat(6)}example.com)`,
  notices: ['MongoDB 8.0.4, replica set member (rs0)'],
  checks: verdicts.map(
    (verdict): Check => ({
      id: verdict,
      kind: 'http',
      target: `a-target-with-a-rather-long-name/${verdict}`,
      metric: 'http_req_tls_handshaking',
      observed: 612.5,
      unit: 'ms',
      threshold: 'p(95)<=+10%, warn p(95)<=+5%',
      baseline: 540,
      samples: 10,
      attempts: 3,
      verdict,
      reason: `p(95) is 612 ms; ${'x'.repeat(120)}`,
      hint: 'Raise `wait-timeout`.',
    }),
  ),
  measurements: [
    {
      target: 'api',
      metric: 'http_req_duration',
      unit: 'ms',
      count: 50,
      failed: 1,
      values: Array.from({ length: 49 }, (_value, n) => 400 + ((n * 37) % 100)),
      warmup: [900, 700],
      limit: 480,
    },
  ],
  phases: ['reachable', 'right version', 'warm-up', 'samples', 'judged'].map((name, n) => ({
    name,
    startedAt: new Date(Date.parse('2026-03-01T12:00:00.000Z') + n * 2_000).toISOString(),
    durationMs: 2_000,
    outcome: n === 1 ? 'failed' : 'done',
    detail: 'some detail',
  })),
  alerts: [],
};

const plan: Report = {
  ...report,
  mode: 'rollback',
  verdict: 'pass',
  checks: [],
  measurements: [],
  phases: [],
  notices: ['STEP 23 excludes one-time orders from billing.'],
  rollback: {
    operation: 'plan',
    operationId: 'op-7',
    planDigest: 'a'.repeat(64),
    confirm: 'roll back 23 in production',
    state: 'planned',
    steps: [
      {
        step: '23',
        name: 'one-time-orders',
        risk: 'critical',
        reversibility: 'lossless',
        state: 'pending',
        matched: 12_400,
        modified: 0,
        conflicts: 0,
        impact: 'INR 612,000 of orders would no longer be billed',
        durationMs: 0,
        details: ['orders.excluded_from_billing: missing → true'],
      },
    ],
  },
};
delete plan.cause;

const refused: Report = {
  ...plan,
  verdict: 'error',
  cause:
    '.github/deploy-guard.yml:4:5 unknown key "treshold" in targets; did you mean "thresholds"?\n  4 |     treshold: p(95)<500ms\n    |     ^^^^^^^^',
  notices: [],
};
delete refused.rollback;

/** What most users meet: one of three services is down. */
const outage: Report = {
  ...report,
  cause: 'boom is down: HTTP 500 from all 10 samples',
  notices: [],
  checks: [
    ...['http_req_failed', 'http_req_duration'].map(
      (metric): Check => ({
        ...(report.checks[0] as Check),
        id: `boom/${metric}`,
        target: 'boom',
        metric,
        threshold: metric === 'http_req_failed' ? 'rate<1%' : 'p(95)<500ms',
        observed: metric === 'http_req_failed' ? 100 : null,
        unit: metric === 'http_req_failed' ? '%' : 'ms',
        verdict: metric === 'http_req_failed' ? 'fail' : 'error',
        attempts: 1,
        reason: metric === 'http_req_failed' ? '10 of 10 samples failed: HTTP 500' : 'no sample was answered',
        hint:
          metric === 'http_req_failed' ? 'Read the log of boom; set `expected-status` if 500 is right.' : '',
      }),
    ),
    ...['api', 'shop'].flatMap((target) =>
      ['http_req_failed', 'http_req_duration', 'tls_cert_expiry'].map(
        (metric): Check => ({
          ...(report.checks[0] as Check),
          id: `${target}/${metric}`,
          target,
          metric,
          threshold: { http_req_failed: 'rate<1%', http_req_duration: 'p(95)<500ms' }[metric] ?? 'value>14d',
          observed: { http_req_failed: 0, http_req_duration: 212 }[metric] ?? 61,
          unit: { http_req_failed: '%', http_req_duration: 'ms' }[metric] ?? 'd',
          attempts: 1,
          reason: 'holds',
        }),
      ),
    ),
  ].map(({ baseline: _baseline, ...check }) => check),
};

const hour = 3_600_000;
const now = Date.parse('2026-03-20T12:00:00.000Z');
/** Three environments over two and a half days: one healthy, one down now, one that was checked once. */
const history: Entry[] = Array.from({ length: 60 }, (_value, n): Entry[] => {
  const at = new Date(now - (60 - n) * hour).toISOString();
  const bad = n > 57 || (n > 20 && n < 24);
  return [
    {
      at,
      environment: 'production-eu',
      verdict: n % 17 === 0 ? 'warn' : 'pass',
      note: 'api http_req_duration',
      responseMs: 180 + ((n * 31) % 60),
    },
    {
      at,
      environment: 'a-very-long-environment-name-without-any-spaces-in-it',
      verdict: bad ? 'fail' : 'pass',
      note: bad ? 'MongoDB is down: connection refused by db-0.internal.example.com:27017' : '8 checks',
      ...(bad ? {} : { responseMs: 90 + ((n * 13) % 30) }),
    },
  ];
}).flat();
history.push({
  at: new Date(now - hour).toISOString(),
  environment: 'staging',
  verdict: 'inconclusive',
  note: 'api http_req_duration',
});

/** Each page by its name, and the text that a phone must show on its first screen. */
const PAGES = [
  { name: 'every-verdict', page: renderHtml(report), first: 'MongoDB is down' },
  { name: 'outage', page: renderHtml(outage), first: '10 of 10 samples failed' },
  { name: 'plan', page: renderHtml(plan), first: '12,400 records would change' },
  { name: 'refused', page: renderHtml(refused), first: 'treshold' },
  { name: 'status', page: renderPage(history, 'Shop', now), first: '1 of 3 environments not healthy' },
] as const;

describe.skipIf(reason !== undefined)('in Chromium', () => {
  let opened: Browser;
  beforeAll(async () => {
    const executablePath = await programPath(browser ?? '');
    await mkdir(PICTURES, { recursive: true });
    opened = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  }, 60_000);
  afterAll(() => opened.close());

  test.each(
    PAGES.flatMap((one) =>
      ([390, 1280] as const).flatMap((width) =>
        (['light', 'dark'] as const).map((colorScheme) => ({ ...one, width, colorScheme })),
      ),
    ),
  )(
    '$name at $width px, $colorScheme: fits, is readable, loads nothing, and axe finds no violation',
    async ({ name, page: content, first, width, colorScheme }) => {
      // The page forbids scripts; what measures it is one.
      const context = await opened.newContext({
        bypassCSP: true,
        colorScheme,
        viewport: { width, height: width === 390 ? 844 : 900 },
      });
      try {
        const page = await context.newPage();
        const asked: string[] = [];
        page.on('request', (request) => asked.push(request.url()));
        await page.setContent(content);
        const top = await page.getByText(first).first().boundingBox();
        expect(top?.y ?? Number.POSITIVE_INFINITY, `"${first}" is on the first screen`).toBeLessThan(844);
        await page.screenshot({ path: join(PICTURES, `${name}-${width}-${colorScheme}.png`) });
        await page.locator('details').evaluateAll((all) => {
          for (const one of all) one.setAttribute('open', '');
        });
        const seen = await page.evaluate<Seen>(MEASURE);
        expect(seen.scrollWidth).toBeLessThanOrEqual(width);
        expect(seen.cut).toEqual([]);
        expect(seen.background).toBe(colorScheme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(13, 17, 23)');
        expect(seen.worstContrast.ratio, seen.worstContrast.text).toBeGreaterThanOrEqual(4.5);
        expect(asked).toEqual([]);
        await page.addScriptTag({ content: axe.source });
        const { violations, passes } = await page.evaluate<AxeResults>('axe.run()');
        expect(
          violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`),
        ).toEqual([]);
        expect(passes.length).toBeGreaterThan(10);
      } finally {
        await context.close();
      }
    },
    60_000,
  );
});

interface Seen {
  readonly scrollWidth: number;
  /** Texts of plots that stand out of them, and so cannot be read whole. */
  readonly cut: readonly string[];
  readonly background: string;
  readonly worstContrast: { readonly ratio: number; readonly text: string };
}

/** Runs in the page: its width, and the worst contrast of any text in it, plots included, which axe leaves out. */
const MEASURE = `(() => {
  const numbers = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
  const channel = (value) => { const share = value / 255; return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = numbers(getComputedStyle(one).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  let worst = { ratio: 99, text: '' };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest('style')) continue;
    const style = getComputedStyle(element);
    const front = numbers(element.closest('svg') ? style.fill : style.color);
    const [a, b] = [light(front), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < worst.ratio) worst = { ratio, text: node.data.trim().slice(0, 60) + ' ' + style.color };
  }
  const cut = [...document.querySelectorAll('svg text')].filter((text) => {
    const [own, whole] = [text.getBoundingClientRect(), text.closest('svg').getBoundingClientRect()];
    return own.left < whole.left - 1 || own.right > whole.right + 1 || own.top < whole.top - 1 || own.bottom > whole.bottom + 1;
  });
  return {
    scrollWidth: document.documentElement.scrollWidth,
    cut: cut.map((text) => text.textContent),
    background: getComputedStyle(document.body).backgroundColor,
    worstContrast: worst,
  };
})()`;

/** Playwright wants a path, not a name on PATH. */
async function programPath(program: string): Promise<string> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program);
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return program;
}

async function firstBrowser(...programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    try {
      await execute(program, ['--version'], { timeout: 20_000 });
      return program;
    } catch {
      // The next one may be there.
    }
  }
  return undefined;
}
