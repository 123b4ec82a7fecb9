/**
 * Draws the pictures of docs/ALERTS.md: `npm run render:alerts`. Needs Chromium on PATH, or its path in CHROMIUM.
 * The messages come from the same code that sends them, over a made-up bad night.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { incomingOf } from '../../src/alert/catalogue/from-report.ts';
import { type Notification, subjectOf } from '../../src/alert/channels/common/notification.ts';
import { emailHtml } from '../../src/alert/channels/email/html.ts';
import { slackMessage, slackThreadMessage } from '../../src/alert/channels/slack/blocks.ts';
import { EMPTY_MEMORY, type Memory } from '../../src/alert/log/memory.ts';
import type { AlertOptions } from '../../src/alert/model/options.ts';
import { decide } from '../../src/alert/policy/decide.ts';
import { DEFAULT_INHIBITIONS } from '../../src/alert/policy/inhibition.ts';
import { recordOutcome } from '../../src/alert/policy/record-outcome.ts';
import { messagesOf } from '../../src/alert/send.ts';
import { escapeHtml } from '../../src/report/html/text.ts';
import type { Check, Report } from '../../src/report/schema.ts';
import { REPORT_SCHEMA } from '../../src/report/vocabulary.ts';
import { slackPage } from './slack-preview.ts';

const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const T0 = Date.UTC(2026, 0, 27, 20, 14);
const MINUTE = 60_000;

const check = (over: Partial<Check>): Check => ({
  id: 'http/api/http_req_duration',
  kind: 'http',
  target: 'api',
  metric: 'http_req_duration',
  observed: 912,
  unit: 'ms',
  threshold: 'p(95)<500ms',
  samples: 10,
  attempts: 10,
  verdict: 'fail',
  reason: 'p(95) is 912 ms, not below 500 ms',
  ...over,
});

const SLOW = check({});
const ERRORS = check({
  id: 'http/shop/http_req_failed',
  target: 'shop',
  metric: 'http_req_failed',
  observed: 40,
  unit: '%',
  threshold: 'rate<1%',
  reason: '4 of 10 requests failed: 503 Service Unavailable; body: {"error":"no connection in the pool"}',
});

const reportOf = (over: Partial<Report>): AlertOptions['subject'] => ({
  kind: 'report',
  report: {
    schema: REPORT_SCHEMA,
    mode: 'verify',
    environment: 'production',
    dryRun: false,
    startedAt: new Date(T0).toISOString(),
    finishedAt: new Date(T0).toISOString(),
    verdict: 'fail',
    checks: [],
    alerts: [],
    ...over,
  },
});

/** What a run with a report tells by one channel, and what is remembered after it. */
function tell(
  memory: Memory,
  subject: AlertOptions['subject'],
  now: number,
): { notified: Notification[]; memory: Memory } {
  const incoming = incomingOf(
    { subject, labels: { team: 'checkout' }, fireOn: ['fail', 'error', 'inconclusive'], types: {} },
    'production',
    'acme/shop',
  );
  const rules = {
    repeatIntervalMs: 4 * 60 * MINUTE,
    sendResolved: true,
    claimMs: 90_000,
    failureThreshold: 1,
    successThreshold: 1,
    channels: ['slack'],
    allChannels: ['slack'],
    routes: [],
    escalations: [],
    inhibitions: DEFAULT_INHIBITIONS,
    quiet: [],
  };
  const outcome = decide(memory, incoming, rules, {
    environment: 'production',
    now,
    claimId: 'x',
    holder: 'x',
  });
  const channel = {
    name: 'slack' as const,
    key: 'slack',
    preview: () => '',
    deliver: async () => ({ ok: true }) as const,
  };
  const run = {
    repository: 'acme/shop',
    workflow: 'Deploy',
    runId: '42',
    url: 'https://github.com/acme/shop/actions/runs/42',
    commit: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
    actor: 'mona',
    host: 'runner',
  };
  const messages = messagesOf(outcome.decisions, outcome.memory, [channel], [], {
    environment: 'production',
    now,
    run,
  });
  const sendings = outcome.decisions
    .filter(({ action }) => action === 'send')
    .map((decision) => ({
      decision,
      deliveries: new Map([
        ['slack', { name: 'slack' as const, status: 'delivered' as const, reference: 'C1/1.1' }],
      ]),
    }));
  return {
    notified: messages.map(({ notification }) => notification),
    memory: recordOutcome(outcome.memory, sendings, 'x', now),
  };
}

/** Takes a picture of a page as it is displayed at a size. */
async function picture(
  name: string,
  html: string,
  width: number,
  height: number,
  dark = false,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-picture-'));
  try {
    const page = join(folder, 'page.html');
    await writeFile(page, html);
    await promisify(execFile)(
      process.env.CHROMIUM ?? 'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--hide-scrollbars',
        `--user-data-dir=${join(folder, 'profile')}`,
        `--window-size=${width},${height}`,
        ...(dark ? ['--blink-settings=preferredColorScheme=0'] : []),
        `--screenshot=${join(images, name)}`,
        pathToFileURL(page).href,
      ],
      { timeout: 60_000 },
    );
    console.log(`${name}: ${(await stat(join(images, name))).size} bytes`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function only(notified: readonly Notification[]): Notification {
  const [notification, ...others] = notified;
  if (!notification || others.length > 0) throw new Error(`expected one message, not ${notified.length}`);
  return notification;
}

await mkdir(images, { recursive: true });
const red = tell(EMPTY_MEMORY, reportOf({ checks: [SLOW, ERRORS] }), T0);
const rollback = tell(
  red.memory,
  reportOf({
    mode: 'rollback',
    verdict: 'pass',
    rollback: {
      operation: 'apply',
      operationId: 'op-7f3a',
      planDigest: 'd',
      state: 'succeeded',
      steps: [
        {
          step: '19',
          name: 'subscription-id',
          risk: 'medium',
          reversibility: 'lossless',
          state: 'rolled_back',
          matched: 10_000,
          modified: 10_000,
          conflicts: 0,
          impact: '',
          durationMs: 1_200,
        },
      ],
    },
  }),
  T0 + 6 * MINUTE,
);
const passing = (one: Check): Check => ({ ...one, verdict: 'pass' });
const green = tell(
  rollback.memory,
  reportOf({ verdict: 'pass', checks: [passing(SLOW), passing(ERRORS)] }),
  T0 + 11 * MINUTE,
);
const single = tell(EMPTY_MEMORY, reportOf({ checks: [ERRORS] }), T0);

await picture(
  'alert-slack.png',
  slackPage('# deployments', [{ message: slackMessage(only(single.notified)), time: '20:14' }]),
  760,
  600,
);
await picture(
  'alert-slack-thread.png',
  slackPage('# deployments', [
    { message: slackThreadMessage(only(green.notified)), time: '20:14 (edited)' },
    { message: slackMessage(only(rollback.notified)), time: '20:20', reply: true },
    { message: slackMessage(only(green.notified)), time: '20:25', reply: true },
  ]),
  760,
  1_030,
);
const mail = only(red.notified);
const html = emailHtml(mail, subjectOf(mail));
await picture('alert-email.png', html, 700, 1_200);
// A frame, because a window cannot be as narrow as a telephone.
const telephone = `<body style="margin:0;background:#0d1117"><iframe style="border:0;width:380px;height:1790px;margin:0 60px" srcdoc="${escapeHtml(html)}"></iframe>`;
await picture('alert-email-dark-narrow.png', telephone, 500, 1_790, true);
