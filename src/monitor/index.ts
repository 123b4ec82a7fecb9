/**
 * `deploy-guard/monitor`: the health endpoints that a guarded service mounts. It brings no dependency: the
 * app's own MongoClient, Express, Fastify or Hono is used through what it shows of itself.
 */
export { ConfigurationError } from '../support/errors.ts';
export { DEFAULT_THRESHOLDS, type Level, type Thresholds } from './alerts/rules.ts';
export { createMonitor, type Monitor } from './create-monitor.ts';
export type { MongoClientPort, MongoDbPort, MongoSource } from './database/port.ts';
export type * from './model/answers.ts';
export type { FastifyPlugin, FastifyPort, FetchHandler, HonoContextPort } from './mounts/ports.ts';
export { ENV_NAMES, ENV_PREFIX, optionsFromEnv } from './options/env.ts';
export type { MonitorOptions, ThresholdOverrides } from './options/options.ts';
