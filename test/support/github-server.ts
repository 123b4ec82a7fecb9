import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type IssueServer, startIssueServer, TOKEN } from '../integration/alert/issue-server.ts';

/** GitHub's REST API as far as the workflows ask it: permissions, issues, comments of pull requests. */
export interface GithubServer {
  readonly url: string;
  readonly token: string;
  /** what every actor holds */
  permission: 'admin' | 'write' | 'read';
  /** by name, the types of their protection rules; there are none at first */
  readonly environments: Map<string, string[]>;
  readonly issues: IssueServer['issues'];
  /** comments of pull requests, by number */
  readonly comments: Map<number, { id: number; body: string }[]>;
  close(): Promise<void>;
}

/** Starts it for the repository `example/shop`. */
export async function startGithubServer(): Promise<GithubServer> {
  const issueServer = await startIssueServer();
  const comments: GithubServer['comments'] = new Map();
  const environments: GithubServer['environments'] = new Map();
  const http = createServer(async (request, response) => {
    const reply = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const url = new URL(request.url ?? '/', 'http://localhost');
    const text = await read(request);
    if (request.headers.authorization !== `token ${TOKEN}`) return reply(401, { message: 'Bad credentials' });
    if (url.pathname.endsWith('/permission')) {
      const login = decodeURIComponent(/collaborators\/([^/]+)\//.exec(url.pathname)?.[1] ?? '');
      return reply(200, { permission: server.permission, role_name: server.permission, user: { login } });
    }
    if (url.pathname.includes('/environments/')) {
      const name = decodeURIComponent(url.pathname.split('/environments/')[1] ?? '');
      const rules = environments.get(name);
      if (rules === undefined) return reply(404, { message: 'Not Found' });
      return reply(200, { name, protection_rules: rules.map((type, id) => ({ id, type })) });
    }
    if (url.pathname === '/user' || url.pathname === '/graphql')
      return reply(403, { message: 'Resource not accessible by integration' });
    const pull = /^\/repos\/example\/shop\/issues\/(\d+)\/comments$/.exec(url.pathname)?.[1];
    // Issue 7 and above are the pull requests of the tests; the server of issues counts from 1.
    if (pull !== undefined && Number(pull) >= 7) {
      const found = comments.get(Number(pull)) ?? [];
      comments.set(Number(pull), found);
      const user = { login: 'github-actions[bot]', type: 'Bot' };
      if (request.method === 'GET')
        return reply(
          200,
          found.map((comment) => ({ ...comment, user })),
        );
      const comment = { id: 1_000 + found.length, body: (JSON.parse(text) as { body: string }).body };
      found.push(comment);
      return reply(201, { ...comment, user });
    }
    const edited = /^\/repos\/example\/shop\/issues\/comments\/(\d+)$/.exec(url.pathname)?.[1];
    if (edited !== undefined) {
      const comment = [...comments.values()].flat().find(({ id }) => id === Number(edited));
      if (!comment) return reply(404, { message: 'Not Found' });
      comment.body = (JSON.parse(text) as { body: string }).body;
      return reply(200, comment);
    }
    const path = (request.url ?? '').replace('/repos/example/shop/', '/repos/acme/shop/');
    const answer = await fetch(`${issueServer.url}${path}`, {
      method: request.method ?? 'GET',
      headers: { authorization: `token ${TOKEN}`, 'content-type': 'application/json' },
      ...(text === '' ? {} : { body: text }),
    });
    return reply(answer.status, await answer.json());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const server: GithubServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    token: TOKEN,
    permission: 'admin',
    environments,
    issues: issueServer.issues,
    comments,
    async close() {
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
      await issueServer.close();
    },
  };
  return server;
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
