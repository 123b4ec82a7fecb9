import { describe, expect, test } from 'vitest';
import { DEFAULT_THRESHOLDS } from '../../../src/monitor/alerts/rules.ts';
import { createMonitor, type MonitorOptions } from '../../../src/monitor/index.ts';
import { ENV_NAMES, optionsFromEnv } from '../../../src/monitor/options/env.ts';
import { resolveOptions } from '../../../src/monitor/options/options.ts';
import { ConfigurationError } from '../../../src/support/errors.ts';

const TOKEN = '0123456789abcdef';

/** The message of the refusal. Options come from users of JavaScript too, so any shape may be handed in. */
function refusal(options: unknown): string {
  try {
    createMonitor(options as MonitorOptions).close();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  return 'accepted';
}

describe('options', () => {
  test('need no more than a version', () => {
    expect(resolveOptions({ version: '1' })).toMatchObject({
      mongo: null,
      databaseRequired: true,
      adminTokens: [],
      basePath: '/api',
      windowMs: 300_000,
      maxRoutes: 100,
      minRequests: 20,
      thresholds: DEFAULT_THRESHOLDS,
      sampleIntervalMs: 10_000,
      databaseIntervalMs: 30_000,
      databaseTimeoutMs: 5_000,
      collectionsMaxAgeMs: 300_000,
    });
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /createMonitor: needs options/],
    ['no version', {}, /^version: is missing or empty\n {2}Give a text/],
    ['an empty version', { version: ' ' }, /^version/],
    [
      'a name that does not exist',
      { version: '1', admintoken: TOKEN },
      /^admintoken: there is no such option\n {2}Write one of: version, mongo/,
    ],
    [
      'a token that is undefined',
      { version: '1', adminToken: undefined },
      /^adminToken: was given but is empty.*\n.*adminToken: false/,
    ],
    ['a token that is empty', { version: '1', adminToken: '' }, /^adminToken: was given but is empty/],
    ['no token in the list', { version: '1', adminToken: [] }, /^adminToken: was given but holds no token/],
    [
      'an empty token in the list',
      { version: '1', adminToken: [TOKEN, ''] },
      /^adminToken: was given but is empty/,
    ],
    ['a number as base path', { version: '1', basePath: 7 }, /^basePath: 7 is no path/],
    ['a flag as number', { version: '1', maxRoutes: true }, /^maxRoutes: boolean is out of range/],
    [
      'a list as thresholds',
      { version: '1', thresholds: 'all' },
      /^thresholds: 'all' is no object\n.*errorRate/,
    ],
    ['null as thresholds', { version: '1', thresholds: null }, /^thresholds: object is no object/],
    // What is long may be anything, a secret too.
    [
      'a long text as duration',
      { version: '1', window: `mongodb://root:hunter2@db/${'x'.repeat(40)}` },
      /^window: string is no duration/,
    ],
    ['a short token', { version: '1', adminToken: 'secret-word' }, /^adminToken: 11 characters are too few/],
    ['a token with a blank', { version: '1', adminToken: `${TOKEN} x` }, /^adminToken: holds a blank/],
    ['a base path without slash', { version: '1', basePath: 'api' }, /^basePath: 'api' is no path/],
    ['a base path with a query', { version: '1', basePath: '/api?x' }, /^basePath/],
    [
      'a bare number as duration',
      { version: '1', window: '300' },
      /^window: '300' is no duration from 10s to 3600s\n.*'5m'/,
    ],
    ['a window that is too short', { version: '1', window: '5s' }, /^window/],
    [
      'more than two pings a minute',
      { version: '1', databaseInterval: '29s' },
      /^databaseInterval: '29s' is no duration from 30s/,
    ],
    ['half a route', { version: '1', maxRoutes: 1.5 }, /^maxRoutes: 1.5 is out of range/],
    ['too many routes', { version: '1', maxRoutes: 1_001 }, /^maxRoutes/],
    [
      'a connection string for mongo',
      { version: '1', mongo: 'mongodb://root:hunter2@db/shop' },
      /^mongo: string is neither/,
    ],
    ['null for mongo', { version: '1', mongo: null }, /^mongo: null is neither/],
    [
      'an unknown threshold',
      { version: '1', thresholds: { errors: {} } },
      /^thresholds.errors: there is no such threshold\n {2}Write one of: errorRate/,
    ],
    [
      'an unknown level',
      { version: '1', thresholds: { errorRate: { warn: 1 } } },
      /^thresholds.errorRate.warn: there is no such level/,
    ],
    [
      'a text as level',
      { version: '1', thresholds: { errorRate: { degraded: '5%' } } },
      /^thresholds.errorRate.degraded: '5%' is no level/,
    ],
    [
      'a number as levels',
      { version: '1', thresholds: { errorRate: 0.1 } },
      /^thresholds.errorRate: 0.1 is no level/,
    ],
    [
      'levels in the wrong order',
      { version: '1', thresholds: { errorRate: { degraded: 0.9 } } },
      /^thresholds.errorRate: degraded \(0.9\) is above unhealthy \(0.25\)/,
    ],
    ['a text as function', { version: '1', onAlert: 'log' }, /^onAlert: string is no function/],
    ['a text as flag', { version: '1', databaseRequired: 'yes' }, /^databaseRequired/],
    ['a text as list', { version: '1', collections: 'orders' }, /^collections/],
  ])('%s: refused', (_name, options, message) => {
    expect(refusal(options)).toMatch(message);
  });

  test('are refused all at once, and without any secret', () => {
    const message = refusal({
      version: '',
      adminToken: 'hunter2',
      mongo: 'mongodb://root:hunter2@db',
      window: 'x',
    });
    expect(message.match(/^\w+: /gm)).toEqual(['version: ', 'mongo: ', 'adminToken: ', 'window: ']);
    expect(message).not.toContain('hunter2');
  });

  test('take a version that changes while the process runs', () => {
    let version = '1';
    const settings = resolveOptions({ version: () => version });
    version = '2';
    expect(settings.version()).toBe('2');
    expect(resolveOptions({ version: '1' }).version()).toBe('1');
  });

  test('override single levels and switch others off', () => {
    const { thresholds } = resolveOptions({
      version: '1',
      thresholds: {
        errorRate: { degraded: 0.01 },
        memoryPercent: { unhealthy: null },
        cpuPercent: undefined,
        databaseResponseTimeMs: { degraded: undefined, unhealthy: 900 } as object,
      },
    });
    expect(thresholds.databaseResponseTimeMs).toEqual({ degraded: 200, unhealthy: 900 });
    expect(thresholds.errorRate).toEqual({ degraded: 0.01, unhealthy: 0.25 });
    expect(thresholds.memoryPercent).toEqual({ degraded: 85, unhealthy: null });
    expect(thresholds.cpuPercent).toEqual(DEFAULT_THRESHOLDS.cpuPercent);
  });

  test('take a function that gives the database as soon as there is one', () => {
    const later = () => null;
    expect(resolveOptions({ version: '1', mongo: later }).mongo).toBe(later);
  });

  test('may open the endpoints on purpose, take several tokens, and no base path', () => {
    expect(resolveOptions({ version: '1', adminToken: false }).adminTokens).toEqual([]);
    expect(resolveOptions({ version: '1', adminToken: [TOKEN, `${TOKEN}2`] }).adminTokens).toHaveLength(2);
    expect(resolveOptions({ version: '1', basePath: '/' }).basePath).toBe('');
    expect(resolveOptions({ version: '1', basePath: '/ops/' }).basePath).toBe('/ops');
  });
});

describe('options from the environment', () => {
  const PREFIX = 'DEPLOY_GUARD_MONITOR_';

  test('are none without variables', () => {
    expect(optionsFromEnv({ PATH: '/bin', MONITOR: '1' })).toEqual({});
  });

  test('are read by name', () => {
    const options = optionsFromEnv({
      [`${PREFIX}ADMIN_TOKEN`]: `${TOKEN}, ${TOKEN}2`,
      [`${PREFIX}DATABASE`]: 'shop',
      [`${PREFIX}DATABASE_REQUIRED`]: 'false',
      [`${PREFIX}BASE_PATH`]: '/ops',
      [`${PREFIX}WINDOW`]: '1m',
      [`${PREFIX}MAX_ROUTES`]: '50',
      [`${PREFIX}COLLECTIONS`]: 'orders, users',
      [`${PREFIX}ERROR_RATE_DEGRADED`]: '0.02',
      [`${PREFIX}ERROR_RATE_UNHEALTHY`]: 'off',
      [`${PREFIX}RESPONSE_TIME_P95_MS_DEGRADED`]: '250',
      [`${PREFIX}MIN_REQUESTS`]: '',
    });
    expect(options).toEqual({
      adminToken: [TOKEN, `${TOKEN}2`],
      database: 'shop',
      databaseRequired: false,
      basePath: '/ops',
      window: '1m',
      maxRoutes: 50,
      collections: ['orders', 'users'],
      thresholds: { errorRate: { degraded: 0.02, unhealthy: null }, responseTimeP95Ms: { degraded: 250 } },
    });
    expect(() => resolveOptions({ version: '1', ...options })).not.toThrow();
  });

  test('refuse an admin token that was forgotten, and open the endpoints only for `false`', () => {
    const env = (value: string) => ({ version: '1', ...optionsFromEnv({ [`${PREFIX}ADMIN_TOKEN`]: value }) });
    expect(refusal(env(''))).toMatch(/^adminToken: was given but is empty/);
    expect(resolveOptions(env('false')).adminTokens).toEqual([]);
  });

  test('refuse a variable that does not exist: a mistyped token would leave the endpoints open', () => {
    expect(() => optionsFromEnv({ [`${PREFIX}ADMIN_TOKN`]: TOKEN })).toThrow(
      /^DEPLOY_GUARD_MONITOR_ADMIN_TOKN: there is no such variable\n {2}Write one of: DEPLOY_GUARD_MONITOR_ADMIN_TOKEN/,
    );
  });

  test.each([
    ['MAX_ROUTES', 'many', /^maxRoutes/],
    ['DATABASE_REQUIRED', 'yes', /^databaseRequired/],
    ['WINDOW', '300', /^window/],
    ['CPU_PERCENT_DEGRADED', 'high', /^thresholds.cpuPercent.degraded/],
  ])('are checked like the rest: %s=%s', (name, value, message) => {
    expect(refusal({ version: '1', ...optionsFromEnv({ [PREFIX + name]: value }) })).toMatch(message);
  });

  test('have a variable for both levels of every threshold', () => {
    const levels = ENV_NAMES.filter((name) => /_(DEGRADED|UNHEALTHY)$/.test(name));
    const { thresholds } = resolveOptions({
      version: '1',
      ...optionsFromEnv(Object.fromEntries(levels.map((name) => [name, 'off']))),
    });
    for (const level of Object.values(thresholds)) expect(level).toEqual({ degraded: null, unhealthy: null });
    expect(ENV_NAMES.filter((name) => name.endsWith('_DEGRADED'))).toHaveLength(
      Object.keys(DEFAULT_THRESHOLDS).length,
    );
  });
});
