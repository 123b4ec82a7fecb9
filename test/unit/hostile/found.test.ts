import { describe, expect, test } from 'vitest';
import type { HttpSender } from '../../../src/alert/channels/common/http.ts';
import { slackToken } from '../../../src/alert/channels/slack/token.ts';
import { parseMemory } from '../../../src/alert/log/memory.ts';
import { readArguments } from '../../../src/cli/arguments/parse.ts';
import { jsonText } from '../../../src/cli/session/json-text.ts';
import { describeError } from '../../../src/monitor/model/redact-message.ts';
import { escapeMarkdown } from '../../../src/report/summary/markdown.ts';
import { messageOf } from '../../../src/support/errors.ts';
import { Redactor } from '../../../src/support/redact.ts';
import { secretsOfUri } from '../../../src/support/secret-forms.ts';
import { parseScrape, readScrapes } from '../../../src/verify/app/prometheus.ts';
import { refusedRedirect } from '../../../src/verify/http/redirect-address.ts';
import { notificationsOf, REPORTS } from '../../fuzz/fixtures.ts';

/** What hostile input found once: each stays mended. */
describe('a refusal of Slack is no delivery', () => {
  const [notification] = notificationsOf(REPORTS[0] as (typeof REPORTS)[number], 'x');
  const answering = (status: number, body: object) =>
    slackToken(
      'slack',
      { token: 'xoxb-1', channel: '#x', apiUrl: 'https://slack.example/api/' },
      {
        post: async () => ({ status, body: JSON.stringify(body), header: () => undefined }),
      } as unknown as HttpSender,
      () => 0,
    );

  test.each([
    [200, { ok: false, error: '' }],
    [403, { ok: false, error: '' }],
    [500, { ok: true, ts: '1.2', channel: 'C1' }],
  ])('%i %j', async (status, body) => {
    if (!notification) throw new Error('no message');
    const attempt = await answering(status, body).deliver(notification, new AbortController().signal);
    expect(attempt).toMatchObject({ ok: false, error: expect.stringContaining('unknown_error') });
  });
});

describe('redirects lead no nearer to the runner than the target is', () => {
  const names: Record<string, string[]> = {
    'api.example.com': ['203.0.113.7'],
    'metadata.internal': ['169.254.169.254'],
    'inside.example': ['10.1.2.3'],
    'both.example': ['203.0.113.7', '127.0.0.1'],
  };
  const check = (from: string, to: string) =>
    refusedRedirect(new URL(from), new URL(to), async (name) => names[name] ?? []);

  test.each([
    ['https://api.example.com', 'http://169.254.169.254/latest'],
    ['https://api.example.com', 'http://[::ffff:169.254.169.254]/'],
    ['https://api.example.com', 'http://metadata.internal/'],
    ['https://api.example.com', 'http://127.0.0.1:27017'],
    ['https://api.example.com', 'http://localhost:9200'],
    ['https://api.example.com', 'http://both.example'],
    ['https://api.example.com', 'http://2130706433'],
    ['https://api.example.com', 'http://10.0.0.1'],
    ['http://10.0.0.1', 'http://169.254.169.254'],
    ['http://inside.example', 'http://localhost'],
    ['http://127.0.0.1', 'http://[fe80::1]'],
  ])('%s → %s is refused', async (from, to) => {
    expect(await check(from, to)).toMatch(/link-local|loopback|private/);
  });

  test.each([
    ['https://api.example.com', 'https://other.example'],
    ['https://api.example.com', 'https://api.example.com:8443'],
    ['http://10.0.0.1', 'http://inside.example'],
    ['http://127.0.0.1:1', 'http://localhost:2'],
    ['http://localhost', 'https://api.example.com'],
  ])('%s → %s is followed', async (from, to) => {
    expect(await check(from, to)).toBeUndefined();
  });
});

test('a time beyond the calendar is no time: the entry is left out, and the run goes on', () => {
  const entry = {
    at: 8.64e15 + 1,
    event: 'firing',
    fingerprint: 'a',
    type: 't',
    severity: 'error',
    source: 's',
    check: 'c',
    title: 't',
    rule: 'r',
    channels: {},
  };
  expect(parseMemory({ version: 1, alerts: [], history: [entry] })).toMatchObject({
    dropped: 1,
    memory: { history: [] },
  });
});

test('a metric without a number is not measured', () => {
  const reading = readScrapes(
    undefined,
    parseScrape('http_requests_total{status="200"} NaN\nhttp_requests_total{status="500"} 3\n', 0),
  );
  expect(reading.values).toMatchObject({ app_requests: 3, app_error_rate: 1 });
});

test('thousands of options behind one dash are one mistake', () => {
  expect(readArguments(['verify', `-${'a'.repeat(5_000)}`]).problems).toHaveLength(1);
});

test('what cannot be made text is told by its kind', () => {
  const thrown = { toString: 1 };
  expect(messageOf(thrown)).toBe('a thrown object');
  expect(describeError(thrown).message).toBe('a thrown object');
});

test('references are no links, for GitHub reads them when Markdown is done', () => {
  for (const text of [
    '#12',
    'a/b#12',
    'GH-12',
    'www.evil.example',
    '@octocat',
    'a@b.example',
    '0@.A',
    'a@_b.c',
  ])
    expect(escapeMarkdown(text)).toContain('\u200d');
});

test('JSON on standard output holds no command of the runner, and says the same', () => {
  const value = { a: '##[add-mask]x', b: '\u2028::error::x', c: '\u0085' };
  expect(jsonText(value)).not.toMatch(/##\[|[\u0085\u2028]/);
  expect(JSON.parse(jsonText(value))).toEqual(value);
});

test.each([
  ['PHP’s JSON', (text: string) => JSON.stringify(text).replaceAll('/', '\\/')],
  [
    'Go’s JSON',
    (text: string) =>
      JSON.stringify(text).replace(/[<>&]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`),
  ],
  [
    'a page',
    (text: string) =>
      text
        .replace(/&/g, '&amp;')
        .replace(/</g, '&lt;')
        .replace(/>/g, '&gt;')
        .replace(/"/g, '&quot;')
        .replace(/'/g, '&#39;'),
  ],
  [
    'lower-case escapes',
    (text: string) => encodeURIComponent(text).replace(/%../g, (one) => one.toLowerCase()),
  ],
  ['hex', (text: string) => Buffer.from(text).toString('hex')],
])('a secret is taken out as %s writes it', (_name, write) => {
  const secret = `p&s<w>/"x'y+z0123`;
  expect(new Redactor([secret]).redact(`a ${write(secret)} b`)).not.toContain(write(secret).slice(1, -1));
});

test('the options of a connection string that are secrets are masked', () => {
  const secrets = secretsOfUri(
    'mongodb://h/x?proxyPassword=pr0xy-pw&replicaSet=shop&authMechanismProperties=AWS_SESSION_TOKEN:t0ken-t0ken',
  );
  expect(secrets).toEqual(expect.arrayContaining(['pr0xy-pw', 't0ken-t0ken']));
  expect(secrets).not.toContain('shop');
});
