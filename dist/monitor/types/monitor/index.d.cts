/**
 * `deploy-guard/monitor`: the health endpoints that a guarded service mounts. It brings no dependency: the
 * app's own MongoClient, Express, Fastify or Hono is used through what it shows of itself.
 */
export { ConfigurationError } from '../support/errors.cjs';
export { DEFAULT_THRESHOLDS, type Level, type Thresholds } from './alerts/rules.cjs';
export { createMonitor, type Monitor } from './create-monitor.cjs';
export type { MongoClientPort, MongoDbPort, MongoSource } from './database/port.cjs';
export type * from './model/answers.cjs';
export type { FastifyPlugin, FastifyPort, FetchHandler, HonoContextPort } from './mounts/ports.cjs';
export { ENV_NAMES, ENV_PREFIX, optionsFromEnv } from './options/env.cjs';
export type { MonitorOptions, ThresholdOverrides } from './options/options.cjs';
