/**
 * `deploy-guard/monitor`: the health endpoints that a guarded service mounts. It brings no dependency: the
 * app's own MongoClient, Express, Fastify or Hono is used through what it shows of itself.
 */
export { ConfigurationError } from '../support/errors.js';
export { DEFAULT_THRESHOLDS, type Level, type Thresholds } from './alerts/rules.js';
export { createMonitor, type Monitor } from './create-monitor.js';
export type { MongoClientPort, MongoDbPort, MongoSource } from './database/port.js';
export type * from './model/answers.js';
export type { FastifyPlugin, FastifyPort, FetchHandler, HonoContextPort } from './mounts/ports.js';
export { ENV_NAMES, ENV_PREFIX, optionsFromEnv } from './options/env.js';
export type { MonitorOptions, ThresholdOverrides } from './options/options.js';
