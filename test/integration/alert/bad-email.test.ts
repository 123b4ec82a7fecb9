import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { alert } from '../../../src/alert/alert.ts';
import type { SmtpServer } from '../../../src/alert/model/options.ts';
import { cleanText } from '../../../src/alert/model/text.ts';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from '../../support/smtp-sink.ts';
import { OWN, options, ports, TIMING } from './world.ts';

const sinks: SmtpSink[] = [];
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close();
});

async function start(over: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = await startSmtpSink(over);
  sinks.push(sink);
  return sink;
}

const auth = { kind: 'password', user: 'guard', password: 'open sesame!' } as const;

const byMail = (port: number, tls: SmtpServer['tls'], over: Partial<SmtpServer> = {}) =>
  options({
    channels: ['email'],
    email: {
      server: { host: 'localhost', port, tls, ...over },
      from: 'guard@example.org',
      to: ['ops@example.org'],
    },
    timing: { ...TIMING, attemptMs: 500, deliveryMs: 1_300 },
  });

describe('the mail server does not take it: the step fails and says what to do', () => {
  test.each<[string, SmtpSinkOptions, SmtpServer['tls'], Partial<SmtpServer>, RegExp]>([
    ['refuses connections', { refuseConnections: true }, 'offered', {}, /refused the mail .*554/],
    ['demands TLS', { tls: 'required' }, 'offered', {}, /certificate .* is not trusted/],
    [
      'has a certificate of its own making',
      { tls: 'implicit' },
      'implicit',
      {},
      /certificate .* not trusted.*NODE_EXTRA_CA_CERTS/,
    ],
    [
      'has a certificate of its own making behind STARTTLS',
      { tls: 'starttls' },
      'required',
      {},
      /not trusted/,
    ],
    ['offers no STARTTLS', { tls: 'none' }, 'required', {}, /TLS could not be had/],
    ['speaks no TLS from the start', { tls: 'none' }, 'implicit', {}, /does not fit.*smtp\+starttls/],
    [
      'wants TLS from the start',
      { tls: 'implicit' },
      'offered',
      {},
      /says nothing; if it wants TLS from the start, write `smtps:/,
    ],
    [
      'refuses every recipient',
      { refuseRecipients: ['ops@example.org'] },
      'offered',
      {},
      /550 5\.1\.1 No such user/,
    ],
    ['finds the mail too big', { afterData: '552' }, 'offered', {}, /552/],
    [
      'is busy all the time',
      { afterData: '451' },
      'offered',
      {},
      /cannot take the mail now .*451.*tried \d times/,
    ],
    ['accepts and then drops', { afterData: 'close' }, 'offered', {}, /broke off .*tried \d times/],
    ['hangs after the data', { hangAfterData: true }, 'offered', {}, /no answer within|timeout/i],
  ])('%s', async (_name, sinkOptions, tls, server, expected) => {
    const sink = await start(sinkOptions);
    const result = await alert(byMail(sink.port, tls, server), ports());
    expect(result).toMatchObject({ failed: true, alerts: [{ status: 'failed' }] });
    expect(result.cause).toMatch(expected);
    expect(sink.messages).toEqual([]);
  });

  test('nothing listens', async () => {
    const sink = await start();
    const { port } = sink;
    await sink.close();
    sinks.length = 0;
    const result = await alert(byMail(port, 'offered'), ports());
    expect(result.cause).toMatch(/could not be reached or broke off .*ECONNREFUSED/);
  });

  test('the name cannot be found', async () => {
    const result = await alert(byMail(25, 'offered', { host: 'mail.invalid' }), ports());
    expect(result.cause).toMatch(
      /mail\.invalid:25 could not be reached .*(ENOTFOUND|EAI_AGAIN|EDNS|getaddrinfo)/,
    );
  });
});

/** A process of its own, because Node reads its extra certificates when it starts. */
async function inTrustingProcess(
  sink: SmtpSink,
  password: string,
): Promise<{ cause?: string; failed: boolean }> {
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-ca-'));
  try {
    await writeFile(join(folder, 'ca.pem'), sink.ca);
    const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const program = `
      import { alert } from ${at('../../../src/alert/alert.ts')};
      import { options, ports } from ${at('./world.ts')};
      const server = { host: 'localhost', port: ${sink.port}, tls: 'required', auth: { kind: 'password', user: 'guard', password: ${JSON.stringify(password)} } };
      const email = { server, from: 'guard@example.org', to: ['ops@example.org'] };
      const { cause, failed } = await alert(options({ channels: ['email'], email }), ports());
      console.log(JSON.stringify({ cause, failed }));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), NODE_OPTIONS: '' },
    });
    return JSON.parse(stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('being notified to stop ends a hanging mail, and nothing of it keeps the process alive', async () => {
  const sink = await start({ hangAfterData: true });
  const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { alert } from ${at('../../../src/alert/alert.ts')};
    import { ALERT_TIMING } from ${at('../../../src/alert/model/options.ts')};
    import { options, ports } from ${at('./world.ts')};
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('interrupted by SIGTERM')), 500);
    const email = { server: { host: 'localhost', port: ${sink.port}, tls: 'offered' }, from: 'a@b.c', to: ['a@b.c'] };
    const { cause } = await alert(options({ channels: ['email'], email, timing: ALERT_TIMING }), ports({ signal: stop.signal }));
    console.log(cause);
  `;
  const started = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(stdout).toContain('SIGTERM');
  expect(performance.now() - started).toBeLessThan(5_000);
});

test('with the certificate trusted, STARTTLS and the login work', async () => {
  const sink = await start({ tls: 'starttls', auth });
  expect(await inTrustingProcess(sink, auth.password)).toEqual({ failed: false });
  expect(sink.messages[0]).toMatchObject({ secure: true, user: 'guard' });
});

test('a wrong password is notified in words, without the password', async () => {
  const sink = await start({ tls: 'starttls', auth });
  const result = await inTrustingProcess(sink, 'wrong-password');
  expect(result.failed).toBe(true);
  expect(result.cause).toMatch(/refused the login; check user and password/);
  expect(result.cause).not.toContain('wrong-password');
  expect(sink.failedLogins).toBe(1);
});

describe('texts that could break a mail', () => {
  test.each([
    ['a header of its own', 'x\r\nBcc: victim@example.org\r\n\r\nbody'],
    ['markup', `<script>alert(1)</script> "q" 'q' <img src=x onerror=alert(1)>`],
    ['control characters', 'a\u0000b\u0007c\u001b[31m'],
    ['direction marks', 'invoice\u202Egnp.exe'],
    ['a lone dot', 'a\n.\nb'],
    ['emoji and other scripts', '🔥 данные 数据 שלום'],
    ['100 KB', 'y'.repeat(100_000)],
  ])('%s', async (_name, text) => {
    const sink = await start();
    const subject = { ...OWN, title: text, message: text, source: text.slice(0, 300) };
    const result = await alert({ ...byMail(sink.port, 'offered'), subject, labels: { note: text } }, ports());
    expect(result.failed).toBe(false);
    const mail = sink.messages[0];
    expect(mail?.to).toEqual(['ops@example.org']);
    expect(mail?.parsed.bcc ?? []).toEqual([]);
    expect(mail?.parsed.subject?.length).toBeLessThanOrEqual(200);
    expect(mail?.parsed.html).not.toMatch(/<script|<img/);
    const shown = mail?.parsed.text?.trim() ?? '';
    expect(shown).toBe(cleanText(shown));
    expect(mail?.raw.length).toBeLessThan(300_000);
  });
});
