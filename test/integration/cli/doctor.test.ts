import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/finding.ts';
import { checkGithub, type GithubCheck } from '../../../src/cli/doctor/github.ts';
import { checkSlackToken } from '../../../src/cli/doctor/slack.ts';
import { checkSmtp } from '../../../src/cli/doctor/smtp.ts';
import { checkState } from '../../../src/cli/doctor/state.ts';
import { main } from '../../../src/cli/main.ts';
import { type SlackServer, startSlackServer } from '../../support/slack-server.ts';
import { startSmtpSink } from '../../support/smtp-sink.ts';
import { silentTerminal } from '../../support/terminal.ts';
import { withoutRights } from '../../support/without-rights.ts';

/** What doctor makes of the answers of real servers, within this process; test/e2e/cli-doctor.test.ts starts it whole. */
const folder = mkdtempSync(join(tmpdir(), 'deploy-guard-doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** doctor as a whole: its findings and its exit code. */
async function doctor(env: Record<string, string>, ...args: string[]) {
  let out = '';
  const terminal = silentTerminal({
    env,
    cwd: folder,
    out: (text: string) => {
      out += text;
    },
  });
  const exitCode = await main(['doctor', '--json', ...args], terminal, new AbortController().signal);
  const { findings } = JSON.parse(out) as { findings: Finding[] };
  return { exitCode, out, findings, of: (id: string) => findings.find((finding) => finding.id === id) };
}

describe('GitHub', () => {
  type Answer = { status: number; body?: string; headers?: Record<string, string | string[]> };
  const REPOSITORY = '/repos/octo-org/shop';
  const GOOD: Record<string, Answer> = {
    '/rate_limit': { status: 200 },
    [REPOSITORY]: { status: 200 },
    [`${REPOSITORY}/collaborators/octocat/permission`]: { status: 200, body: '{"role_name":"maintain"}' },
    [`${REPOSITORY}/issues`]: { status: 200, body: '[]' },
  };
  let server: Server;
  let apiUrl = '';
  let answers = GOOD;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const {
        status,
        body = '{}',
        headers,
      } = answers[(request.url ?? '').split('?')[0] ?? ''] ?? { status: 404 };
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const check = async (over: Record<string, Answer> = {}, more: Partial<GithubCheck> = {}) => {
    answers = { ...GOOD, ...over };
    const found = await checkGithub({
      token: 'ghs_0123456789',
      apiUrl,
      repository: 'octo-org/shop',
      actor: 'octocat',
      timeoutMs: 5_000,
      ...more,
    });
    return (id: string) => found.find((finding) => finding.id === id);
  };
  const scopes = (value: string | string[]) => ({
    '/rate_limit': { status: 200, headers: { 'x-oauth-scopes': value } },
  });

  test('a token that nothing could be tried with is no all-clear', async () => {
    expect((await check({}, { repository: undefined }))('github')).toMatchObject({
      status: 'warning',
      todo: 'Give --repository OWNER/NAME.',
    });
    expect((await check({}, { actor: undefined }))('github/permission')).toMatchObject({
      status: 'warning',
      found: 'there is no actor whose permission can be checked',
    });
  });

  test.each<[string | string[], string, string]>([
    ['repo, read:org', 'ok', '; scopes: repo, read:org'],
    ['public_repo', 'ok', '; scopes: public_repo'],
    ['read:org', 'warning', '; scopes: read:org'],
    ['', 'warning', '; scopes: none'],
    [['repo', 'ignored'], 'ok', '; scopes: repo'],
  ])('scopes %j: issues are %s', async (value, status, words) => {
    const of = await check(scopes(value));
    expect(of('github')?.found).toBe(`is good, and sees octo-org/shop${words}`);
    expect(of('github/issues')?.status).toBe(status);
  });

  test.each([
    [410, 'the repository has its issues switched off', 'Switch them on'],
    [403, 'issues cannot be read (GitHub answered 403)', 'issues: write'],
  ])('issues answered with %i', async (status, found, todo) => {
    expect((await check({ [`${REPOSITORY}/issues`]: { status } }))('github/issues')).toMatchObject({
      status: 'warning',
      found,
      todo: expect.stringContaining(todo),
    });
  });

  test.each([
    ['{"role_name":"maintain","permission":"write"}', 'maintain'],
    ['{"permission":"write"}', 'write'],
    ['{}', 'unknown'],
    ['no JSON', 'unknown'],
  ])('permission answered with %s', async (body, role) => {
    const path = `${REPOSITORY}/collaborators/octocat/permission`;
    expect((await check({ [path]: { status: 200, body } }))('github/permission')?.found).toBe(
      `can be asked: octocat has ${role}`,
    );
  });

  test('the repository is that of git’s origin if nothing else names one', async () => {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
    answers = GOOD;
    const env = { GITHUB_API_URL: apiUrl, GITHUB_TOKEN: 'ghs_0123456789' };
    expect((await doctor(env)).of('github')?.found).toContain('there is no repository');
    git('init');
    git('remote', 'add', 'origin', 'git@github.com:octo-org/shop.git');
    expect((await doctor(env)).of('github')?.found).toContain('sees octo-org/shop');
  });

  test('an address without its scheme is one finding among the others', async () => {
    const { of, exitCode } = await doctor(
      { GITHUB_TOKEN: 'ghs_0123456789', GITHUB_API_URL: 'api.github.example' },
      '--repository=octo-org/shop',
    );
    expect(exitCode).toBe(1);
    expect(of('github')).toMatchObject({
      status: 'failed',
      found: 'GitHub could not be reached at GITHUB_API_URL (Invalid URL)',
    });
    expect(of('node')?.status).toBe('ok');
  });

  describe('without GITHUB_API_URL', () => {
    beforeEach(() => {
      vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
      vi.stubEnv('https_proxy', 'http://127.0.0.1:1');
      vi.stubEnv('NO_PROXY', '');
      vi.stubEnv('no_proxy', '');
    });
    afterEach(() => void vi.unstubAllEnvs());
    test('it is asked at api.github.com', async () => {
      const { of } = await doctor({ GITHUB_TOKEN: 'ghs_0123456789' }, '--repository=octo-org/shop');
      expect(of('github')?.found).toMatch(/^GitHub could not be reached at api\.github\.com \(/);
    });
  });
});

describe('Slack', () => {
  let slack: SlackServer;
  beforeAll(async () => {
    slack = await startSlackServer();
  });
  afterAll(() => slack.close());

  test('the address may end without its slash', async () => {
    const finding = await checkSlackToken(slack.token, slack.apiUrl.replace(/\/$/, ''), '#alerts', 5_000);
    expect(finding.status).toBe('ok');
    expect(slack.requests.at(-1)?.path).toBe('/api/auth.test');
  });

  test.each<[number, object, string, string]>([
    [
      200,
      { ok: false, error: 'token_revoked' },
      'Slack refused it: token_revoked',
      'install the Slack app again',
    ],
    [
      200,
      { ok: false, error: 'org_login_required' },
      'Slack refused it: org_login_required',
      'The documentation of auth.test',
    ],
    [503, {}, 'Slack refused it: status 503', 'The documentation of auth.test'],
  ])('%i %j', async (status, body, found, todo) => {
    slack.answerNext({ status, body });
    expect(await checkSlackToken(slack.token, slack.apiUrl, '#alerts', 5_000)).toMatchObject({
      status: 'failed',
      found,
      todo: expect.stringContaining(todo),
    });
  });

  test('an answer that does not say whose the token is', async () => {
    slack.answerNext({ status: 200, body: { ok: true } });
    expect((await checkSlackToken(slack.token, slack.apiUrl, '#alerts', 5_000)).found).toContain(
      'is valid: a bot in a workspace;',
    );
  });

  test('with a wrong API address the token goes nowhere, not even to Slack', async () => {
    const { of, exitCode } = await doctor({
      DEPLOY_GUARD_SLACK_TOKEN: slack.token,
      DEPLOY_GUARD_SLACK_API_URL: 'ftp://slack.example/',
    });
    expect(exitCode).toBe(1);
    expect(of('option/slack-api-url')?.status).toBe('failed');
    expect(of('slack/token')).toBeUndefined();
    expect(of('slack')).toBeUndefined();
  });
});

describe('mail', () => {
  test.each([
    [{ from: 'a@b.c', to: undefined }, /^Give --email-to, or/],
    [{ from: undefined, to: ['a@b.c'] }, /^Give --email-from, or/],
  ])('%j is not enough', async (addresses, todo) => {
    const server = await startSmtpSink();
    try {
      const smtp = { host: '127.0.0.1', port: server.port, tls: 'offered' as const };
      expect(await checkSmtp(smtp, addresses, 5_000, (text) => text)).toMatchObject({
        status: 'warning',
        todo: expect.stringMatching(todo),
      });
    } finally {
      await server.close();
    }
  });
});

describe('state', () => {
  const state = (path: string) =>
    checkState({ kind: 'file', path }, { mongodb: false, channels: true }, 'deploy_guard');

  test('`mongodb` without a connection string', async () => {
    const choice = { kind: 'mongodb' } as const;
    expect(await checkState(choice, { mongodb: false, channels: false }, 'x')).toMatchObject({
      status: 'failed',
      found: 'is `mongodb`, but there is no connection string',
    });
    expect(await checkState(choice, { mongodb: true, channels: false }, 'x')).toMatchObject({ status: 'ok' });
  });

  test('a file below a file can never be made', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    for (const path of [join(file, 'state.json'), join(file, 'more', 'state.json')])
      expect(await state(path)).toMatchObject({ status: 'failed', found: `${file} is not a folder` });
    expect((await state(join(folder, 'more', 'state.json'))).status).toBe('ok');
  });

  test.skipIf(process.platform === 'win32')('a file that may not be read', async () => {
    const open = mkdtempSync(join(tmpdir(), 'deploy-guard-doctor-open-'));
    try {
      execFileSync('chmod', ['755', open]);
      const path = join(open, 'state.json');
      writeFileSync(path, '{}', { mode: 0o000 });
      const finding = await withoutRights(() => state(path));
      expect(finding).toMatchObject({
        status: 'failed',
        found: expect.stringContaining('cannot be used: EACCES'),
      });
    } finally {
      rmSync(open, { recursive: true, force: true });
    }
  });
});

describe('guard file and options', () => {
  const config = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return `--config=${join(folder, name)}`;
  };

  test('a guard file that is valid, and whose channel counts', async () => {
    const slack = await startSlackServer();
    try {
      const { of } = await doctor(
        { DEPLOY_GUARD_SLACK_TOKEN: slack.token, DEPLOY_GUARD_SLACK_API_URL: slack.apiUrl },
        config('good.yml', "alerts: { slack-channel: '#alerts' }\n"),
      );
      expect(of('guard-file')).toMatchObject({ status: 'ok', found: expect.stringContaining('is valid') });
      expect(of('slack/token')).toMatchObject({ status: 'ok', found: expect.stringContaining('#alerts') });
    } finally {
      await slack.close();
    }
  });

  test.each([
    ['that is not there', '--config=nowhere.yml', 'no such file', 'Check the path'],
    [
      'without a hint',
      config('type.yml', 'environment: 5\n'),
      'expected string',
      'Fix the file at this place.',
    ],
  ])('one %s', async (_name, option, found, todo) => {
    const { of, exitCode } = await doctor({}, option);
    expect(exitCode).toBe(1);
    expect(of('guard-file')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining(found),
      todo: expect.stringContaining(todo),
    });
  });

  test.each([
    [
      'alerts: { channels: [slack, email, webhook, github-issue, log] }',
      ['slack', 'smtp', 'webhook', 'github'],
    ],
    ["alerts: { slack-channel: '#alerts' }", ['slack']],
    ['mongodb: { collections: [orders] }', ['mongodb']],
    ['alerts: { routes: [{ match: { type: x }, channels: [email] }] }', ['smtp']],
    // A route with its own webhook needs no other; its variable must be one that a run may expand.
    [
      'alerts: { routes: [{ match: { type: x }, channels: [slack], slack-webhook-url: "${URL}" }] }',
      ['guard-file/URL'],
    ],
    ['alerts: { channels: [log] }', []],
  ])('a guard file that counts on secrets which are not given is a failure: %s', async (text, failed) => {
    const { findings, exitCode } = await doctor({}, config('needs.yml', `${text}\n`));
    expect(findings.filter(({ status }) => status === 'failed').map(({ id }) => id)).toEqual(
      expect.arrayContaining(failed),
    );
    expect(findings.filter(({ status }) => status === 'failed')).toHaveLength(failed.length);
    expect(exitCode).toBe(failed.length > 0 ? 1 : 0);
    for (const id of failed)
      expect(findings.find((one) => one.id === id)?.todo).toMatch(/set DEPLOY_GUARD_|--guard-file-env/);
  });

  test('a variable of the guard file must be named by the input and be set', async () => {
    const option = config(
      'variables.yml',
      'targets: [{ url: "https://a.example/", bearer-token: "${API_TOKEN}" }]\n',
    );
    const named = '--guard-file-env=API_TOKEN';
    expect((await doctor({ API_TOKEN: 'x' }, option)).of('guard-file/API_TOKEN')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('`targets.0.bearer-token` uses `${API_TOKEN}`, which no run may expand'),
    });
    expect((await doctor({}, option, named)).of('guard-file/API_TOKEN')).toMatchObject({
      found: expect.stringContaining('which is not set'),
      todo: 'Set API_TOKEN.',
    });
    expect((await doctor({ API_TOKEN: 'x' }, option, named)).of('guard-file/API_TOKEN')).toBeUndefined();
  });

  test('options that are wrong are findings, and stop no other check', async () => {
    const { findings, exitCode } = await doctor(
      { MONGODB_URI: 'mongodb://127.0.0.1:1/shop?directConnection=true' },
      '--state=sqlite',
      '--state-database=a b',
      '--check-timeout=50ms',
    );
    expect(exitCode).toBe(1);
    expect(findings.filter(({ status }) => status === 'failed').map(({ id }) => id)).toEqual([
      'option/state',
      'option/state-database',
      'mongodb',
    ]);
  });

  test('what to write in place of a connection string stays readable', async () => {
    const { of } = await doctor({ MONGODB_URI: 'localhost:27017/shop' });
    expect(of('mongodb')).toMatchObject({
      status: 'failed',
      todo: 'Write mongodb://HOST:27017/DATABASE, and USER:PASSWORD@ before the host.',
    });
  });

  test('a connection string that is longer than any', async () => {
    const { of, out } = await doctor({ MONGODB_URI: `mongodb://h/${'x'.repeat(100_001)}` });
    expect(of('option/mongodb-uri')?.status).toBe('failed');
    // It was given, so nobody is told to give it.
    expect(of('mongodb')).toBeUndefined();
    expect(out).not.toContain('xxxxxxxxxx');
  });
});
