import type { MonitorOptions } from './options.js';
/** What every variable of the monitor begins with. */
export declare const ENV_PREFIX = "DEPLOY_GUARD_MONITOR_";
type FromEnv = Omit<MonitorOptions, 'version' | 'mongo' | 'ignore' | 'route' | 'clientAddress' | 'onAlert'>;
/** Every variable that `optionsFromEnv` knows, with its prefix. */
export declare const ENV_NAMES: readonly string[];
/**
 * Options out of environment variables (`node --env-file=.env`). An empty variable counts as not given,
 * except the admin token, where it is an error: that is what a forgotten secret looks like.
 * Values are checked by createMonitor.
 * @throws ConfigurationError for a variable with the prefix that does not exist
 */
export declare function optionsFromEnv(env?: Readonly<Record<string, string | undefined>>): FromEnv;
export {};
