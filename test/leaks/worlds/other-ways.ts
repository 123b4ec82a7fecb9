import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMonitor } from '../../../src/monitor/index.ts';
import { runCli } from '../../support/cli.ts';
import { encoded, secretOf } from '../secrets.ts';
import { environment, type Places, type World, withUser } from './ground.ts';

/** The command line, and the monitor inside the guarded app. */
export const OTHER_WORLDS: readonly World[] = [
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
