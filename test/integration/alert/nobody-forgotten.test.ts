import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AlertPorts, alert } from '../../../src/alert/alert.ts';
import type { AlertOptions } from '../../../src/alert/model/options.ts';
import { openStore } from '../../../src/state/open-store.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { type SlackServer, startSlackServer } from '../../support/slack-server.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';
import { check, options, ports, reportOf, TIMING } from './world.ts';

let folder: string;
let state: string;
let slack: SlackServer;
let mail: SmtpSink;
const greylist = new Set<string>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deploy-guard-forgotten-'));
  state = join(folder, 'state.json');
  greylist.clear();
  [slack, mail] = [await startSlackServer(), await startSmtpSink({ greylist })];
});
afterEach(async () => {
  await Promise.all([slack.close(), mail.close()]);
  await rm(folder, { recursive: true, force: true });
});

const failing = () => reportOf([check()]);
const passing = () => reportOf([check({ verdict: 'pass', reason: 'fine' })]);

/** One run on the state of the runs before it. */
function run(over: Partial<AlertOptions>, runNumber = 1, more: Partial<AlertPorts> = {}) {
  const store = openStore({ kind: 'file', path: state }, { clock: systemClock, random: Math.random });
  const given = ports({ state: store, ...more });
  return alert(options({ timing: { ...TIMING, deliveryMs: 400, pauseMs: 20 }, ...over }), {
    ...given,
    run: { ...given.run, runNumber, runAttempt: 1, job: 'deploy' },
  });
}

const TO = ['Ops@Example.ORG', 'dba@b\u00fccher.example', 'Lead <lead@example.net>'];
const byMail = (subject: AlertOptions['subject']): Partial<AlertOptions> => ({
  subject,
  channels: ['email'],
  email: {
    server: { host: '127.0.0.1', port: mail.port, tls: 'offered' },
    from: 'guard@example.org',
    to: TO,
  },
});

describe('a recipient that the server refuses for the moment', () => {
  test.each([
    ['with capitals in its domain', 'Ops@example.org'],
    // The server shows it as it is read.
    ['with a domain outside ASCII', 'dba@b\u00fccher.example'],
    ['with a display name', 'lead@example.net'],
  ])('%s is undelivered, and the next run sends it to that recipient alone', async (_name, address) => {
    greylist.add(address);
    const first = await run(byMail(failing()));
    expect(first).toMatchObject({
      failed: true,
      alerts: [{ status: 'sent', channels: [{ status: 'partial' }] }],
    });
    expect(mail.messages.flatMap(({ to }) => to)).not.toContain(address);
    expect(mail.messages.flatMap(({ to }) => to)).toHaveLength(2);

    greylist.clear();
    const second = await run(byMail(failing()), 2);
    expect(second).toMatchObject({ failed: false, alerts: [{ status: 'sent', decision: 'undelivered' }] });
    expect(mail.messages.at(-1)?.to).toEqual([address]);
    const third = await run(byMail(failing()), 3);
    expect(third.alerts).toMatchObject([{ status: 'suppressed', decision: 'within-repeat-interval' }]);
  });

  test('gets the missed message before the resolved one, which all get', async () => {
    greylist.add('lead@example.net');
    await run(byMail(failing()));
    greylist.clear();
    mail.messages.length = 0;
    const { alerts } = await run(byMail(passing()), 2);
    expect(alerts.map(({ status, decision }) => `${status} ${decision}`)).toEqual([
      'sent undelivered',
      'resolved resolved',
    ]);
    const seen = mail.messages.map(({ to, parsed }) => `${parsed.subject?.slice(0, 9)} ${to.length}`);
    expect(seen).toEqual(['[FIRING:1 1', '[RESOLVED 3']);
  });

  test('is not forgotten if the resolved message is the one that it missed', async () => {
    await run(byMail(failing()));
    greylist.add('Ops@example.org');
    await run(byMail(passing()), 2);
    greylist.clear();
    mail.messages.length = 0;
    const { alerts } = await run(byMail(passing()), 3);
    expect(alerts).toMatchObject([{ status: 'resolved', decision: 'undelivered' }]);
    expect(mail.messages.map(({ to }) => to)).toEqual([['Ops@example.org']]);
  });
});

describe('no channel is configured', () => {
  test('none asked for: nobody was notified, so the status is none and the run fails, each time', async () => {
    const given = { subject: failing(), channels: ['log'], channelsGiven: false };
    for (const number of [1, 2]) {
      const result = await run(given, number);
      expect(result).toMatchObject({ failed: true, verdict: 'fail', alerts: [{ status: 'none' }] });
      expect(result.cause).toContain('channels: log');
    }
  });

  test('the log was asked for: it is enough', async () => {
    const result = await run({ subject: failing(), channels: ['log'], channelsGiven: true });
    expect(result).toMatchObject({ failed: false, alerts: [{ status: 'sent' }] });
  });
});

describe('a state file that a cache brought back', () => {
  const bySlack = (subject: AlertOptions['subject']): Partial<AlertOptions> => ({
    subject,
    channels: ['slack'],
    slack: { kind: 'webhook', url: slack.webhookUrl },
  });

  test('from before a resolve that was lost: the new outage is sent', async () => {
    await run(bySlack(failing()), 10);
    const cached = await readFile(state);
    await run(bySlack(passing()), 11);
    await writeFile(state, cached);
    const { alerts } = await run(bySlack(failing()), 12);
    expect(alerts).toMatchObject([{ status: 'sent', decision: 'history-outdated' }]);
    expect(alerts[0]?.reason).toContain('older than run 11');
    expect(slack.messages).toHaveLength(3);
  });

  test('of the run just before: the alert is suppressed', async () => {
    await run(bySlack(failing()), 10);
    const { alerts } = await run(bySlack(failing()), 11);
    expect(alerts).toMatchObject([{ status: 'suppressed', decision: 'within-repeat-interval' }]);
  });

  test('says which run, job and environment wrote it', async () => {
    await run(bySlack(failing()), 10);
    const stored = JSON.parse(await readFile(state, 'utf8'));
    expect(stored.areas.alert_history.production.writer).toEqual({
      workflow: 'acme/shop Deploy',
      number: 10,
      attempt: 1,
      environment: 'production',
      job: 'deploy',
    });
  });
});

describe('one cause, one notification', () => {
  const unmeasured = { verdict: 'error', observed: null, reason: 'nothing was measured' } as const;

  test('a target that does not answer is one alert; what it explains is listed beneath it', async () => {
    const subject = reportOf([
      check({ id: 'api/reachable', metric: 'reachable', verdict: 'fail', reason: 'refused' }),
      check({ id: 'api/p95', ...unmeasured }),
      check({ id: 'api/failed', metric: 'http_req_failed', ...unmeasured }),
    ]);
    const result = await run({
      subject,
      channels: ['slack'],
      slack: { kind: 'webhook', url: slack.webhookUrl },
    });
    expect(result.alerts).toMatchObject([{ status: 'sent', type: 'service-down' }]);
    expect(JSON.stringify(slack.messages[0]?.payload)).toContain('2 more: http_req_duration (api)');
  });

  test('the old version is the alert wrong-version, not a service that is down', async () => {
    const subject = reportOf([
      check({
        id: 'api/version',
        metric: 'version',
        verdict: 'fail',
        observed: '1.0.0',
        reason: 'still 1.0.0',
      }),
      check({ id: 'api/p95', ...unmeasured }),
    ]);
    const { alerts } = await run({ subject, channels: ['log'] });
    expect(alerts).toMatchObject([{ type: 'wrong-version', severity: 'error' }]);
  });

  test('alerts that are inhibited are named in the message of their cause', async () => {
    const subject = reportOf([
      check({ id: 'db/up', target: 'mongodb', kind: 'mongodb', metric: 'mongodb_up', verdict: 'fail' }),
      check({ id: 'api/p95' }),
    ]);
    const result = await run({
      subject,
      channels: ['slack'],
      slack: { kind: 'webhook', url: slack.webhookUrl },
    });
    expect(result.alerts.map(({ status }) => status).sort()).toEqual(['inhibited', 'sent']);
    expect(JSON.stringify(slack.messages[0]?.payload)).toContain('1 more: Slow responses');
  });

  test('an interrupted verification notifies nothing', async () => {
    const subject = reportOf([], { verdict: 'error', interrupted: true, cause: 'interrupted by SIGINT' });
    const result = await run({ subject, channels: ['log'] });
    expect(result).toMatchObject({ failed: false, alerts: [] });
    expect(result.notices?.join()).toContain('interrupted');
  });
});

test('a thread whose first message was deleted is begun again', async () => {
  const bot = (subject: AlertOptions['subject']): Partial<AlertOptions> => ({
    subject,
    channels: ['slack'],
    slack: { kind: 'token', token: slack.token, channel: '#deployments', apiUrl: slack.apiUrl },
  });
  await run(bot(failing()));
  slack.deleted.add(slack.messages[0]?.ts ?? '');
  const { alerts } = await run(bot(passing()), 2);
  expect(alerts[0]?.channels[0]?.error).toContain('a new thread was begun');
  expect(alerts[0]?.channels[0]?.reference).toBe(slack.messages[1]?.ts);
});
