import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StoredIssue {
  number: number;
  title: string;
  body: string;
  labels: string[];
  state: 'open' | 'closed';
  state_reason: string | null;
  comments: string[];
  /** Who opened it: the workflow's bot if not given. */
  user?: { login: string };
}

/** What GitHub's REST API does for issues, as far as the channel uses it. */
export interface IssueServer {
  readonly url: string;
  readonly issues: StoredIssue[];
  readonly requests: string[];
  /** Each request takes one; it is answered in place of the ordinary answer. */
  readonly answers: { status: number; body?: object; headers?: Record<string, string> }[];
  /** Waits before it answers, so that runs get into each other's route. */
  delayMs: number;
  close(): Promise<void>;
}

export const TOKEN = 'ghs_testtokentesttoken';

export async function startIssueServer(): Promise<IssueServer> {
  const issues: StoredIssue[] = [];
  const requests: string[] = [];
  const answers: IssueServer['answers'] = [];
  const http: Server = createServer(async (request, response) => {
    const body = await read(request);
    const url = new URL(request.url ?? '/', 'http://localhost');
    // Who the token is: a workflow's may not ask.
    if (url.pathname === '/user' || url.pathname.endsWith('/graphql'))
      return void response.writeHead(403, { 'content-type': 'application/json' }).end('{}');
    requests.push(`${request.method} ${url.pathname}`);
    if (server.delayMs > 0)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * server.delayMs));
    const given = answers.shift();
    const answer =
      given ??
      (request.headers.authorization === `token ${TOKEN}`
        ? handle(request.method ?? '', url, body)
        : { status: 401, body: { message: 'Bad credentials' } });
    response
      .writeHead(answer.status, { 'content-type': 'application/json', ...given?.headers })
      .end(JSON.stringify(answer.body ?? {}));
  });

  const handle = (
    method: string,
    url: URL,
    body: Record<string, unknown>,
  ): { status: number; body?: unknown } => {
    const [, , owner, repo, , number, comments] = url.pathname.split('/');
    if (owner !== 'acme' || repo !== 'shop') return { status: 404, body: { message: 'Not Found' } };
    if (number === undefined && method === 'GET') {
      const label = url.searchParams.get('labels') ?? '';
      const page = Number(url.searchParams.get('page') ?? 1);
      const size = Number(url.searchParams.get('per_page') ?? 30);
      const found = issues.filter(({ state, labels }) => state === 'open' && labels.includes(label));
      return { status: 200, body: found.slice((page - 1) * size, page * size) };
    }
    if (number === undefined) {
      const issue: StoredIssue = {
        number: issues.length + 1,
        title: String(body.title),
        body: String(body.body),
        labels: body.labels as string[],
        state: 'open',
        state_reason: null,
        comments: [],
        user: { login: 'github-actions[bot]' },
      };
      issues.push(issue);
      return { status: 201, body: issue };
    }
    const issue = issues.find((one) => one.number === Number(number));
    if (!issue) return { status: 404, body: { message: 'Not Found' } };
    if (comments !== undefined) {
      issue.comments.push(String(body.body));
      return { status: 201, body: { id: 1 } };
    }
    if (method === 'PATCH') {
      issue.state = body.state as StoredIssue['state'];
      issue.state_reason = (body.state_reason as string | undefined) ?? null;
    }
    return { status: 200, body: issue };
  };

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', () => resolve()));
  const server: IssueServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    issues,
    requests,
    answers,
    delayMs: 0,
    async close() {
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
  return server;
}

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : JSON.parse(text);
}
