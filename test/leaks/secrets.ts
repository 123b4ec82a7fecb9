import { createHash } from 'node:crypto';

/** Where a secret comes from: an input by its name, a place of the guard file, or the environment. */
export const INPUT_SECRETS = [
  'targets',
  'targets-query',
  'control-target',
  'control-target-query',
  'health-base-url',
  'health-base-url-query',
  'prometheus-url',
  'prometheus-url-query',
  'headers',
  'headers-second',
  'bearer-token',
  'mongodb-uri',
  'github-token',
  'slack-webhook-url',
  'slack-token',
  'webhook-url',
  'webhook-secret',
  'smtp-url',
  'smtp-oauth-token',
  'smtp-oauth-client-secret',
  'smtp-oauth-refresh-token',
] as const;

/** `${NAME}` of the guard file, each in a place of its own; the paths are those of the schema. */
export const GUARD_SECRETS = {
  GUARD_TARGET_LINE: 'targets.[]',
  GUARD_TARGET_URL: 'targets.[].url',
  GUARD_TARGET_USER: 'targets.[].url',
  GUARD_TARGET_QUERY: 'targets.[].url',
  GUARD_HEADER: 'targets.[].headers.{}',
  GUARD_HEADER_COOKIE: 'targets.[].headers.{}',
  GUARD_BEARER: 'targets.[].bearer-token',
  GUARD_BASIC: 'targets.[].basic-auth',
  GUARD_BODY: 'targets.[].body',
  GUARD_SLACK: 'alerts.routes.[].slack-webhook-url',
} as const;

/** What a job's environment holds beside; none of it is this program's business. The proxies are sent to proxies. */
export const ENVIRONMENT_SECRETS = [
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'ACTIONS_CACHE_TOKEN',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'MONGODB_URI',
  'DATABASE_URL',
  'REDIS_URL',
  'NPM_TOKEN',
  'PGPASSWORD',
  'NODE_AUTH_TOKEN',
  'NPM_CONFIG__AUTH',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AZURE_CLIENT_SECRET',
  'GOOGLE_CREDENTIALS',
  'DOCKER_PASSWORD',
  'SENTRY_AUTH_TOKEN',
  'SLACK_BOT_TOKEN',
  'STRIPE_API_KEY',
  'JWT_SECRET',
  'SSH_PRIVATE_KEY',
] as const;

/** What the guarded app gives its monitor, or throws. */
export const MONITOR_SECRETS = [
  'monitor-admin-token',
  'monitor-error-uri',
  'monitor-error-password',
  'monitor-request-query',
] as const;

export const ALL_SECRETS: readonly string[] = [
  ...INPUT_SECRETS,
  ...Object.keys(GUARD_SECRETS),
  ...ENVIRONMENT_SECRETS,
  ...MONITOR_SECRETS,
];

/** Places that take only what fits a token. */
const PLAIN = new Set<string>([
  'bearer-token',
  'slack-token',
  'github-token',
  'GUARD_BEARER',
  'monitor-admin-token',
  'monitor-error-password',
  'monitor-error-uri',
]);

/** The secret of a name: the same in each run, different in each part, with characters that every encoding writes otherwise. */
export function secretOf(name: string): string {
  const text = createHash('sha512').update(`deploy-guard ${name}`).digest('base64').replace(/[+/=]/g, '');
  const parts = [text.slice(0, 11), text.slice(11, 22), text.slice(22, 33)];
  if (name === 'slack-token') return `xoxb-${parts.join('-')}`;
  return PLAIN.has(name) ? parts.join('-') : `${parts[0]}&/${parts[1]}<+"%${parts[2]}`;
}

export const encoded = (name: string): string => encodeURIComponent(secretOf(name));
