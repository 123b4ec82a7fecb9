import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderHtml } from '../../src/report/html/page.ts';
import type { Check, Report } from '../../src/report/schema.ts';
import { MANY_PASSED } from '../../src/report/subject.ts';

/** The page in a real browser: it must fit a phone, be readable in light and dark, and load nothing. */
const execute = promisify(execFile);
const browser = await firstBrowser('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
const reason = browser === undefined ? 'there is no Chromium on PATH' : undefined;
if (reason) console.warn(`skipped: the page in a browser, because ${reason}`);

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

/** So many that those that passed are folded away. */
const folded: Report = {
  ...report,
  measurements: [],
  checks: Array.from(
    { length: MANY_PASSED + 2 },
    (_value, n): Check => ({
      ...(report.checks[n === 0 ? 2 : 0] as Check),
      id: `c${n}`,
    }),
  ),
};

describe.skipIf(reason !== undefined)('the page in Chromium', () => {
  let opened: Browser;
  beforeAll(async () => {
    const executablePath = await programPath(browser ?? '');
    opened = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  }, 60_000);
  afterAll(() => opened.close());

  test.each([
    ['light', 360, 'all verdicts', report],
    ['light', 1280, 'all verdicts', report],
    ['dark', 360, 'all verdicts', report],
    ['dark', 1280, 'all verdicts', report],
    ['light', 1280, 'folded', folded],
  ] as const)(
    '%s, %d wide, %s: fits, is readable, loads nothing, keeps the rules of accessibility',
    async (colorScheme, width, _name, given) => {
      // The page forbids scripts; what measures it is one.
      const context = await opened.newContext({
        bypassCSP: true,
        colorScheme,
        viewport: { width, height: 900 },
      });
      try {
        const page = await context.newPage();
        const asked: string[] = [];
        page.on('request', (request) => asked.push(request.url()));
        await page.setContent(renderHtml(given));
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
