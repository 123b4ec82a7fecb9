import { ConfigurationError } from '../../support/errors.ts';
import type { Problem } from '../../support/problem.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from '../alerts/rules.ts';
import type { MonitorOptions, ThresholdOverrides } from './options.ts';

/** What every variable of the monitor begins with. */
export const ENV_PREFIX = 'DEPLOY_GUARD_MONITOR_';

type FromEnv = Omit<MonitorOptions, 'version' | 'mongo' | 'ignore' | 'route' | 'clientAddress' | 'onAlert'>;

type Read = (text: string) => unknown;

const asText: Read = (text) => text;
const asNumber: Read = (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : text);
const asFlag: Read = (text) => (text === 'true' ? true : text === 'false' ? false : text);
const asList: Read = (text) => text.split(',').map((item) => item.trim());

const OPTIONS: Readonly<Record<string, { readonly option: keyof FromEnv; readonly read: Read }>> = {
  DATABASE: { option: 'database', read: asText },
  DATABASE_REQUIRED: { option: 'databaseRequired', read: asFlag },
  BASE_PATH: { option: 'basePath', read: asText },
  WINDOW: { option: 'window', read: asText },
  MAX_ROUTES: { option: 'maxRoutes', read: asNumber },
  MIN_REQUESTS: { option: 'minRequests', read: asNumber },
  SAMPLE_INTERVAL: { option: 'sampleInterval', read: asText },
  DATABASE_INTERVAL: { option: 'databaseInterval', read: asText },
  DATABASE_TIMEOUT: { option: 'databaseTimeout', read: asText },
  COLLECTIONS: { option: 'collections', read: asList },
  COLLECTIONS_MAX_AGE: { option: 'collectionsMaxAge', read: asText },
};

const ADMIN_TOKEN = 'ADMIN_TOKEN';

/** `ERROR_RATE_DEGRADED` → the threshold and the side that it sets. */
const LEVELS: ReadonlyMap<string, { name: keyof Thresholds; side: 'degraded' | 'unhealthy' }> = new Map(
  (Object.keys(DEFAULT_THRESHOLDS) as (keyof Thresholds)[]).flatMap((name) =>
    (['degraded', 'unhealthy'] as const).map(
      (side) => [`${upper(name)}_${side.toUpperCase()}`, { name, side }] as const,
    ),
  ),
);

/** Every variable that `optionsFromEnv` knows, with its prefix. */
export const ENV_NAMES: readonly string[] = [ADMIN_TOKEN, ...Object.keys(OPTIONS), ...LEVELS.keys()].map(
  (name) => ENV_PREFIX + name,
);

/**
 * Options out of environment variables (`node --env-file=.env`). An empty variable counts as not given,
 * except the admin token, where it is an error: that is what a forgotten secret looks like.
 * Values are checked by createMonitor.
 * @throws ConfigurationError for a variable with the prefix that does not exist
 */
export function optionsFromEnv(env: Readonly<Record<string, string | undefined>> = process.env): FromEnv {
  const problems: Problem[] = [];
  const options: Record<string, unknown> = {};
  const thresholds: Record<string, Record<string, unknown>> = {};
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(ENV_PREFIX) || text === undefined) continue;
    const name = variable.slice(ENV_PREFIX.length);
    const level = LEVELS.get(name);
    const known = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (name === ADMIN_TOKEN) {
      options.adminToken = text === 'false' ? false : text.includes(',') ? asList(text) : text;
    } else if (level === undefined && known === undefined) {
      problems.push({
        code: 'unknown-variable',
        where: variable,
        message: 'there is no such variable',
        hint: `Write one of: ${ENV_NAMES.join(', ')}.`,
      });
    } else if (text.trim() === '') {
      // Not given.
    } else if (level !== undefined) {
      const side = { [level.side]: text === 'off' ? null : asNumber(text) };
      thresholds[level.name] = { ...thresholds[level.name], ...side };
    } else if (known !== undefined) {
      options[known.option] = known.read(text.trim());
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  // createMonitor checks every value and names the option, so a wrong type gets no further than there.
  return {
    ...(options as FromEnv),
    ...(Object.keys(thresholds).length > 0 ? { thresholds: thresholds as ThresholdOverrides } : {}),
  };
}

function upper(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}
