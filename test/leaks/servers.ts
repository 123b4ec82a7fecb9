import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';

/** Servers that say back everything they are told, and a service that takes everything. */
export interface Servers {
  /** Refuses each request with its address, headers and body, in every encoding; redirects below `/redirect`; hangs below `/hang`; is well, and says it back, below `/fine`. */
  readonly echo: string;
  /** The same as a proxy. */
  readonly proxy: string;
  /** Slack, GitHub and webhooks that accept; keeps bodies by channel. */
  readonly accepts: string;
  readonly bodies: Map<string, string[]>;
  /** An SMTP server that repeats user names and AUTH lines in its refusals. */
  readonly smtpPort: number;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export async function startServers(): Promise<Servers> {
  const repeated = (request: IncomingMessage, body: string) => {
    const { authorization = '', 'proxy-authorization': forProxy = '' } = request.headers;
    const decoded = [authorization, forProxy].map((value) =>
      Buffer.from(value.replace(/^\w+ /, ''), 'base64').toString('utf8'),
    );
    const plain = `${request.method} ${request.url} ${decodeURIComponent((request.url ?? '').replace(/%(?![0-9a-f]{2})/gi, ''))} ${JSON.stringify(request.headers)} ${decoded.join(' ')} ${body}`;
    const html = plain.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
    return {
      plain,
      html,
      base64: Buffer.from(`x${plain}`).toString('base64'),
      hex: Buffer.from(plain).toString('hex'),
    };
  };
  const echo = createServer(async (request, response) => {
    const said = repeated(request, await bodyOf(request));
    if (request.url?.startsWith('/hang')) return;
    if (request.url?.startsWith('/redirect')) {
      response.writeHead(302, { location: `/elsewhere?from=${encodeURIComponent(said.plain)}` }).end();
      return;
    }
    if (request.url?.startsWith('/fine')) {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ status: 'UP', said: said.plain }));
      return;
    }
    const ok = request.url?.startsWith('/ok');
    response.writeHead(ok ? 200 : 400, said.plain.slice(0, 60).replace(/[^\x20-\x7e]/g, ''), {
      'content-type': 'application/json',
      'x-said': said.plain.replace(/[^\x20-\x7e]/g, ''),
    });
    const answer = {
      ok: false,
      error: said.plain,
      version: said.plain,
      status: 'DOWN',
      message: said.html,
      errors: [said.base64, said.hex],
      checks: { all: [{ status: 'fail', output: said.plain }] },
    };
    response.end(JSON.stringify(answer));
  });
  const proxy = createServer(async (request, response) => {
    const said = repeated(request, await bodyOf(request));
    response
      .writeHead(407, 'refused', { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: said.plain, version: said.plain }));
  });
  proxy.on('connect', (request, socket) => {
    const said = repeated(request, '').plain.replace(/[^\x20-\x7e]/g, '');
    socket.end(`HTTP/1.1 407 ${said.slice(0, 200)}\r\nx-said: ${said}\r\ncontent-length: 0\r\n\r\n`);
    socket.on('error', () => undefined);
  });
  const bodies = new Map<string, string[]>();
  const accepts = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const url = request.url ?? '';
    const channel =
      url.startsWith('/services') || url.startsWith('/api/')
        ? 'slack'
        : url.startsWith('/hook')
          ? 'webhook'
          : 'github';
    if (body !== '') bodies.set(channel, [...(bodies.get(channel) ?? []), body]);
    const json = (value: unknown) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (url.startsWith('/services')) response.writeHead(200).end('ok');
    else if (url.startsWith('/api/')) json({ ok: true, ts: '1.000001', channel: 'C12345678' });
    else if (url.includes('/issues') && request.method === 'GET') json([]);
    else if (url.includes('/permission'))
      json({ permission: 'admin', role_name: 'admin', user: { login: 'octocat' } });
    else json({ number: 7, id: 7, state: 'open', body: '' });
  });
  const smtp = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('220 leaky\r\n');
    let tail = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      tail += chunk;
      for (let end = tail.indexOf('\r\n'); end >= 0; end = tail.indexOf('\r\n')) {
        const line = tail.slice(0, end);
        tail = tail.slice(end + 2);
        // No STARTTLS, so a password must not even come here; whatever comes is said back.
        if (/^EHLO|^HELO/i.test(line)) socket.write('250-leaky\r\n250 AUTH PLAIN LOGIN XOAUTH2\r\n');
        else
          socket.write(
            `535 5.7.8 refused: ${line} ${Buffer.from(line.split(' ').at(-1) ?? '', 'base64')
              .toString('latin1')
              .replace(/[^\x20-\x7e]/g, ' ')}\r\n`,
          );
      }
    });
  });
  const servers = [echo, proxy, accepts, smtp];
  const [echoPort, proxyPort, acceptsPort, smtpPort] = await Promise.all(servers.map(listen));
  return {
    echo: `http://127.0.0.1:${echoPort}`,
    proxy: `http://127.0.0.1:${proxyPort}`,
    accepts: `http://127.0.0.1:${acceptsPort}`,
    smtpPort: smtpPort ?? 0,
    bodies,
    async close() {
      for (const server of servers) if ('closeAllConnections' in server) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
