import { connect as connectHttp2 } from 'node:http2';
import { get as httpsGet } from 'node:https';
import { createTransport } from 'nodemailer';
import { afterEach, describe, expect, test } from 'vitest';
import { type HttpTarget, type HttpTargetOptions, startHttpTarget } from '../../support/http-target.ts';
import { startSlackServer } from '../../support/slack-server.ts';
import { type SmtpSinkOptions, startSmtpSink } from '../../support/smtp-sink.ts';

const closers: (() => Promise<void>)[] = [];
const closing = <T extends { close(): Promise<void> }>(server: T): T => {
  closers.push(() => server.close());
  return server;
};
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe('the Slack server', () => {
  const slack = async () => closing(await startSlackServer());
  const post = (url: string, body: string, headers: Record<string, string> = {}) =>
    fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

  test('webhook: takes a message and records it', async () => {
    const server = await slack();
    const answer = await post(server.webhookUrl, JSON.stringify({ text: 'hello <!channel>' }));
    expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
    expect(server.messages).toMatchObject([{ via: 'webhook', mentions: ['<!channel>'] }]);
  });

  test.each<[string, string, number, string]>([
    ['broken JSON', '{"text": "', 400, 'invalid_payload'],
    ['no text', '{}', 400, 'no_text'],
    ['bad blocks', '{"blocks":[{"type":"x"}]}', 400, 'invalid_blocks'],
    ['unknown channel', '{"text":"a","channel":"#none"}', 404, 'channel_not_found'],
  ])('webhook: %s', async (_name, body, status, text) => {
    const server = await slack();
    const answer = await post(server.webhookUrl, body);
    expect([answer.status, await answer.text()]).toEqual([status, text]);
    expect(server.messages).toEqual([]);
  });

  test('webhook: a wrong secret', async () => {
    const server = await slack();
    const answer = await post(`${server.webhookUrl}x`, '{"text":"a"}');
    expect([answer.status, await answer.text()]).toEqual([403, 'invalid_token']);
  });

  test('Web API: posts, threads and updates', async () => {
    const server = await slack();
    const call = async (method: string, body: object, token = server.token) => {
      const answer = await post(`${server.apiUrl}${method}`, JSON.stringify(body), {
        authorization: `Bearer ${token}`,
      });
      return [answer.status, await answer.json()] as [number, Record<string, string>];
    };
    const [status, first] = await call('chat.postMessage', { channel: '#alerts', text: 'down' });
    expect([status, first]).toEqual([200, expect.objectContaining({ ok: true, channel: 'C0000000002' })]);
    await call('chat.postMessage', { channel: '#alerts', text: 'still', thread_ts: first.ts });
    const target = { channel: first.channel, ts: first.ts };
    expect(await call('chat.update', { ...target, text: 'up' })).toEqual([
      200,
      expect.objectContaining({ ok: true }),
    ]);
    expect(server.messages[0]).toMatchObject({ payload: { text: 'up' }, previous: [{ text: 'down' }] });
    expect(server.messages[1]?.thread_ts).toBe(first.ts);

    const failures: [string, object, string, string?][] = [
      ['chat.postMessage', { channel: '#alerts', text: 'a' }, 'invalid_auth', 'wrong'],
      ['chat.postMessage', { channel: '#none', text: 'a' }, 'channel_not_found'],
      ['chat.postMessage', { channel: '#alerts' }, 'no_text'],
      ['chat.update', { ...target, ts: '1.1', text: 'a' }, 'message_not_found'],
      ['chat.none', {}, 'unknown_method'],
    ];
    for (const [method, body, error, token] of failures) {
      expect(await call(method, body, token)).toEqual([200, expect.objectContaining({ ok: false, error })]);
    }
    const [, refused] = await call('chat.postMessage', { channel: '#alerts', blocks: [{ type: 'x' }] });
    expect(refused).toMatchObject({
      ok: false,
      error: 'invalid_blocks',
      response_metadata: { messages: ['[ERROR] unsupported type: x [json-pointer:/blocks/0/type]'] },
    });
  });

  test('scripted answers are given once', async () => {
    const server = await slack();
    server.answerNext({ status: 429, headers: { 'retry-after': '1' }, body: 'rate_limited' });
    server.answerNext({ drop: 'afterAccepting' });
    const limited = await post(server.webhookUrl, '{"text":"a"}');
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1']);
    await expect(post(server.webhookUrl, '{"text":"b"}')).rejects.toThrow();
    expect((await post(server.webhookUrl, '{"text":"c"}')).status).toBe(200);
    expect(server.messages.map((message) => message.payload.text)).toEqual(['b', 'c']);
  });
});

describe('the SMTP sink', () => {
  const send = async (options: SmtpSinkOptions, transport: object = {}, to = 'ops@shop.example') => {
    const sink = closing(await startSmtpSink(options));
    const mailer = createTransport({
      host: 'localhost',
      port: sink.port,
      tls: { ca: sink.ca },
      ...transport,
    });
    const outcome = await mailer
      .sendMail({ from: 'guard@shop.example', to, subject: 'Größe', text: 'a\n.b', html: '<b>a</b>' })
      .then(
        () => 'sent',
        (error: { responseCode?: number; code?: string }) => error.responseCode ?? error.code ?? 'failed',
      );
    mailer.close();
    return { sink, outcome };
  };

  test('keeps and parses what arrived', async () => {
    const { sink, outcome } = await send({});
    expect(outcome).toBe('sent');
    expect(sink.messages).toMatchObject([
      { from: 'guard@shop.example', to: ['ops@shop.example'], secure: false, parsed: { subject: 'Größe' } },
    ]);
    expect(sink.messages[0]?.parsed.text).toContain('.b');
  });

  const auth = { user: 'guard', password: 'pass word' };
  test.each<[string, SmtpSinkOptions, object, string | number]>([
    ['STARTTLS', { tls: 'required' }, { requireTLS: true }, 'sent'],
    ['implicit TLS', { tls: 'implicit' }, { secure: true }, 'sent'],
    ['TLS demanded and not used', { tls: 'required' }, { ignoreTLS: true }, 530],
    ['the right login', { auth }, { auth: { user: 'guard', pass: 'pass word' } }, 'sent'],
    ['a wrong login', { auth }, { auth: { user: 'guard', pass: 'no' } }, 535],
    ['no login', { auth }, {}, 530],
    ['a refused recipient', { refuseRecipients: ['ops@shop.example'] }, {}, 550],
    ['a refused connection', { refuseConnections: true }, {}, 554],
    ['"try later" after DATA', { afterData: '451' }, {}, 451],
  ])('%s', async (_name, options, transport, expected) => {
    const { sink, outcome } = await send(options, transport);
    expect(outcome).toBe(expected);
    expect(sink.messages).toHaveLength(expected === 'sent' ? 1 : 0);
    if (expected === 'sent') expect(sink.messages[0]?.secure).toBe(options.tls !== undefined);
  });

  test('a connection cut after DATA', async () => {
    const { sink, outcome } = await send({ afterData: 'close' });
    expect(outcome).not.toBe('sent');
    expect(sink.messages).toEqual([]);
  });

  test('a certificate that is not trusted', async () => {
    const { outcome } = await send({ tls: 'implicit' }, { secure: true, tls: {} });
    expect(outcome).not.toBe('sent');
  });
});

describe('the HTTP target', () => {
  const target = async (options: HttpTargetOptions = {}): Promise<HttpTarget> =>
    closing(await startHttpTarget(options));

  test('answers as told, counts and records', async () => {
    const server = await target({ behaviour: { version: '1.2.3' } });
    server.paths.set('/gone', { status: 410, body: 'gone' });
    const answer = await fetch(`${server.url}/ok?x=1`, { headers: { 'x-probe': 'yes' } });
    expect(await answer.json()).toEqual({ status: 'healthy', version: '1.2.3' });
    expect((await fetch(`${server.url}/gone`)).status).toBe(410);
    expect(server.requests).toMatchObject([
      { path: '/ok?x=1', headers: { 'x-probe': 'yes' } },
      { path: '/gone' },
    ]);
    expect(server.connections).toBeGreaterThan(0);
  });

  test('fails the share asked for', async () => {
    const server = await target({ behaviour: { failShare: 0.25 } });
    const statuses: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      const answer = await fetch(server.url);
      await answer.arrayBuffer();
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([200, 200, 200, 503, 200, 200, 200, 503]);
  });

  test('redirects, slow bodies, cut bodies, drops and hangs', async () => {
    const server = await target();
    server.paths.set('/from', { redirectTo: '/to' });
    expect((await fetch(`${server.url}/from`)).url).toBe(`${server.url}/to`);
    server.paths.set('/slow', { fault: 'slow', slowByteMs: 2, body: 'äbc' });
    expect(await (await fetch(`${server.url}/slow`)).text()).toBe('äbc');
    server.paths.set('/cut', { fault: 'cut-body' });
    await expect(fetch(`${server.url}/cut`).then((answer) => answer.text())).rejects.toThrow();
    server.paths.set('/drop', { fault: 'drop' });
    await expect(fetch(`${server.url}/drop`)).rejects.toThrow();
    server.paths.set('/hang', { fault: 'hang' });
    await expect(fetch(`${server.url}/hang`, { signal: AbortSignal.timeout(100) })).rejects.toThrow(
      /timeout/i,
    );
  });

  const overTls = (url: string, ca: string | undefined) =>
    new Promise<string>((resolve) => {
      httpsGet(url, { ca, agent: false }, (answer) => {
        answer.resume();
        resolve(String(answer.statusCode));
      }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });

  test('TLS with a certificate that is trusted, unknown or expired', async () => {
    const valid = await target({ tls: 'valid' });
    expect(await overTls(valid.url, valid.ca)).toBe('200');
    expect(await overTls(valid.url, undefined)).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
    const expired = await target({ tls: 'expired' });
    expect(await overTls(expired.url, expired.ca)).toBe('CERT_HAS_EXPIRED');
  });

  test('HTTP/2', async () => {
    const server = await target({ tls: 'valid', http2: true });
    const session = connectHttp2(server.url, server.ca === undefined ? {} : { ca: server.ca });
    const status = await new Promise((resolve, reject) => {
      session.once('error', reject);
      const stream = session.request({ ':path': '/' });
      stream.once('response', (headers) => resolve(headers[':status']));
      stream.resume().end();
    });
    session.close();
    expect(status).toBe(200);
    expect(server.requests[0]?.httpVersion).toBe('2.0');
  });
});
