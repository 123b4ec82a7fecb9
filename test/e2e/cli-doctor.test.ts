import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { ALL_INPUTS } from '../../src/settings/settings.ts';
import { runCli } from '../support/cli.ts';
import { freshDatabaseName } from '../support/mongo.ts';
import { startMongoProxy } from '../support/mongo-proxy.ts';
import { needs } from '../support/needs.ts';
import { type SlackServer, startSlackServer } from '../support/slack-server.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

/** doctor against real servers: what it finds, what it says to do, and that it changes and sends nothing. */
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function doctor(env: Record<string, string>, ...args: string[]) {
  const run = await runCli(['doctor', '--json', ...args], { env });
  const { findings } = JSON.parse(run.stdout) as { findings: Finding[] };
  const of = (id: string) => findings.find((finding) => finding.id === id);
  return { ...run, findings, of };
}

test('nothing configured: nothing failed, each line says how to configure it', async () => {
  const { exitCode, findings, of } = await doctor({});
  expect(exitCode).toBe(0);
  expect(of('node')?.status).toBe('ok');
  for (const id of ['guard-file', 'mongodb', 'slack', 'smtp', 'github', 'state'])
    expect([id, of(id)?.status, of(id)?.todo !== undefined]).toEqual([id, 'not configured', true]);
  expect(findings.map(({ status }) => status)).not.toContain('failed');
});

test('as text: one line each, what to do below, a count at the end', async () => {
  const run = await runCli(['doctor'], { env: { DEPLOY_GUARD_MONGODB_URI: 'nonsense' } });
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toMatch(/^failed +MongoDB: the connection string does not start with/m);
  expect(run.stdout).toMatch(/^ +→ Write mongodb:/m);
  expect(run.stdout).toMatch(/\d+ ok, 1 failed, \d+ not configured\n$/);
});

describe('MongoDB', () => {
  test('answers; what the user may do is asked or tried, and nothing is written', async () => {
    const proxy = await startMongoProxy(inject('mongoUri'));
    const database = freshDatabaseName('doctor');
    try {
      const { exitCode, of, stdout } = await doctor(
        { MONGODB_URI: proxy.uri },
        '--mongodb-database',
        database,
      );
      expect(of('mongodb')).toMatchObject({ status: 'ok' });
      expect(of('mongodb')?.found).toContain(database);
      expect(exitCode, stdout).toBe(0);
      expect(proxy.commands.length).toBeGreaterThan(0);
      expect(proxy.writes()).toEqual([]);
    } finally {
      await proxy.close();
    }
  });

  test.skipIf(needs('connectionStatus'))('a server without access control is a warning', async () => {
    const { of } = await doctor(
      { MONGODB_URI: inject('mongoUri') },
      '--mongodb-database',
      freshDatabaseName(),
    );
    expect(of('mongodb/access')?.found).toContain('no access control');
  });

  test('not reachable: what to check, and no password', async () => {
    const { exitCode, of, stdout, stderr } = await doctor(
      { DEPLOY_GUARD_MONGODB_URI: 'mongodb://app:hunter2-hunter2@127.0.0.1:1/shop?directConnection=true' },
      '--check-timeout=300ms',
    );
    expect(exitCode).toBe(1);
    expect(of('mongodb')).toMatchObject({ status: 'failed' });
    expect(of('mongodb')?.todo).toContain('network access list');
    expect(stdout + stderr).not.toContain('hunter2');
  });

  test('no database named', async () => {
    const { of } = await doctor({ DEPLOY_GUARD_MONGODB_URI: 'mongodb://127.0.0.1:1/' });
    expect(of('mongodb')?.todo).toContain('--mongodb-database');
  });
});

describe('Slack', () => {
  let slack: SlackServer;
  beforeAll(async () => {
    slack = await startSlackServer();
  });
  afterAll(() => slack.close());
  afterEach(() => {
    slack.requests.length = 0;
  });

  test('a webhook is judged by its form, never called, never shown', async () => {
    const { of, stdout } = await doctor({ DEPLOY_GUARD_SLACK_WEBHOOK_URL: slack.webhookUrl });
    expect(of('slack/webhook')).toMatchObject({ status: 'warning' });
    expect(slack.requests).toEqual([]);
    expect(stdout).not.toContain(slack.webhookUrl);
  });

  // The branch that brings this input may not be here yet.
  describe.skipIf(!Object.hasOwn(ALL_INPUTS, 'slack-token'))('a token', () => {
    const env = (token: string) => ({
      DEPLOY_GUARD_SLACK_TOKEN: token,
      DEPLOY_GUARD_SLACK_API_URL: slack.apiUrl,
    });
    test('is tried with auth.test alone', async () => {
      const { of, stdout } = await doctor(env(slack.token), '--slack-channel', '#alerts');
      expect(of('slack/token')).toMatchObject({ status: 'ok' });
      expect(slack.requests.map(({ path }) => path)).toEqual(['/api/auth.test']);
      expect(slack.messages).toEqual([]);
      expect(stdout).not.toContain(slack.token);
    });
    test('without a channel is a warning', async () => {
      expect((await doctor(env(slack.token))).of('slack/token')).toMatchObject({ status: 'warning' });
    });
    test('that is wrong fails with what to do', async () => {
      const { of, exitCode } = await doctor(env('xoxb-1111111111-wrong-token'));
      expect(exitCode).toBe(1);
      expect(of('slack/token')?.found).toContain('invalid_auth');
      expect(of('slack/token')?.todo).toContain('xoxb-');
    });
    test('and a server without the scope for messages', async () => {
      slack.answerNext({
        status: 200,
        body: { ok: true, team: 'Test', user: 'guard' },
        headers: { 'x-oauth-scopes': 'channels:read,users:read' },
      });
      expect((await doctor(env(slack.token), '--slack-channel', '#alerts')).of('slack/token')).toMatchObject({
        status: 'failed',
        found: expect.stringContaining('chat:write'),
      });
    });
    test('and a server that is not there', async () => {
      const { of } = await doctor({
        ...env(slack.token),
        DEPLOY_GUARD_SLACK_API_URL: 'http://127.0.0.1:1/api/',
      });
      expect(of('slack/token')?.found).toContain('could not be reached');
    });
  });
});

describe('mail', () => {
  const servers: SmtpSink[] = [];
  const start = async (...options: Parameters<typeof startSmtpSink>) => {
    const server = await startSmtpSink(...options);
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  const ca = async (server: SmtpSink) => {
    const path = join(folder, `ca-${server.port}.pem`);
    await writeFile(path, server.ca);
    return { NODE_EXTRA_CA_CERTS: path };
  };
  const addresses = ['--email-from=a@example.com', '--email-to=b@example.com'];
  const auth = { user: 'guard', password: 'hunter2-hunter2' };

  test('STARTTLS and a login are tried, and nothing is sent', async () => {
    const server = await start({ tls: 'required', auth });
    const { of, stdout } = await doctor(
      { DEPLOY_GUARD_SMTP_URL: server.url, ...(await ca(server)) },
      ...addresses,
    );
    expect(of('smtp')).toMatchObject({ status: 'ok', found: expect.stringContaining('the login works') });
    expect(server.connections).toBe(1);
    expect(server.messages).toEqual([]);
    expect(stdout).not.toContain(auth.password);
  });

  test('a wrong password', async () => {
    const server = await start({ tls: 'required', auth });
    const { of, exitCode, stdout } = await doctor({
      DEPLOY_GUARD_SMTP_URL: server.url.replace(auth.password, 'wrong-password'),
      ...(await ca(server)),
    });
    expect(exitCode).toBe(1);
    expect(of('smtp')?.found).toContain('refused the login');
    expect(stdout).not.toContain('wrong-password');
  });

  test('a certificate that is not trusted', async () => {
    const server = await start({ tls: 'implicit' });
    expect((await doctor({ DEPLOY_GUARD_SMTP_URL: server.url })).of('smtp')?.found).toContain(
      'is not trusted',
    );
  });

  test('no addresses: it could not be used', async () => {
    const server = await start();
    expect((await doctor({ DEPLOY_GUARD_SMTP_URL: server.url })).of('smtp')).toMatchObject({
      status: 'warning',
      todo: expect.stringContaining('--email-from and --email-to'),
    });
  });
});

describe('a GitHub token', () => {
  const TOKEN = 'ghs_0123456789abcdefghij';
  let server: Server;
  let url = '';
  const paths: string[] = [];
  let answers: Record<string, { status: number; body?: unknown; headers?: Record<string, string> }> = {};
  beforeAll(async () => {
    server = createServer((request: IncomingMessage, response: ServerResponse) => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      paths.push(`${request.method} ${path}`);
      const known = request.headers.authorization === `Bearer ${TOKEN}`;
      const answer = known ? (answers[path] ?? { status: 404 }) : { status: 401 };
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(JSON.stringify(answer.body ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const env = (more: Record<string, string> = {}) => ({
    GITHUB_API_URL: url,
    GITHUB_TOKEN: TOKEN,
    GITHUB_REPOSITORY: 'octo-org/shop',
    GITHUB_ACTOR: 'octocat',
    ...more,
  });
  const GOOD = {
    '/rate_limit': { status: 200 },
    '/repos/octo-org/shop': { status: 200 },
    '/repos/octo-org/shop/collaborators/octocat/permission': {
      status: 200,
      body: { permission: 'admin', role_name: 'admin' },
    },
    '/repos/octo-org/shop/issues': { status: 200, body: [] },
  };

  test('that may do all of it', async () => {
    answers = GOOD;
    paths.length = 0;
    const { of, exitCode, stdout } = await doctor(env());
    expect(exitCode, stdout).toBe(0);
    for (const id of ['github', 'github/permission', 'github/issues'])
      expect([id, of(id)?.status]).toEqual([id, 'ok']);
    expect(of('github/permission')?.found).toContain('octocat has admin');
    expect(paths.every((path) => path.startsWith('GET '))).toBe(true);
    expect(stdout).not.toContain(TOKEN);
  });

  test('that is unknown', async () => {
    const { of, exitCode } = await doctor(env({ GITHUB_TOKEN: 'ghs_wrong-wrong-wrong' }));
    expect(exitCode).toBe(1);
    expect(of('github')?.found).toContain('does not know it');
  });

  test('that cannot see the repository', async () => {
    answers = { ...GOOD, '/repos/octo-org/shop': { status: 404 } };
    expect((await doctor(env())).of('github')).toMatchObject({ status: 'failed' });
  });

  test('that cannot ask for permissions, or write issues', async () => {
    answers = {
      ...GOOD,
      '/rate_limit': { status: 200, headers: { 'x-oauth-scopes': 'read:org' } },
      '/repos/octo-org/shop/collaborators/octocat/permission': { status: 403 },
    };
    const { of } = await doctor(env());
    expect(of('github/permission')).toMatchObject({ status: 'warning' });
    expect(of('github/issues')).toMatchObject({
      status: 'warning',
      todo: expect.stringContaining('issues: write'),
    });
  });

  test('the repository as an option', async () => {
    answers = GOOD;
    const { of } = await doctor(env({ GITHUB_REPOSITORY: '' }), '--repository', 'octo-org/shop');
    expect(of('github')?.found).toContain('octo-org/shop');
  });
});

describe('guard file and state', () => {
  test('a problem of the guard file is reported with line and column', async () => {
    const cwd = await mkdtemp(join(folder, 'repo-'));
    await mkdir(join(cwd, '.github'));
    await writeFile(join(cwd, '.github', 'deploy-guard.yml'), 'environment: production\ntresholds:\n  - a\n');
    const run = await runCli(['doctor'], { cwd });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('.github/deploy-guard.yml:2:1: unknown key `tresholds`');
    expect(run.stdout).toContain('Did you mean `thresholds`?');
  });

  test.each([
    ['a file that can be made', 'new/state.json', 'ok'],
    ['a file that is no JSON', 'broken.json', 'failed'],
    ['a folder', '.', 'failed'],
  ])('%s', async (_name, path, status) => {
    await writeFile(join(folder, 'broken.json'), '{');
    expect((await doctor({}, '--state', `file:${join(folder, path)}`)).of('state')).toMatchObject({ status });
  });

  test('channels without state are a warning, because every run would send the same alerts', async () => {
    const { of } = await doctor({
      DEPLOY_GUARD_SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0/B0/abcdefghijklmnopqrstuvwx',
    });
    expect(of('state')).toMatchObject({ status: 'warning' });
  });

  test('an option that is wrong is a finding, and the others are still checked', async () => {
    const { of, exitCode } = await doctor({ DEPLOY_GUARD_SMTP_URL: 'http://nope' }, '--state', 'file:x.json');
    expect(exitCode).toBe(1);
    expect(of('option/smtp-url')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('DEPLOY_GUARD_SMTP_URL'),
    });
    expect(of('state')).toMatchObject({ status: 'ok' });
  });
});
