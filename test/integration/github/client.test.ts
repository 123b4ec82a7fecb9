import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pullRequestComment } from '../../../src/github/comment.ts';
import { githubPermission } from '../../../src/github/permission.ts';

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
  answer = (_request, response) => json(response, 200, { permission: 'write' });
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

test('another host that is redirected to does not get the token', async () => {
  const other = createServer((request, response) => {
    asked.push({
      line: `other ${request.url}`,
      host: request.headers.host,
      authorization: request.headers.authorization,
      body: '',
    });
    json(response, 200, { permission: 'read' });
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
  try {
    const place = `http://127.0.0.1:${(other.address() as AddressInfo).port}/there`;
    answer = (_request, response) => json(response, 302, {}, { location: place });
    const source = { token: 'ghs_x', repository: 'acme/shop', apiUrl: url };
    expect(await githubPermission(source).permissionOf('mona')).toBe('read');
    expect(asked.at(-1)).toMatchObject({ line: 'other /there', authorization: undefined });
  } finally {
    other.closeAllConnections();
    await new Promise((resolve) => other.close(resolve));
  }
});
