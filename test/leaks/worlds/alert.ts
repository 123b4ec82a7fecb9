import { join } from 'node:path';
import { freshDatabaseName } from '../../support/mongo.ts';
import { startSmtpSink } from '../../support/smtp-sink.ts';
import { encoded, secretOf } from '../secrets.ts';
import { act, dropDatabases, everyDocument, type Places, pastedReport, under, type World } from './ground.ts';

const ALERT_SECRETS = ['slack-webhook-url', 'webhook-url', 'webhook-secret', 'smtp-url', 'github-token'];

/** The mail server that takes everything has no password. */
const ACCEPTED_SECRETS = [...ALERT_SECRETS.filter((name) => name !== 'smtp-url'), 'GUARD_SLACK'];

export const ALERT_WORLDS: readonly World[] = [
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
];
