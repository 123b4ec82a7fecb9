import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterEach, describe, expect, test } from 'vitest';
import { alert } from '../../../src/alert/alert.ts';
import type { SmtpServer } from '../../../src/alert/model/options.ts';
import { openStore } from '../../../src/state/open-store.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from '../../support/smtp-sink.ts';
import { check, OWN, options, ports, reportOf } from './world.ts';

const sinks: SmtpSink[] = [];
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close();
});

async function start(over: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = await startSmtpSink(over);
  sinks.push(sink);
  return sink;
}

const byMail = (
  sink: SmtpSink,
  tls: SmtpServer['tls'],
  over: Partial<SmtpServer> = {},
  to = ['ops@example.org'],
) =>
  options({
    channels: ['email'],
    email: {
      server: { host: 'localhost', port: sink.port, tls, ...over },
      from: 'Guard <guard@example.org>',
      to,
    },
  });

const auth = { kind: 'password', user: 'guard', password: 'open sesame!' } as const;

test('the mail has both parts, a subject that says it all, and headers that stop auto-replies', async () => {
  const sink = await start();
  const subject = reportOf([check({ id: 'a' }), check({ id: 'b', reason: 'late <b>& "more"</b>' })]);
  const result = await alert({ ...byMail(sink, 'offered'), subject }, ports());
  expect(result).toMatchObject({ failed: false, alerts: [{ status: 'sent' }, { status: 'sent' }] });
  expect(sink.messages).toHaveLength(1);
  const mail = sink.messages[0]?.parsed;
  expect(mail?.subject).toBe('[FIRING:2] production/api Slow responses');
  expect(mail?.text).toContain('p(95) is 900 ms, not below 500 ms');
  expect(mail?.html).toContain('late &lt;b&gt;&amp; &quot;more&quot;&lt;/b&gt;');
  expect(mail?.headers).toContainEqual(
    expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }),
  );
  expect(mail?.messageId).toMatch(/^<[0-9a-f]{24}\.deploy-guard@example\.org>$/);
});

test('what follows refers to the first mail, so that clients show one thread', async () => {
  const sink = await start();
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-mail-'));
  const state = () =>
    openStore({ kind: 'file', path: join(folder, 's.json') }, { clock: systemClock, random: Math.random });
  const later = (hours: number) => ({ ...systemClock, now: () => Date.now() + hours * 3_600_000 });
  try {
    await alert(byMail(sink, 'offered'), ports({ state: state() }));
    await alert(byMail(sink, 'offered'), ports({ state: state(), clock: later(5) }));
    await alert(
      { ...byMail(sink, 'offered'), subject: { ...OWN, resolve: true } },
      ports({ state: state(), clock: later(6) }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const mails = sink.messages.map(({ parsed }) => parsed);
  expect(mails.map(({ subject }) => subject)).toEqual([
    '[FIRING:1] production/api Too many errors',
    '[FIRING:1] production/api Too many errors',
    '[RESOLVED] production/api Too many errors',
  ]);
  expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(3);
  expect(mails.map(({ references }) => references ?? '')).toEqual([
    '',
    mails[0]?.messageId,
    mails[0]?.messageId,
  ]);
  expect(mails[2]?.inReplyTo).toBe(mails[0]?.messageId);
});

describe('a password never crosses the network in the clear', () => {
  test.each(['offered', 'required'] as const)(
    'tls %s with a server without STARTTLS: refused',
    async (tls) => {
      const sink = await start({ tls: 'none', auth });
      const result = await alert(byMail(sink, tls, { auth }), ports());
      expect(result).toMatchObject({ failed: true, alerts: [{ status: 'failed' }] });
      expect(result.cause).toMatch(/TLS could not be had/);
      expect(sink.messages).toEqual([]);
      expect(sink.failedLogins).toBe(0);
      expect(JSON.stringify(result)).not.toContain(auth.password);
    },
  );
});

test('a recipient that is refused is named, the others are notified, and the step fails', async () => {
  const sink = await start({ refuseRecipients: ['gone@example.org'] });
  const result = await alert(byMail(sink, 'offered', {}, ['ops@example.org', 'gone@example.org']), ports());
  expect(sink.messages[0]?.to).toEqual(['ops@example.org']);
  expect(result).toMatchObject({
    failed: true,
    alerts: [{ status: 'sent', channels: [{ status: 'partial' }] }],
  });
  expect(result.cause).toMatch(/refused gone@example\.org \("550 5\.1\.1 No such user here"\)/);
});

test('a recipient that is refused for the moment is tried again, alone', async () => {
  const mails: string[][] = [];
  let refusals = 0;
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    disableReverseLookup: true,
    logger: false,
    onRcptTo({ address }, _session, callback) {
      const grey = address === 'new@example.org' && ++refusals <= 2;
      callback(grey ? Object.assign(new Error('4.7.1 Greylisted, try again'), { responseCode: 450 }) : null);
    },
    onData(stream, session, callback) {
      stream.resume().on('end', () => {
        mails.push(session.envelope.rcptTo.map(({ address }) => address));
        callback(null);
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  try {
    const port = (server.server.address() as AddressInfo).port;
    const email = {
      server: { host: '127.0.0.1', port, tls: 'offered' },
      from: 'guard@example.org',
      to: ['ops@example.org', 'New <new@example.org>'],
    } as const;
    const result = await alert(options({ channels: ['email'], email }), ports());
    expect(result).toMatchObject({
      failed: false,
      alerts: [{ status: 'sent', channels: [{ status: 'delivered' }] }],
    });
    expect(mails).toEqual([['ops@example.org'], ['new@example.org']]);

    mails.length = 0;
    refusals = 10;
    await alert(options({ channels: ['email'], email }), ports());
    expect(mails).toEqual([['ops@example.org', 'new@example.org']]);

    mails.length = 0;
    refusals = -1_000;
    const never = await alert(options({ channels: ['email'], email }), ports());
    expect(never).toMatchObject({
      failed: true,
      alerts: [{ status: 'sent', channels: [{ status: 'partial' }] }],
    });
    expect(never.cause).toMatch(/450 4\.7\.1 Greylisted.*not notified: New <new@example\.org>/);
    expect(mails).toEqual([['ops@example.org']]);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});
