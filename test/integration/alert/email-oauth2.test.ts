import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SMTPServer } from 'smtp-server';
import { expect, test } from 'vitest';
import type { SmtpAuth } from '../../../src/alert/model/options.ts';
import { testCertificate } from '../../support/certificate.ts';

const USER = 'guard@example.org';

/** A mail server that takes OAuth2 alone, and the place where refresh tokens become access tokens. */
async function withServers(
  work: (world: { port: number; tokenUrl: string; mails: string[]; ca: string }) => Promise<void>,
) {
  const { key, cert } = await testCertificate();
  const mails: string[] = [];
  const smtp = new SMTPServer({
    key,
    cert,
    authMethods: ['XOAUTH2'],
    disableReverseLookup: true,
    logger: false,
    onAuth(auth, _session, callback) {
      if (auth.username === USER && auth.accessToken === 'fresh-access-token') callback(null, { user: USER });
      else callback(null, { data: { status: '401', schemes: 'bearer' } });
    },
    onData(stream, _session, callback) {
      let raw = '';
      stream.on('data', (chunk: Buffer) => {
        raw += chunk.toString('utf8');
      });
      stream.on('end', () => {
        mails.push(raw);
        callback(null);
      });
    },
  });
  smtp.on('error', () => undefined);
  const tokens = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('end', () => {
      const asked = new URLSearchParams(body);
      const right =
        asked.get('refresh_token') === 'refresh-1' && asked.get('client_secret') === 'client-secret';
      response.writeHead(right ? 200 : 400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          right ? { access_token: 'fresh-access-token', expires_in: 3600 } : { error: 'invalid_grant' },
        ),
      );
    });
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()));
  await new Promise<void>((resolve) => tokens.listen(0, '127.0.0.1', () => resolve()));
  const port = (smtp.server.address() as AddressInfo).port;
  const tokenUrl = `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`;
  try {
    await work({ port, tokenUrl, mails, ca: cert });
  } finally {
    tokens.closeAllConnections();
    await new Promise<void>((resolve) => tokens.close(() => resolve()));
    await new Promise<void>((resolve) => smtp.close(() => resolve()));
  }
}

/** A process of its own, because Node reads its extra certificates when it starts. */
async function send(port: number, ca: string, auth: SmtpAuth): Promise<{ failed: boolean; cause?: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-oauth-'));
  try {
    await writeFile(join(folder, 'ca.pem'), ca);
    const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const server = { host: 'localhost', port, tls: 'required', auth };
    const program = `
      import { alert } from ${at('../../../src/alert/alert.ts')};
      import { options, ports } from ${at('./world.ts')};
      const email = { server: ${JSON.stringify(server)}, from: 'guard@example.org', to: ['ops@example.org'] };
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

test('an access token opens the way', () =>
  withServers(async ({ port, mails, ca }) => {
    const auth = { kind: 'oauth2', user: USER, accessToken: 'fresh-access-token' } as const;
    expect(await send(port, ca, auth)).toEqual({ failed: false });
    expect(mails).toHaveLength(1);
  }));

test('a refresh token is turned into an access token', () =>
  withServers(async ({ port, tokenUrl, mails, ca }) => {
    const auth: SmtpAuth = {
      kind: 'oauth2',
      user: USER,
      clientId: 'client-id',
      clientSecret: 'client-secret',
      refreshToken: 'refresh-1',
      tokenUrl,
    };
    expect(await send(port, ca, auth)).toEqual({ failed: false });
    expect(mails).toHaveLength(1);

    const refused = await send(port, ca, { ...auth, refreshToken: 'revoked-token' });
    expect(refused.failed).toBe(true);
    expect(refused.cause).toMatch(/refused the login; .*OAuth2/);
    expect(refused.cause).not.toMatch(/revoked-token|client-secret/);
  }));

test('a token that has run out is notified in words', () =>
  withServers(async ({ port, mails, ca }) => {
    const result = await send(port, ca, { kind: 'oauth2', user: USER, accessToken: 'stale-access-token' });
    expect(result.failed).toBe(true);
    expect(result.cause).toMatch(/refused the login/);
    expect(result.cause).not.toContain('stale-access-token');
    expect(mails).toEqual([]);
  }));
