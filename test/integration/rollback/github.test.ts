import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { pullRequestComment } from '../../../src/github/comment.ts';
import { githubPermission, permissionIn } from '../../../src/github/permission.ts';
import { builtIn, Session } from './session.ts';

interface Comment {
  id: number;
  body: string;
  user: { login: string; type: string };
}

/** GitHub's API as far as it is asked. */
let server: Server;
let session: Session;
let permission: { status: number; body: object };
let environment: { status: number; body: object };
let comments: Comment[];
let asked: string[];
beforeEach(async () => {
  permission = {
    status: 200,
    body: { permission: 'admin', user: { login: 'Ann', permissions: { admin: true } } },
  };
  environment = { status: 404, body: {} };
  comments = [];
  asked = [];
  server = createServer(async (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const reply = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (path.endsWith('/permission')) return reply(permission.status, permission.body);
    if (path.includes('/environments/')) return reply(environment.status, environment.body);
    if (path === '/user' || path === '/graphql')
      return reply(403, { message: 'Resource not accessible by integration' });
    const body = await read(request);
    if (request.method === 'GET') return reply(200, comments);
    if (request.method === 'POST') {
      comments.push({
        id: comments.length + 1,
        body: body.body,
        user: { login: 'github-actions[bot]', type: 'Bot' },
      });
      return reply(201, comments.at(-1));
    }
    const comment = comments.find(({ id }) => path.endsWith(`/${id}`));
    if (!comment) return reply(404, {});
    comment.body = body.body;
    return reply(200, comment);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  session = new Session(inject('mongoUri'));
  await session.db.collection('orders').insertOne({ subscription_id: '`code`|<b>', email: 'a@b.c' });
});
afterEach(async () => {
  await session.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function read(request: IncomingMessage): Promise<{ body: string }> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return parts.length > 0 ? JSON.parse(Buffer.concat(parts).toString()) : { body: '' };
}

const source = () => ({
  token: 'ghs_token',
  repository: 'shop/api',
  apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
});
const run = { actor: 'ann', host: 'runner-a', repository: 'shop/api' };

describe('the actor’s permission', () => {
  const apply = (requiredPermission: 'admin' | 'maintain' | 'write' = 'admin') =>
    session.run(
      {
        operation: 'apply',
        steps: builtIn('19'),
        requiredPermission,
        githubEnvironment: 'production-rollback',
      },
      { run, permission: githubPermission(source()) },
    );

  test('an admin may', async () => {
    expect(await apply()).toMatchObject({ failed: false });
    expect(asked[0]).toBe('GET /repos/shop/api/collaborators/ann/permission token ghs_token');
  });

  test.each([
    [
      'too little',
      { status: 200, body: { permission: 'write', user: { login: 'ann', permissions: { push: true } } } },
      /ann has write permission on shop\/api; admin is required/,
    ],
    [
      'a token that may not ask',
      { status: 403, body: { message: 'Resource not accessible' } },
      /the token may not ask for permissions on shop\/api \(403\)[\s\S]*metadata: read/,
    ],
    ['a token that is not valid', { status: 401, body: {} }, /not valid \(401\)/],
    ['nobody', { status: 404, body: {} }, /does not see shop\/api, or ann is no user there/],
  ])('%s: nothing is written', async (_name, answer, message) => {
    permission = answer;
    await expect(apply()).rejects.toThrow(message);
    expect(await session.state.listCollections().toArray()).toEqual([]);
    expect(await session.db.collection('orders').countDocuments({ subscription_id: { $exists: true } })).toBe(
      1,
    );
  });

  test('an API that is silent does not hold the run up, nor its end', async () => {
    server.removeAllListeners('request');
    const limit = AbortSignal.timeout.bind(AbortSignal);
    const short = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => limit(200));
    await expect(apply()).rejects.toThrow(/could not be checked \(.*\): GitHub did not answer/);
    short.mockRestore();
    const stopped = new AbortController();
    setTimeout(() => stopped.abort(new Error('told to stop')), 200);
    const started = performance.now();
    const asking = githubPermission({ ...source(), signal: stopped.signal }).permissionOf('ann');
    await expect(asking).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(await session.state.listCollections().toArray()).toEqual([]);
  });

  test('without a token on GitHub nothing is written; outside of GitHub there is nobody to ask', async () => {
    const options = { operation: 'apply', steps: builtIn('19'), requiredPermission: 'admin' } as const;
    await expect(session.run(options, { run })).rejects.toThrow(/cannot be checked without a token/);
    expect(await session.run(options)).toMatchObject({
      failed: false,
      notices: ['no repository, so no permission was asked for'],
    });
  });

  test('plan asks nobody', async () => {
    await session.run(
      { operation: 'plan', steps: builtIn('19'), requiredPermission: 'admin' },
      { run, permission: githubPermission(source()) },
    );
    expect(asked).toEqual([]);
  });

  test('an environment without reviewers is told of, one with them is not', async () => {
    environment = { status: 200, body: { protection_rules: [{ type: 'wait_timer' }] } };
    expect((await apply()).notices?.join()).toContain('asks nobody for a review');
    expect(asked.join()).toContain('/environments/production-rollback ');
    environment = { status: 200, body: { protection_rules: [{ type: 'required_reviewers' }] } };
    expect((await apply()).notices).toEqual([]);
    environment = { status: 403, body: {} };
    expect((await apply()).notices).toEqual([]);
  });

  test.each([
    [{ permission: 'write', role_name: 'maintain' }, 'maintain'],
    [{ permission: 'read', role_name: 'our-own-role', user: { permissions: { push: true } } }, 'write'],
    [{ permission: 'none', user: null }, 'none'],
    [{}, 'none'],
  ])('%j is %s', (data, expected) => expect(permissionIn(data)).toBe(expected));
});

describe('the plan on the pull request', () => {
  const plan = () =>
    session.run(
      { operation: 'plan', steps: builtIn('19') },
      { dryRun: true, comment: pullRequestComment({ ...source(), pullRequest: 7, key: 'rollback test' }) },
    );

  test('is one comment, updated in place, in which values do nothing', async () => {
    await plan();
    await session.db.collection('orders').insertOne({ subscription_id: 2 });
    const second = await plan();
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain('<!-- deploy-guard:rollback test -->');
    expect(comments[0]?.body).toContain(second.rollback?.planDigest);
    expect(comments[0]?.body).toContain('| 19 | subscription-id | medium | 2 |');
    expect(comments[0]?.body).toContain('- `` sample orders');
    expect(asked.some((line) => line.startsWith('PATCH /repos/shop/api/issues/comments/1'))).toBe(true);
  });

  test('somebody else’s comment with the same mark is not touched', async () => {
    comments.push({
      id: 99,
      body: '<!-- deploy-guard:rollback test -->\nmine',
      user: { login: 'mallory', type: 'User' },
    });
    await plan();
    expect(comments.map(({ id, user }) => [id, user.type])).toEqual([
      [99, 'User'],
      [2, 'Bot'],
    ]);
    expect(comments[0]?.body).toContain('mine');
  });

  test('where it cannot be shown, the plan itself stands and says so', async () => {
    const comment = pullRequestComment({ ...source(), pullRequest: 7, key: 'rollback test' });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const result = await session.run({ operation: 'plan', steps: builtIn('19') }, { dryRun: true, comment });
    expect(result).toMatchObject({ failed: false, rollback: { steps: [{ matched: 1 }] } });
    expect(result.notices?.join()).toContain('could not be shown on the pull request');
  });
});
