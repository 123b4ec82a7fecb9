import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { REPORT_SCHEMA } from '../../../src/report/vocabulary.ts';
import { alertOptions } from '../../../src/settings/alert/options.ts';
import { Problems } from '../../../src/settings/context/problems.ts';
import type { SettingsContext } from '../../../src/settings/context/settings-context.ts';
import { ALERT_SECTIONS } from '../../../src/settings/guard-file/sections/alert.ts';
import { ALERT_INPUTS } from '../../../src/settings/inputs/alert.ts';
import { readInputs } from '../../../src/settings/inputs/read.ts';
import { ConfigurationError } from '../../../src/support/errors.ts';
import { withoutRights } from '../../support/without-rights.ts';

const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const context: SettingsContext = {
  environment: 'production',
  dryRun: false,
  pullRequest: false,
  hasMongodbUri: false,
  locate: (path) => path.join('.'),
  resolveSecret: (text) => text.template,
};

async function read(inputs: Record<string, string>, file: unknown = {}) {
  const problems = new Problems();
  const values = readInputs(ALERT_INPUTS, (name) => inputs[name], problems);
  const sections = z.strictObject(ALERT_SECTIONS).parse(file);
  const options = await alertOptions(values, sections, problems, context);
  problems.throwIfAny();
  return options;
}

async function problemsOf(inputs: Record<string, string>, file?: unknown): Promise<string[]> {
  try {
    await read(inputs, file);
  } catch (error) {
    if (error instanceof ConfigurationError)
      return error.problems.map(({ where, message }) => `${where}: ${message}`);
    throw error;
  }
  return [];
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

test('what is configured is where alerts go', async () => {
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

test('a webhook of your own, signed only where there is a secret', async () => {
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

describe('bad input is refused in words', () => {
  test.each<[Record<string, string>, RegExp]>([
    [{}, /from-report: is not given, and neither is an alert of your own/],
    [{ 'alert-type': 'custom' }, /title: is required for an alert of type custom/],
    [{ 'alert-type': 'database-dwon' }, /did you mean `database-down`/],
    [{ 'alert-type': 'zzzzzzzzzzzz' }, /alert-type: 'zzzzzzzzzzzz' is not known$/],
    [{ ...own, severity: 'fatal' }, /severity: 'fatal' is not known; write .*critical/],
    [{ ...own, labels: 'team' }, /labels: 'team' is not a label; write `KEY=VALUE`/],
    [{ ...own, resolve: 'yes' }, /resolve: 'yes' is neither true nor false/],
    [{ ...own, 'repeat-interval': '4' }, /repeat-interval: '4' is not a duration.*`4s`/],
    [{ ...own, channels: 'slack' }, /channels: names `slack`, but it is not configured/],
    [{ ...own, channels: 'email' }, /channels: names `email`, but it is not configured/],
    [{ ...own, channels: 'pager' }, /channels: 'pager' is not known/],
    [{ ...own, 'smtp-url': 'smtp://mail.example.org' }, /email-from: is required with smtp-url/],
    [{ ...own, 'email-to': 'a@example.org' }, /email-to: is given without smtp-url/],
    [{ ...own, 'email-from': 'nobody' }, /email-from: 'nobody' is not a mail address/],
    [
      { 'from-report': '/nowhere/report.json' },
      /from-report: cannot read \/nowhere\/report.json: there is no such file/,
    ],
    [{ 'from-report': folder }, /from-report: cannot read .*: it is a directory/],
    [
      { 'from-report': join(file('in-a-file', ''), 'report.json') },
      /from-report: cannot read .*report\.json: ENOTDIR/,
    ],
    [{ 'from-report': file('empty.json', '') }, /it is not JSON/],
    [{ 'from-report': file('list.json', '[]') }, /is no report of layout deploy-guard\.report\/v1$/],
    [
      { 'from-report': file('half.json', report({ environment: undefined })) },
      /is no report of layout deploy-guard\.report\/v1 \(at `environment`: is missing\)/,
    ],
    [
      { 'from-report': file('strange.json', report({ checks: 'none' })) },
      /is no report of layout deploy-guard\.report\/v1 \(at `checks`: .*expected array/,
    ],
    [{ 'from-report': file('other.json', '{"a":1}') }, /is no report of layout deploy-guard.report\/v1/],
    [{ 'from-report': file('alert.json', report({ mode: 'alert' })) }, /is the report of an alert run/],
    [{ 'from-report': file('fine.json', report()), title: 'x' }, /title: is for an alert of your own/],
    [
      { 'from-report': file('fine2.json', report()), resolve: 'true' },
      /resolve: is for an alert of your own/,
    ],
    [
      {
        ...own,
        'slack-webhook-url': 'https://hooks.slack.com/services/T/B/x',
        'slack-channel': '#deployments',
      },
      /^slack-channel: needs slack-token: a webhook posts to its own channel$/,
    ],
    // A channel that is half configured is told about once.
    [
      { ...own, channels: 'slack', 'slack-token': 'xoxb-1234567890' },
      /^slack-channel: is required with slack-token$/,
    ],
  ])('%j', async (inputs, expected) => expect((await problemsOf(inputs)).join('\n')).toMatch(expected));

  test('a report that is far too large is not read', async () => {
    const path = file('large.json', '{');
    truncateSync(path, 33 * 1024 * 1024);
    expect(await problemsOf({ 'from-report': path })).toEqual([
      `from-report: ${path} has more than 33554432 bytes`,
    ]);
  });

  test.skipIf(process.platform === 'win32')('a report that may not be read', async () => {
    const path = file('mine.json', report());
    expect(await withoutRights(() => problemsOf({ 'from-report': path }))).toEqual([
      `from-report: cannot read ${path}: permission denied`,
    ]);
  });

  test.each([
    ['slack-webhook-url', 'http://hooks.slack.com/services/T/B/topsecret', /is not an https URL/],
    ['slack-webhook-url', 'topsecret', /is not an https URL/],
    ['smtp-url', 'https://u:topsecret@mail.example.org', /is not an SMTP URL/],
    ['smtp-url', 'smtps://u:topsecret/x@mail.example.org', /behind the host|not an SMTP URL/],
    ['smtp-url', 'smtps://mail.example.org/topsecret', /something behind the host/],
    ['smtp-url', 'smtps://mail.example.org/#topsecret', /something behind the host/],
    ['smtp-url', 'smtps://topsecret@mail.example.org', /user or a password, but not both/],
    [
      'smtp-url',
      'smtps://u@mail.example.org?oauth2-access-token=topsecret&oauth2-token-url=http://login.example.org/',
      /oauth2-token-url that is not an https URL/,
    ],
    [
      'smtp-url',
      'smtps://u@mail.example.org?oauth2-client-secret=topsecret&oauth2-client-id=a&oauth2-refresh-token=',
      /needs oauth2-access-token, or/,
    ],
    ['smtp-url', 'smtps://u:top%secret@mail.example.org', /encodes nothing/],
  ])('%s: the secret is never repeated', async (name, text, expected) => {
    const found = (
      await problemsOf({ ...own, [name]: text, 'email-from': 'a@b.c', 'email-to': 'a@b.c' })
    ).join('\n');
    expect(found).toMatch(expected);
    expect(found).not.toContain('topsecret');
  });

  test('an unknown key of the guard file', async () => {
    await expect(read(own, { alerts: { 'repeat-intervall': '4h' } })).rejects.toThrow(/repeat-intervall/);
  });
});
