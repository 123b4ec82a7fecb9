import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderHtml } from '../../src/report/html.ts';
import type { Check, Report } from '../../src/report/schema.ts';

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

interface Seen {
  readonly width: number;
  readonly scrollWidth: number;
  readonly background: string;
  readonly worstContrast: { readonly ratio: number; readonly text: string };
  readonly loaded: number;
}

describe.skipIf(reason !== undefined)('the page in Chromium', () => {
  test.each([
    ['light', 360],
    ['light', 1280],
    ['dark', 360],
    ['dark', 1280],
  ] as const)('%s, %d wide: fits, is readable, loads nothing', async (scheme, width) => {
    const seen = await look(renderHtml(report), scheme, width);
    expect(seen.width).toBe(width);
    expect(seen.scrollWidth).toBeLessThanOrEqual(width);
    expect(seen.background).toBe(scheme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(13, 17, 23)');
    expect(seen.worstContrast.ratio, seen.worstContrast.text).toBeGreaterThanOrEqual(4.5);
    expect(seen.loaded).toBe(0);
  });
});

/** Shows the page in a frame of a harness that measures it; the page itself may run no script. */
async function look(page: string, scheme: 'light' | 'dark', width: number): Promise<Seen> {
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-browser-'));
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(request.url === '/page' ? page : harness(width));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  try {
    const { stdout } = await execute(
      browser ?? '',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--user-data-dir=${folder}`,
        `--blink-settings=preferredColorScheme=${scheme === 'dark' ? 0 : 1}`,
        '--window-size=1600,1200',
        '--virtual-time-budget=5000',
        '--dump-dom',
        `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      ],
      { timeout: 50_000, maxBuffer: 50_000_000 },
    );
    const found = /<pre id="seen">(.*?)<\/pre>/s.exec(stdout)?.[1];
    if (!found) throw new Error(`the browser measured nothing: ${stdout.slice(0, 500)}`);
    return JSON.parse(
      found
        .replaceAll('&quot;', '"')
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&amp;', '&'),
    ) as Seen;
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Measures the frame once it is there: its widths, and the worst contrast of any text in it. */
function harness(width: number): string {
  return `<!doctype html><body style="margin:0"><iframe id="frame" src="/page" style="width:${width}px;height:1000px;border:0"></iframe>
<script>
const numbers = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
const channel = (value) => { const share = value / 255; return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4; };
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
function ground(element) {
  for (let one = element; one; one = one.parentElement) {
    const color = numbers(getComputedStyle(one).backgroundColor);
    if (color.length === 3 || color[3] > 0) return color;
  }
  return [255, 255, 255];
}
document.getElementById('frame').onload = () => {
  const view = document.getElementById('frame').contentWindow;
  const root = view.document.documentElement;
  let worst = { ratio: 99, text: '' };
  const texts = view.document.createTreeWalker(view.document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest('style')) continue;
    const style = view.getComputedStyle(element);
    const front = numbers(element.closest('svg') ? style.fill : style.color);
    const [a, b] = [light(front), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < worst.ratio) worst = { ratio, text: node.data.trim().slice(0, 60) + ' ' + style.color };
  }
  const seen = {
    width: view.innerWidth,
    scrollWidth: root.scrollWidth,
    background: view.getComputedStyle(view.document.body).backgroundColor,
    worstContrast: worst,
    loaded: view.performance.getEntriesByType('resource').length,
  };
  const pre = document.createElement('pre');
  pre.id = 'seen';
  pre.textContent = JSON.stringify(seen);
  document.body.append(pre);
};
</script>`;
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
