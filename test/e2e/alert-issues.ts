import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedIssue {
  readonly title: string;
  readonly authorization: string | undefined;
}

/** As much of GitHub's API as opening one issue needs. */
export async function startIssues(issues: ReceivedIssue[]): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    response.setHeader('content-type', 'application/json');
    if (request.method === 'GET') {
      response.end('[]');
      return;
    }
    issues.push({ title: JSON.parse(body).title, authorization: request.headers.authorization });
    response.writeHead(201).end(JSON.stringify({ number: issues.length, state: 'open', body: '' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
