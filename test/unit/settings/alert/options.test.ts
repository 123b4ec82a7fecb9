import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { REPORT_SCHEMA } from '../../../../src/report/vocabulary.ts';
import { alertOptions } from '../../../../src/settings/alert/options.ts';
import { ALERT_SECTIONS } from '../../../../src/settings/guard-file/sections/alert.ts';
import { ALERT_INPUTS } from '../../../../src/settings/inputs/alert.ts';
import { readInputs } from '../../../../src/settings/inputs/read.ts';
import { formatProblem } from '../../../../src/support/problem.ts';
import { problemsOf, refusalsOf, settingsContext } from '../../../support/settings.ts';
import { withoutRights } from '../../../support/without-rights.ts';

const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(inputs: Record<string, string>, file: unknown = {}) {
  const context = settingsContext();
  const values = readInputs(ALERT_INPUTS, (name) => inputs[name], context.problems);
  const options = await alertOptions(values, z.strictObject(ALERT_SECTIONS).parse(file), context);
  context.problems.throwIfAny();
  return options;
}

const own = { 'alert-type': 'high-cpu', title: 'CPU at 97%' };
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const report = (over: object = {}) =>
  JSON.stringify({
    schema: REPORT_SCHEMA,
    mode: 'verify',
    environment: 'production',
    dryRun: false,
    startedAt: '2026-01-27T20:00:00.000Z',
    finishedAt: '2026-01-27T20:00:12.000Z',
    verdict: 'pass',
    checks: [],
    alerts: [],
    ...over,
  });

test('defaults', async () => {
  expect(await read(own)).toMatchObject({
    subject: { kind: 'own', type: 'high-cpu', resolve: false },
    channels: ['log'],
    repeatIntervalMs: 4 * 3_600_000,
    sendResolved: true,
    failOnDeliveryError: true,
  });
});

test('alerts go to every channel that is configured', async () => {
  const options = await read({
    ...own,
    'slack-webhook-url': 'https://hooks.slack.com/services/T/B/x',
    'smtp-url': 'smtps://guard%40example.org:p%2Fw@mail.example.org',
    'email-from': 'Guard <guard@example.org>',
    'email-to': 'a@example.org, b@example.org',
  });
  expect(options?.channels).toEqual(['slack', 'email', 'log']);
  expect(options?.email).toEqual({
    server: {
      host: 'mail.example.org',
      port: 465,
      tls: 'implicit',
      auth: { kind: 'password', user: 'guard@example.org', password: 'p/w' },
    },
    from: 'Guard <guard@example.org>',
    to: ['a@example.org', 'b@example.org'],
  });
});

test('a webhook is signed only if a secret is given', async () => {
  const url = 'https://hooks.example.org/guard';
  expect((await read({ ...own, 'webhook-url': url }))?.webhook).toEqual({ url });
  expect((await read({ ...own, 'webhook-url': url, 'webhook-secret': 's' }))?.webhook).toEqual({
    url,
    secret: 's',
  });
});

test('a channel of Slack by its id', async () => {
  const inputs = { ...own, 'slack-token': 'xoxb-1234567890', 'slack-channel': 'C0123456789' };
  expect((await read(inputs))?.slack).toMatchObject({ kind: 'token', channel: 'C0123456789' });
});

test('inputs win over the guard file', async () => {
  const sections = { alerts: { 'repeat-interval': '1h', 'send-resolved': false, channels: ['log'] } };
  expect(await read(own, sections)).toMatchObject({ repeatIntervalMs: 3_600_000, sendResolved: false });
  expect(await read({ ...own, 'repeat-interval': '30m', 'send-resolved': 'true' }, sections)).toMatchObject({
    repeatIntervalMs: 1_800_000,
    sendResolved: true,
  });
});

test('labels, types and a report', async () => {
  expect(await read({ ...own, 'alert-type': 'DATABASE_DOWN', labels: 'team=shop\nurl = a=b' })).toMatchObject(
    {
      subject: { type: 'database-down' },
      labels: { team: 'shop', url: 'a=b' },
    },
  );
  expect(await read({ 'from-report': file('ok.json', report()) })).toMatchObject({
    subject: { kind: 'report', report: { verdict: 'pass' } },
  });
});

describe('bad input is refused', () => {
  test.each<[Record<string, string>, string]>([
    [{}, 'from-report no-subject'],
    [{ 'alert-type': 'custom' }, 'title required'],
    [{ 'alert-type': 'database-dwon' }, 'alert-type unknown-alert-type'],
    [{ 'alert-type': 'zzzzzzzzzzzz' }, 'alert-type unknown-alert-type'],
    [{ ...own, severity: 'fatal' }, 'severity unknown-choice'],
    [{ ...own, resolve: 'yes' }, 'resolve not-a-boolean'],
    [{ ...own, 'repeat-interval': '4' }, 'repeat-interval not-a-duration'],
    [{ ...own, channels: 'slack' }, 'channels channel-not-configured'],
    [{ ...own, channels: 'email' }, 'channels channel-not-configured'],
    [{ ...own, channels: 'pager' }, 'channels unknown-choice'],
    [{ ...own, 'smtp-url': 'smtp://mail.example.org', 'email-to': 'a@b.c' }, 'email-from required'],
    [{ ...own, 'smtp-url': 'smtp://mail.example.org', 'email-from': 'a@b.c' }, 'email-to required'],
    [{ ...own, 'email-to': 'a@example.org' }, 'email-to needs-smtp-url'],
    [{ ...own, 'email-from': 'mona' }, 'email-from not-a-mail-address'],
    [{ 'from-report': '/nowhere/report.json' }, 'from-report unreadable-file'],
    [{ 'from-report': folder }, 'from-report unreadable-file'],
    [{ 'from-report': join(file('in-a-file', ''), 'report.json') }, 'from-report unreadable-file'],
    [{ 'from-report': file('empty.json', '') }, 'from-report unreadable-file'],
    [{ 'from-report': file('list.json', '[]') }, 'from-report not-a-report'],
    [{ 'from-report': file('half.json', report({ environment: undefined })) }, 'from-report not-a-report'],
    [{ 'from-report': file('strange.json', report({ checks: 'none' })) }, 'from-report not-a-report'],
    [{ 'from-report': file('other.json', '{"a":1}') }, 'from-report not-a-report'],
    [{ 'from-report': file('alert.json', report({ mode: 'alert' })) }, 'from-report report-of-alert'],
    [{ 'from-report': file('fine.json', report()), title: 'x' }, 'title not-for-reports'],
    [{ 'from-report': file('fine2.json', report()), resolve: 'true' }, 'resolve not-for-reports'],
    [
      {
        ...own,
        'slack-webhook-url': 'https://hooks.slack.com/services/T/B/x',
        'slack-channel': '#deployments',
      },
      'slack-channel needs-slack-token',
    ],
    // A channel that is half configured is reported once.
    [{ ...own, channels: 'slack', 'slack-token': 'xoxb-1234567890' }, 'slack-channel required'],
  ])('%j', async (inputs, refusal) => expect(await refusalsOf(read(inputs))).toEqual([refusal]));

  test('a report that is far too large is not read', async () => {
    const path = file('large.json', '{');
    truncateSync(path, 33 * 1024 * 1024);
    expect(await refusalsOf(read({ 'from-report': path }))).toEqual(['from-report file-too-large']);
  });

  test.skipIf(process.platform === 'win32')('a report that may not be read', async () => {
    const path = file('mine.json', report());
    expect(await withoutRights(() => refusalsOf(read({ 'from-report': path })))).toEqual([
      'from-report unreadable-file',
    ]);
  });

  test.each([
    ['slack-webhook-url', 'http://hooks.slack.com/services/T/B/topsecret', 'not-an-https-url'],
    ['slack-webhook-url', 'topsecret', 'not-an-https-url'],
    ['smtp-url', 'https://u:topsecret@mail.example.org', 'not-an-smtp-url'],
    ['smtp-url', 'smtps://u:topsecret/x@mail.example.org', 'not-an-smtp-url'],
    ['smtp-url', 'smtps://mail.example.org/topsecret', 'smtp-url-with-path'],
    ['smtp-url', 'smtps://mail.example.org/#topsecret', 'smtp-url-with-path'],
    ['smtp-url', 'smtps://topsecret@mail.example.org', 'smtp-url-half-login'],
    [
      'smtp-url',
      'smtps://u@mail.example.org?oauth2-access-token=topsecret&oauth2-token-url=http://login.example.org/',
      'smtp-oauth2-token-url',
    ],
    [
      'smtp-url',
      'smtps://u@mail.example.org?oauth2-client-secret=topsecret&oauth2-client-id=a&oauth2-refresh-token=',
      'smtp-oauth2-incomplete',
    ],
    ['smtp-url', 'smtps://u:top%secret@mail.example.org', 'smtp-url-encoding'],
  ])('%s %s without repeating the secret', async (name, text, code) => {
    const mail = name === 'smtp-url' ? { 'email-from': 'a@b.c', 'email-to': 'a@b.c' } : {};
    const problems = await problemsOf(read({ ...own, ...mail, [name]: text }));
    expect(problems[0]).toMatchObject({ where: name, code });
    expect(JSON.stringify(problems)).not.toMatch(/topsecret|top%secret/);
  });

  test('an unknown key of the guard file', async () => {
    await expect(read(own, { alerts: { 'repeat-intervall': '4h' } })).rejects.toThrow(/repeat-intervall/);
  });
});

test('problems are worded with the value, the nearest known one and what to write', async () => {
  const words = async (inputs: Record<string, string>) =>
    (await problemsOf(read(inputs))).map((problem) => formatProblem(problem)).join('\n');
  expect(await words({ 'alert-type': 'database-dwon' })).toMatch(
    /^alert-type: 'database-dwon' is not known\n {2}Did you mean `database-down`\? Write one of /,
  );
  expect(await words({ 'from-report': file('half2.json', report({ environment: undefined })) })).toContain(
    'is not a report of layout deploy-guard.report/v1 (at `environment`: is missing)',
  );
  expect(await words({ ...own, 'slack-webhook-url': '"https://hooks.slack.com/services/T/B/x"' })).toBe(
    'slack-webhook-url: (40 characters, in quotes) is not an https URL\n  Write the whole URL, such as https://hooks.slack.com/services/….',
  );
  expect(await words({ ...own, channels: 'slack' })).toBe(
    'channels: names `slack`, but it is not configured\n  Give `slack-webhook-url`, or `slack-token` and `slack-channel`.',
  );
});
