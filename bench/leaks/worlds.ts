import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { createMonitor } from '../../src/monitor/index.ts';
import { REPORT_SCHEMA } from '../../src/report/schema.ts';
import { type ActionResult, runAction } from '../../test/support/action.ts';
import { runCli } from '../../test/support/cli.ts';
import { freshDatabaseName } from '../../test/support/mongo.ts';
import { seedDatabase } from '../../test/support/seed-data.ts';
import { startSmtpSink } from '../../test/support/smtp-sink.ts';
import { ENVIRONMENT_SECRETS, encoded, GUARD_SECRETS, INPUT_SECRETS, secretOf } from './secrets.ts';
import type { Servers } from './servers.ts';

/** What a world has to work with. */
export interface Ground {
  readonly servers: Servers;
  readonly mongoUri: string;
  /** an empty folder of this world's own */
  readonly folder: string;
}

/** Every text that a world left behind, by its place. */
export type Places = Record<string, string>;

export interface World {
  readonly name: string;
  /** The secrets that are in it, beside those of the environment, which are in each. */
  readonly secrets: readonly string[];
  run(ground: Ground): Promise<Places>;
}

const quick = {
  'wait-timeout': '100ms',
  timeout: '800ms',
  interval: '1ms',
  samples: '2',
  warmup: '0',
  state: 'none',
};

/** The environment of a job that has far too many secrets. The proxies are in a world of their own. */
export function environment(): Record<string, string> {
  const env: Record<string, string> = { ACTIONS_STEP_DEBUG: 'true', RUNNER_DEBUG: '1' };
  for (const name of ENVIRONMENT_SECRETS) {
    if (name.endsWith('_PROXY')) continue;
    if (name === 'MONGODB_URI' || name === 'DATABASE_URL' || name === 'REDIS_URL')
      env[name] = `mongodb://app:${encoded(name)}@127.0.0.1:1/shop`;
    else env[name] = secretOf(name);
  }
  return env;
}

const withUser = (origin: string, name: string, path = '/') =>
  `${origin.replace('://', `://user:${encoded(name)}@`)}${path}?key=${encoded(`${name}-query`)}`;

/** What a run of the action wrote, without the masks that must hold the secrets. */
async function placesOf(run: ActionResult, folder: string): Promise<Places> {
  const places: Places = {
    stdout: run.stdout.replace(/^::add-mask::.*$/gm, ''),
    stderr: run.stderr,
    summary: run.summary,
    report: JSON.stringify(run.report ?? null),
  };
  for (const [name, value] of Object.entries(run.outputs)) places[`output ${name}`] = value;
  for (const file of await readdir(folder)) {
    if (file === 'given') continue;
    places[`file ${file}`] = await readFile(join(folder, file), 'utf8').catch(() => '');
  }
  return places;
}

async function act(
  ground: Ground,
  inputs: Record<string, string>,
  options: {
    env?: Record<string, string>;
    guard?: string;
    event?: { name: string; payload?: unknown; ref?: string };
    api?: string;
  } = {},
): Promise<Places> {
  const { folder, servers } = ground;
  const given = join(folder, 'given');
  await mkdir(given, { recursive: true });
  const config: Record<string, string> = {};
  if (options.guard !== undefined) {
    config.config = join(given, 'guard.yml');
    await writeFile(config.config, options.guard);
  }
  const run = await runAction({
    inputs: {
      'github-token': secretOf('github-token'),
      'report-html': join(folder, 'report.html'),
      ...config,
      ...inputs,
    },
    env: { ...environment(), GITHUB_API_URL: options.api ?? servers.echo, NODE_DEBUG: '', ...options.env },
    timeoutMs: 120_000,
    ...(options.event ? { event: options.event } : {}),
  });
  return placesOf(run, folder);
}

async function pastedReport({ folder }: Ground, names: readonly string[]): Promise<string> {
  const at = '2026-01-27T20:00:00.000Z';
  const checks = names.map((name, index) => ({
    id: `api/${index}`,
    kind: 'http',
    target: 'api',
    metric: 'http_req_failed',
    observed: 1,
    unit: '',
    threshold: 'rate==0',
    samples: 10,
    attempts: 10,
    verdict: 'fail',
    // A report of another run may hold what this run was given.
    reason: `refused ${secretOf(name)} and ${encoded(name)}`,
    hint: `see ${JSON.stringify(secretOf(name))}`,
  }));
  const given = join(folder, 'given');
  await mkdir(given, { recursive: true });
  const path = join(given, 'report.json');
  await writeFile(
    path,
    JSON.stringify({
      schema: REPORT_SCHEMA,
      mode: 'verify',
      environment: 'production',
      dryRun: false,
      startedAt: at,
      finishedAt: at,
      verdict: 'fail',
      cause: `said ${names.map(secretOf).join(' ')}`,
      checks,
      alerts: [],
    }),
  );
  return path;
}

/** Every document of every collection: what is added to the state is searched without being named here. */
async function everyDocument(
  uri: string,
  database: string,
  leaveOut: readonly string[] = [],
): Promise<Places> {
  const client = new MongoClient(uri);
  try {
    const places: Places = {};
    for (const { name } of await client.db(database).listCollections().toArray()) {
      if (leaveOut.includes(name)) continue;
      places[`collection ${name}`] = JSON.stringify(
        await client.db(database).collection(name).find().limit(5_000).toArray(),
      );
    }
    return places;
  } finally {
    await client.close();
  }
}

async function dropDatabases(uri: string, ...names: string[]): Promise<void> {
  const client = new MongoClient(uri);
  for (const name of names)
    await client
      .db(name)
      .dropDatabase()
      .catch(() => undefined);
  await client.close();
}

const under = (name: string, places: Places): Places =>
  Object.fromEntries(Object.entries(places).map(([place, text]) => [`${name}: ${place}`, text]));

const GUARD_NAMES = Object.keys(GUARD_SECRETS);

const VERIFY_SECRETS = INPUT_SECRETS.filter((name) => !/slack|smtp|webhook/.test(name));
const ALERT_SECRETS = ['slack-webhook-url', 'webhook-url', 'webhook-secret', 'smtp-url', 'github-token'];

/** The mail server that takes everything has no password. */
const ACCEPTED_SECRETS = [...ALERT_SECRETS.filter((name) => name !== 'smtp-url'), 'GUARD_SLACK'];

export const WORLDS: readonly World[] = [
  {
    name: 'verify, everything refused and said back',
    secrets: VERIFY_SECRETS,
    run: (ground) => {
      const { echo } = ground.servers;
      return act(ground, {
        ...quick,
        mode: 'verify',
        targets: `api=${withUser(echo, 'targets')}`,
        'control-target': withUser(echo, 'control-target'),
        'health-base-url': withUser(echo, 'health-base-url', '/base'),
        'prometheus-url': withUser(echo, 'prometheus-url', '/ok/metrics'),
        headers: `X-Api-Key: ${secretOf('headers')}\nCookie: session=${secretOf('headers-second')}`,
        'bearer-token': secretOf('bearer-token'),
        'expected-version': '1.2.3',
        'mongodb-uri': `mongodb://app:${encoded('mongodb-uri')}@127.0.0.1:1/shop?serverSelectionTimeoutMS=300&tlsCertificateKeyFilePassword=${encoded('mongodb-uri')}`,
      });
    },
  },
  {
    name: 'verify by the guard file: versions, redirects, timeouts, TLS that fails',
    secrets: [...GUARD_NAMES, 'github-token'],
    run: (ground) => {
      const { echo } = ground.servers;
      const env = Object.fromEntries(GUARD_NAMES.map((name) => [name, secretOf(name)]));
      const at = (path: string) =>
        `${echo.replace('://', '://${GUARD_USER_PAIR}@')}${path}?key=\${GUARD_QUERY_VALUE}`;
      const headers = `headers: { X-Key: "\${GUARD_HEADER}", Cookie: "a=\${GUARD_HEADER_COOKIE}" }`;
      const guard = `targets:
  - "line=${echo}/ok?token=\${GUARD_LINE_VALUE}"
  - { name: version, url: "${at('/ok')}", ${headers}, version: { expected: "1" }, expect: { json: { /message: x }, headers: { x-said: { is: y } } } }
  - { name: redirected, url: "${at('/redirect')}", bearer-token: "\${GUARD_BEARER}", redirects: 3 }
  - { name: hanging, url: "${at('/hang')}", basic-auth: "user:\${GUARD_BASIC}" }
  - { name: tls, url: "${echo.replace('http:', 'https:')}/?u=\${GUARD_URL_VALUE}", ${headers} }
  - { name: posted, url: "${echo}/ok", method: POST, body: '{"password": "\${GUARD_BODY}"}', version: { expected: "1" } }
`;
      const urls = {
        GUARD_USER_PAIR: `user:${encoded('GUARD_TARGET_USER')}`,
        GUARD_QUERY_VALUE: encoded('GUARD_TARGET_QUERY'),
        GUARD_LINE_VALUE: encoded('GUARD_TARGET_LINE'),
        GUARD_URL_VALUE: encoded('GUARD_TARGET_URL'),
      };
      return act(ground, { ...quick, mode: 'verify' }, { guard, env: { ...env, ...urls } });
    },
  },
  {
    name: 'verify through proxies that refuse and say back what they were sent',
    secrets: ['targets', 'targets-query', 'headers', 'HTTP_PROXY', 'HTTPS_PROXY'],
    run: (ground) => {
      const { proxy } = ground.servers;
      const through = (name: string) => proxy.replace('://', `://user:${encoded(name)}@`);
      return act(
        ground,
        {
          ...quick,
          mode: 'verify',
          targets: `plain=${withUser('http://service.example', 'targets')}\ntls=https://service.example/`,
          headers: `X-Api-Key: ${secretOf('headers')}`,
          'expected-version': '1',
          'expected-status': '200-599',
        },
        {
          env: {
            HTTP_PROXY: through('HTTP_PROXY'),
            HTTPS_PROXY: through('HTTPS_PROXY'),
            ALL_PROXY: through('ALL_PROXY'),
          },
        },
      );
    },
  },
  {
    name: 'alert, every channel refuses',
    secrets: ALERT_SECRETS,
    run: async (ground) => {
      const { echo, smtpPort } = ground.servers;
      return act(ground, {
        mode: 'alert',
        state: `file:${join(ground.folder, 'state.json')}`,
        'from-report': await pastedReport(ground, ALERT_SECRETS),
        channels: 'slack,email,github-issue,webhook,log',
        'slack-webhook-url': `${echo}/services/T0/B0/${encoded('slack-webhook-url')}`,
        'smtp-url': `smtp+starttls://user:${encoded('smtp-url')}@127.0.0.1:${smtpPort}`,
        'email-from': 'a@example.com',
        'email-to': 'b@example.com',
        'webhook-url': `${echo}/hook?token=${encoded('webhook-url')}`,
        'webhook-secret': secretOf('webhook-secret'),
      });
    },
  },
  {
    name: 'alert by tokens, refused',
    secrets: ['slack-token', 'smtp-oauth-token', 'smtp-oauth-client-secret', 'smtp-oauth-refresh-token'],
    run: async (ground) => {
      const { echo, smtpPort } = ground.servers;
      const slack = {
        'slack-token': secretOf('slack-token'),
        'slack-channel': '#deployments',
        'slack-api-url': `${echo}/api/`,
      };
      const mail = { 'email-from': 'a@example.com', 'email-to': 'b@example.com' };
      const first = await act(ground, {
        ...slack,
        ...mail,
        mode: 'alert',
        state: 'none',
        title: 't',
        message: `pasted ${secretOf('slack-token')}`,
        'smtp-url': `smtp+starttls://user@127.0.0.1:${smtpPort}?oauth2-access-token=${encoded('smtp-oauth-token')}`,
      });
      const refresh = `oauth2-client-id=id&oauth2-client-secret=${encoded('smtp-oauth-client-secret')}&oauth2-refresh-token=${encoded('smtp-oauth-refresh-token')}&oauth2-token-url=${encodeURIComponent(`${echo}/token`)}`;
      return {
        ...first,
        ...under(
          'refresh',
          await act(ground, {
            ...mail,
            mode: 'alert',
            state: 'none',
            title: 't',
            'smtp-url': `smtps://user@127.0.0.1:${smtpPort}?${refresh}`,
          }),
        ),
      };
    },
  },
  {
    name: 'alert, every channel accepts a report full of secrets; the history is kept in MongoDB',
    secrets: ACCEPTED_SECRETS,
    run: async (ground) => {
      const { accepts, bodies } = ground.servers;
      bodies.clear();
      const sink = await startSmtpSink();
      const database = freshDatabaseName('leaks');
      const guard = `alerts:\n  routes:\n    - { match: { source: api }, channels: [slack, email, github-issue, webhook, log], slack-webhook-url: "\${GUARD_SLACK}" }\n`;
      try {
        const places = await act(
          ground,
          {
            mode: 'alert',
            'mongodb-uri': ground.mongoUri,
            'mongodb-database': database,
            'state-database': database,
            'from-report': await pastedReport(ground, ACCEPTED_SECRETS),
            channels: 'slack,email,github-issue,webhook,log',
            'slack-webhook-url': `${accepts}/services/T0/B0/${encoded('slack-webhook-url')}`,
            'smtp-url': sink.url,
            'email-from': 'a@example.com',
            'email-to': 'b@example.com',
            'webhook-url': `${accepts}/hook?token=${encoded('webhook-url')}`,
            'webhook-secret': secretOf('webhook-secret'),
            labels: `pasted=${secretOf('webhook-secret')}`,
            'github-token': secretOf('github-token'),
            environment: 'production',
            source: '',
          },
          {
            guard,
            env: { GUARD_SLACK: `${accepts}/services/T0/B0/${encoded('GUARD_SLACK')}` },
            api: accepts,
          },
        );
        const sent: Places = {
          'channel slack': (bodies.get('slack') ?? []).join('\n'),
          'channel webhook': (bodies.get('webhook') ?? []).join('\n'),
          'channel github-issue': (bodies.get('github') ?? []).join('\n'),
          'channel email': sink.messages
            .map(({ raw, parsed }) => `${raw}\n${parsed.text}\n${parsed.html}`)
            .join('\n'),
          'channel log': places.stdout ?? '',
        };
        return { ...places, ...sent, ...(await everyDocument(ground.mongoUri, database)) };
      } finally {
        await sink.close();
        await dropDatabases(ground.mongoUri, database);
      }
    },
  },
  {
    name: 'bad input beside every secret',
    secrets: [
      'targets',
      'headers',
      'mongodb-uri',
      'slack-webhook-url',
      'smtp-url',
      'webhook-url',
      'GUARD_BEARER',
    ],
    run: async (ground) => ({
      ...(await act(
        ground,
        {
          mode: 'verify',
          targets: `no url ${encoded('targets')}\nftp://user:${encoded('targets')}@host/`,
          headers: `not a header ${secretOf('headers')}`,
          'mongodb-uri': `mongodb://app:${secretOf('mongodb-uri')}@@host/shop`,
          samples: 'many',
        },
        {
          guard: 'targets:\n  - { url: "${GUARD_BEARER}", bearer-token: "${GUARD_BEARER}", wrong: 1 }\n',
          env: { GUARD_BEARER: secretOf('GUARD_BEARER') },
        },
      )),
      ...under(
        'alert',
        await act(ground, {
          mode: 'alert',
          title: 'x',
          'slack-webhook-url': `ftp://${secretOf('slack-webhook-url')}`,
          'smtp-url': `smtp://user:${secretOf('smtp-url')}@`,
          'webhook-url': `x:${secretOf('webhook-url')}`,
          'slack-token': secretOf('slack-token'),
        }),
      ),
      ...under(
        'unset',
        await act(
          ground,
          { ...quick, mode: 'verify', 'mongodb-uri': `mongodb://app:${encoded('mongodb-uri')}@127.0.0.1:1` },
          {
            guard:
              'targets:\n  - { url: "https://a.example/${MISSING}", headers: { a: "${GUARD_HEADER}\\n" } }\n',
            env: { GUARD_HEADER: `${secretOf('GUARD_HEADER')}\u0001` },
          },
        ),
      ),
    }),
  },
  {
    name: 'rollback: plan on a pull request, apply, status, history, restore, unlock, on a real database',
    secrets: ['github-token'],
    run: async (ground) => {
      const { accepts, bodies } = ground.servers;
      const database = freshDatabaseName('shop');
      const state = freshDatabaseName('guard');
      const client = new MongoClient(ground.mongoUri);
      await seedDatabase(client.db(database), { orders: 60, seed: 1 });
      await client.close();
      bodies.clear();
      const inputs = {
        mode: 'rollback',
        'mongodb-uri': ground.mongoUri,
        'mongodb-database': database,
        'state-database': state,
        environment: 'production',
      };
      const places: Places = {};
      try {
        Object.assign(
          places,
          under(
            'plan',
            await act(
              ground,
              { ...inputs, operation: 'plan', steps: '19,20' },
              {
                api: accepts,
                event: {
                  name: 'pull_request',
                  ref: 'refs/pull/7/merge',
                  payload: { pull_request: { number: 7 } },
                },
              },
            ),
          ),
        );
        places['pull request comment'] = (bodies.get('github') ?? []).join('\n');
        for (const [operation, more] of [
          ['apply', { steps: '19' }],
          ['status', {}],
          ['history', {}],
          ['restore', {}],
          ['unlock', { confirm: 'x' }],
          ['resume', {}],
          ['purge', {}],
        ] as const) {
          Object.assign(
            places,
            under(operation, await act(ground, { ...inputs, operation, ...more }, { api: accepts })),
          );
        }
        Object.assign(
          places,
          under('refused', await act(ground, { ...inputs, operation: 'apply', steps: '19' })),
        );
        return { ...places, ...(await everyDocument(ground.mongoUri, state)) };
      } finally {
        await dropDatabases(ground.mongoUri, database, state);
      }
    },
  },
  {
    name: 'rollback, with a database that does not answer',
    secrets: ['mongodb-uri', 'github-token'],
    run: (ground) =>
      act(ground, {
        mode: 'rollback',
        operation: 'apply',
        steps: '19',
        'mongodb-uri': `mongodb://app:${encoded('mongodb-uri')}@127.0.0.1:1/shop?serverSelectionTimeoutMS=300&proxyHost=127.0.0.1&proxyPort=1&proxyUsername=u&proxyPassword=${encoded('mongodb-uri')}`,
      }),
  },
  {
    name: 'a fault in the background: an error that nobody awaits, with the connection string in it',
    secrets: ['mongodb-uri'],
    run: async (ground) => {
      const given = join(ground.folder, 'given');
      await mkdir(given, { recursive: true });
      const fault = join(given, 'fault.mjs');
      await writeFile(
        fault,
        `setTimeout(() => { Promise.reject(new Error('lost ' + process.env['INPUT_MONGODB-URI'] + '\\n::error::forged')); }, 600);\n`,
      );
      return act(
        ground,
        {
          ...quick,
          mode: 'verify',
          targets: `${ground.servers.echo}/hang`,
          'initial-delay': '5s',
          'mongodb-uri': `mongodb://app:${encoded('mongodb-uri')}@127.0.0.1:1/shop`,
        },
        { env: { NODE_OPTIONS: `--import ${fault}` } },
      );
    },
  },
  {
    name: 'the command line: verify, alert, doctor, checklist and init',
    secrets: [
      'targets',
      'targets-query',
      'headers',
      'bearer-token',
      'slack-webhook-url',
      'smtp-url',
      'webhook-url',
      'webhook-secret',
      'github-token',
      'mongodb-uri',
    ],
    run: async (ground) => {
      const { echo, smtpPort } = ground.servers;
      const variables = {
        TARGETS: `api=${withUser(echo, 'targets')}`,
        HEADERS: `X-Api-Key: ${secretOf('headers')}`,
        BEARER_TOKEN: secretOf('bearer-token'),
        SLACK_WEBHOOK_URL: `${echo}/services/T0/B0/${encoded('slack-webhook-url')}`,
        SMTP_URL: `smtp+starttls://user:${encoded('smtp-url')}@127.0.0.1:${smtpPort}`,
        EMAIL_FROM: 'a@example.com',
        EMAIL_TO: 'b@example.com',
        WEBHOOK_URL: `${echo}/hook?token=${encoded('webhook-url')}`,
        WEBHOOK_SECRET: secretOf('webhook-secret'),
        GITHUB_TOKEN: secretOf('github-token'),
        MONGODB_URI: `mongodb://app:${encoded('mongodb-uri')}@127.0.0.1:1/shop?serverSelectionTimeoutMS=300`,
        WAIT_TIMEOUT: '100ms',
        SAMPLES: '1',
        WARMUP: '0',
        TIMEOUT: '500ms',
      };
      const env: Record<string, string> = {
        ...environment(),
        GITHUB_API_URL: echo,
        GITHUB_REPOSITORY: 'octo-org/shop',
        ...Object.fromEntries(
          Object.entries(variables).map(([name, value]) => [`DEPLOY_GUARD_${name}`, value]),
        ),
      };
      const places: Places = {};
      const lines = [
        [
          'verify',
          '--verbose',
          '--samples',
          '1',
          '--warmup',
          '0',
          '--wait-timeout',
          '100ms',
          '--timeout',
          '500ms',
          '--state',
          'none',
          '--report-path',
          join(ground.folder, 'cli.json'),
          '--expected-version',
          '1',
        ],
        [
          'alert',
          '--json',
          '--verbose',
          '--title',
          'x',
          '--state',
          'none',
          '--report-path',
          join(ground.folder, 'cli-alert.json'),
        ],
        [
          'rollback',
          '--operation',
          'plan',
          '--steps',
          '19',
          '--verbose',
          '--report-path',
          join(ground.folder, 'cli-rollback.json'),
        ],
        ['doctor', '--verbose'],
        ['doctor', '--json'],
        ['checklist', 'pre', '--json'],
        ['init', '--yes'],
        ['verify', `--mongodb-uri=${variables.MONGODB_URI}`, `--targets=${variables.TARGETS}`],
        [`--nonsense=${secretOf('headers')}`, 'verify'],
      ];
      for (const line of lines) {
        const place = `cli ${line[0]} ${lines.indexOf(line)}`;
        // A checklist waits five minutes for the service; what it says until it is ended is searched as well.
        const run = await runCli(line, {
          env,
          cwd: ground.folder,
          timeoutMs: line[0] === 'checklist' ? 3_000 : 60_000,
        }).catch((error: Error) => {
          if (line[0] !== 'checklist') throw error;
          return { stdout: '', stderr: error.message };
        });
        places[`${place} stdout`] = run.stdout;
        places[`${place} stderr`] = run.stderr;
      }
      for (const file of await readdir(ground.folder, { recursive: true }))
        places[`file ${file}`] = await readFile(join(ground.folder, file), 'utf8').catch(() => '');
      return places;
    },
  },
  {
    name: 'the monitor’s endpoints, with errors and requests that hold secrets',
    secrets: ['monitor-admin-token', 'monitor-error-uri', 'monitor-error-password', 'monitor-request-query'],
    run: async () => {
      const token = secretOf('monitor-admin-token');
      const monitor = createMonitor({ version: '1.2.3', adminToken: token });
      const places: Places = {};
      try {
        for (const message of [
          `connect mongodb://app:${secretOf('monitor-error-uri')}@db/shop`,
          `login failed password=${secretOf('monitor-error-password')}`,
          `{"token":"${secretOf('monitor-error-password')}"}`,
          `Bearer ${secretOf('monitor-error-password')}`,
        ])
          monitor.recordError(new Error(message));
        await monitor.fetch(
          new Request(`http://app.example/users/1?key=${encoded('monitor-request-query')}`),
          async () => new Response('x', { status: 500 }),
        );
        for (const path of [
          '/api/health',
          '/api/health/detailed',
          '/api/health/metrics',
          '/api/health/diagnostics',
          '/api/health/prometheus',
          '/api/alerts/summary',
          '/api/alerts/history',
        ]) {
          for (const authorization of [`Bearer ${token}`, `Bearer ${token}x`]) {
            const answer = await monitor.fetch(
              new Request(`http://app.example${path}`, { headers: { authorization } }),
            );
            places[`endpoint ${path} ${answer.status}`] =
              `${JSON.stringify([...answer.headers])}${await answer.text()}`;
          }
        }
      } finally {
        monitor.close();
      }
      return places;
    },
  },
];
