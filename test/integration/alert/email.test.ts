import { afterEach, describe, expect, test } from 'vitest';
import { alert } from '../../../src/alert/alert.ts';
import type { SmtpServer } from '../../../src/alert/options.ts';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from '../../support/smtp-sink.ts';
import { check, options, ports, reportOf } from './world.ts';

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

test('a recipient that is refused is named, the others are told, and the step fails', async () => {
  const sink = await start({ refuseRecipients: ['gone@example.org'] });
  const result = await alert(byMail(sink, 'offered', {}, ['ops@example.org', 'gone@example.org']), ports());
  expect(sink.messages[0]?.to).toEqual(['ops@example.org']);
  expect(result).toMatchObject({
    failed: true,
    alerts: [{ status: 'sent', channels: [{ status: 'partial' }] }],
  });
  expect(result.cause).toMatch(/refused gone@example\.org \("550 5\.1\.1 No such user here"\)/);
});
