import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pullRequestComment } from '../../../src/github/comment.ts';
import { githubPermission, permissionIn } from '../../../src/github/permission.ts';

/** GitHub's API, or a proxy before it: what it is asked is kept, and a test says how it answers. */
let server: Server;
let url: string;
let asked: { line: string; host: string | undefined; authorization: string | undefined; body: string }[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { host, authorization } = request.headers;
    asked.push({ line: `${request.method} ${request.url}`, host, authorization, body });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const json = (response: ServerResponse, status: number, body: unknown, headers: object = {}) =>
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify(body));

test('requests go through the proxy that the environment names, with or without its scheme', async () => {
  answer = (_request, response) => json(response, 200, { permission: 'write', user: { login: 'Mona' } });
  for (const proxy of [url, url.replace('http://', '')]) {
    vi.stubEnv('http_proxy', proxy);
    const source = { token: 'ghs_x', repository: 'acme/shop', apiUrl: 'http://github.invalid/api/v3' };
    expect(await githubPermission(source).permissionOf('mona')).toBe('write');
  }
  expect(asked).toHaveLength(2);
  for (const { line, host, authorization } of asked) {
    // The path of a GitHub Enterprise server stays.
    expect(line).toMatch(
      /^GET (http:\/\/github\.invalid)?\/api\/v3\/repos\/acme\/shop\/collaborators\/mona\/permission$/,
    );
    expect(host).toBe('github.invalid');
    expect(authorization).toBe('token ghs_x');
  }
});

test('a renamed repository is followed, with the method and the body', async () => {
  answer = (request, response) => {
    if (request.url === '/user') return json(response, 403, { message: 'no' });
    if (request.url?.startsWith('/repos/'))
      return json(
        response,
        request.method === 'GET' ? 301 : 307,
        {},
        { location: `${url}/repositories/7${request.url.slice('/repos/acme/old'.length)}` },
      );
    return json(response, request.method === 'GET' ? 200 : 201, request.method === 'GET' ? [] : { id: 1 });
  };
  const show = pullRequestComment({
    token: 'ghs_x',
    repository: 'acme/old',
    apiUrl: url,
    pullRequest: 5,
    key: 'k',
  });
  await show('the plan');
  const last = asked.at(-1);
  expect(last?.line).toBe('POST /repositories/7/issues/5/comments');
  expect(last?.authorization).toBe('token ghs_x');
  expect(JSON.parse(last?.body ?? '{}').body).toContain('the plan');
});

test('another origin that GitHub redirects to gets no request, and its answer does not count', async () => {
  const other = createServer((request, response) => {
    asked.push({
      line: `other ${request.url}`,
      host: request.headers.host,
      authorization: request.headers.authorization,
      body: '',
    });
    json(response, 200, { permission: 'admin', user: { login: 'mona' } });
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
  try {
    const place = `http://127.0.0.1:${(other.address() as AddressInfo).port}/there`;
    answer = (_request, response) => json(response, 302, {}, { location: place });
    const source = { token: 'ghs_x', repository: 'acme/shop', apiUrl: url };
    await expect(githubPermission(source).permissionOf('mona')).rejects.toThrow(/another origin/);
    expect(asked).toHaveLength(1);
  } finally {
    other.closeAllConnections();
    await new Promise((resolve) => other.close(resolve));
  }
});

test.each([{ login: 'mallory' }, { login: undefined }, null, undefined])(
  'a permission of the user %j is not that of the user who was asked for',
  async (user) => {
    answer = (_request, response) =>
      json(response, 200, { permission: 'admin', user: user && { ...user, permissions: { admin: true } } });
    const source = { token: 'ghs_x', repository: 'acme/shop', apiUrl: url };
    await expect(githubPermission(source).permissionOf('mona')).rejects.toThrow(/another user/);
  },
);

test.each([
  ['missing', undefined],
  ['cut off', '{"pull_request": {'],
  ['a folder', ''],
])('the client is loaded whatever the event file is: %s', async (name, content) => {
  const folder = await mkdtemp(join(tmpdir(), 'deploy-guard-event-'));
  const path = join(folder, 'event.json');
  if (name === 'a folder') await mkdir(path);
  else if (content !== undefined) await writeFile(path, content);
  const client = new URL('../../../src/github/client.ts', import.meta.url).href;
  const script = `await import(${JSON.stringify(client)}); console.log(process.env.GITHUB_EVENT_PATH)`;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { env: { ...process.env, GITHUB_EVENT_PATH: path } },
  );
  await rm(folder, { recursive: true });
  // Others find it as it was.
  expect(stdout.trim()).toBe(path);
  expect(stderr).toBe('');
});

describe('the comment on a pull request', () => {
  interface Comment {
    id: number;
    body: string;
    user: { login: string; type: string } | null;
  }
  const MARK = '<!-- deploy-guard:k -->';
  const by = (id: number, login: string, type: string, body = `${MARK}\nold`): Comment => ({
    id,
    body,
    user: { login, type },
  });
  /** Shows a text where these comments are, asked for by somebody or by the workflow's own token. */
  async function show(comments: Comment[], login: string | undefined, text = 'the plan') {
    answer = (request, response) => {
      const place = new URL(request.url ?? '', url);
      if (place.pathname === '/user')
        return login === undefined || login.endsWith('[bot]')
          ? json(response, 403, {})
          : json(response, 200, { login });
      if (place.pathname === '/graphql')
        return login === undefined
          ? json(response, 403, {})
          : json(response, 200, { data: { viewer: { login } } });
      const page = Number(place.searchParams.get('page'));
      if (request.method === 'GET') return json(response, 200, comments.slice((page - 1) * 100, page * 100));
      return json(response, 200, { id: 1 });
    };
    const source = { token: 'ghs_x', repository: 'acme/shop', apiUrl: url };
    await pullRequestComment({ ...source, pullRequest: 5, key: 'k' })(text);
    const { line = '', body = '' } = asked.at(-1) ?? {};
    return { line, body: (JSON.parse(body) as { body: string }).body };
  }
  const filler = (amount: number) =>
    Array.from({ length: amount }, (_value, index) => by(index + 1, 'mona', 'User', 'hello'));

  test.each([
    ['the workflow’s own token: a bot’s', undefined, 2],
    ['a user’s token: that user’s', 'lisa', 3],
    ['the token of an app: that app’s', 'our-app[bot]', 5],
  ])('with the mark that anyone can write, only our own is changed; %s', async (_name, login, id) => {
    const comments = [by(1, 'mona', 'User'), by(2, 'github-actions[bot]', 'Bot'), by(3, 'lisa', 'User')];
    // Other bots of the repository write what pull requests make them write.
    comments.unshift(by(4, 'dependabot[bot]', 'Bot'));
    comments.push(by(5, 'our-app[bot]', 'Bot'));
    expect((await show(comments, login)).line).toBe(`PATCH /repos/acme/shop/issues/comments/${id}`);
  });

  test('one of nobody’s is not ours', async () => {
    const ghost: Comment = { id: 1, body: `${MARK}\nold`, user: null };
    for (const login of [undefined, 'lisa'])
      expect((await show([ghost], login)).line).toBe('POST /repos/acme/shop/issues/5/comments');
  });

  test('environments whose names differ in one letter of any alphabet have a comment each', async () => {
    const marks = new Set<string>();
    const keys = [
      'rollback prod-ä',
      'rollback prod-ö',
      'rollback prod-_',
      'rollback 生产',
      'rollback 测试',
      'a-->b',
    ];
    for (const key of keys) {
      answer = (request, response) => json(response, 200, request.method === 'GET' ? [] : { id: 1 });
      const source = { token: 'ghs_x', repository: 'acme/shop', apiUrl: url };
      await pullRequestComment({ ...source, pullRequest: 5, key })('the plan');
      const { body } = JSON.parse(asked.at(-1)?.body ?? '{}') as { body: string };
      const mark = body.split('\n')[0] ?? '';
      // Closed once, at its end.
      expect(mark.indexOf('-->')).toBe(mark.length - 3);
      marks.add(mark);
    }
    expect(marks.size).toBe(keys.length);
  });

  test('the mark of another bot does not keep the plan from being posted', async () => {
    const other = by(4, 'dependabot[bot]', 'Bot');
    expect((await show([other], undefined)).line).toBe('POST /repos/acme/shop/issues/5/comments');
  });

  test('while GitHub does not say who the token is, nothing is written', async () => {
    answer = (request, response) => json(response, request.url === '/user' ? 502 : 200, []);
    const source = { token: 'ghs_x', repository: 'acme/shop', apiUrl: url };
    await expect(pullRequestComment({ ...source, pullRequest: 5, key: 'k' })('text')).rejects.toThrow();
    expect(asked.map(({ line }) => line)).toEqual(['GET /user']);
  });

  test('is found behind a hundred others; no further page is asked for than there is', async () => {
    const own = by(500, 'github-actions[bot]', 'Bot');
    expect((await show([...filler(100), own], undefined)).line).toMatch(/^PATCH .*\/500$/);
    asked.length = 0;
    expect((await show(filler(99), undefined)).line).toMatch(/^POST /);
    expect(asked.filter(({ line }) => line.includes('page='))).toHaveLength(1);
  });

  test('is cut where GitHub would refuse it, and says so', async () => {
    const { body } = await show([], undefined, 'x'.repeat(70_000));
    expect(body).toHaveLength(65_000);
    expect(body.startsWith(`${MARK}\nxxx`)).toBe(true);
    expect(body.endsWith('x\n\n… cut; the job summary shows all of it.')).toBe(true);
    const whole = 'x'.repeat(65_000 - MARK.length - 1);
    expect((await show([], undefined, whole)).body).toBe(`${MARK}\n${whole}`);
  });
});

describe('what somebody may do, by GitHub’s answer', () => {
  const flags = (...names: string[]) => ({
    permission: 'write',
    role_name: 'releasers',
    user: { permissions: Object.fromEntries(names.map((name) => [name, true])) },
  });
  test.each([
    [flags('admin', 'maintain', 'push', 'triage', 'pull'), 'admin'],
    [flags('maintain', 'push', 'triage', 'pull'), 'maintain'],
    [flags('push', 'triage', 'pull'), 'write'],
    [flags('triage', 'pull'), 'triage'],
    [flags('pull'), 'read'],
    // Without flags the names count; one of the organisation's own making says nothing.
    [flags(), 'write'],
    [{ permission: 'read', role_name: 'maintain', user: null }, 'maintain'],
    [{ permission: 'owner', role_name: 'releasers' }, 'none'],
    [{}, 'none'],
    // Only `true` itself grants.
    [{ permission: 'read', user: { permissions: { admin: 'false', push: 1, pull: 'true' } } }, 'read'],
  ] as const)('%j: %s', (data, expected) => expect(permissionIn(data)).toBe(expected));
});
