import { shorten } from '../../support/format.ts';
import {
  type AppReading,
  type AppStatus,
  type AppValues,
  defined,
  EMPTY_READING,
  listAt,
  numberAt,
  recordAt,
  textAt,
} from './reading.ts';

/** Not an object: there `constructor` would be a status that is known. */
const ACTUATOR: ReadonlyMap<string, AppStatus> = new Map([
  ['UP', 'healthy'],
  ['UNKNOWN', 'degraded'],
  ['OUT_OF_SERVICE', 'unhealthy'],
  ['DOWN', 'unhealthy'],
]);

/** Spring Boot Actuator's `/health`, with components where they are shown; undefined for anything else. Pure. */
export function readActuatorHealth(json: unknown): AppReading | undefined {
  const status = ACTUATOR.get(textAt(json, 'status') ?? '');
  if (status === undefined) return undefined;
  const components = { ...recordAt(json, 'details'), ...recordAt(json, 'components') };
  const bad = Object.entries(components).filter(([, component]) => {
    const own = ACTUATOR.get(textAt(component, 'status') ?? 'UP');
    // Beneath UP a component that does not know its state is usual, and says nothing.
    return status === 'healthy' ? own === 'unhealthy' : own !== 'healthy';
  });
  const database = Object.entries(components).find(([name]) =>
    /^(mongo|mongodb|reactiveMongo|db)$/i.test(name),
  );
  const up = database && ACTUATOR.get(textAt(database[1], 'status') ?? '') === 'healthy';
  const error = database && textAt(database[1], 'details', 'error');
  return {
    ...EMPTY_READING,
    status,
    reasons: bad.map(([name, component]) => `${name} is ${textAt(component, 'status')}`),
    ...(database ? { database: { up: up === true, ...(error ? { error } : {}) } } : {}),
  };
}

/** Actuator's `/info`, where the build tells its version. Pure. */
export function readActuatorInfo(json: unknown): AppReading {
  const version =
    textAt(json, 'build', 'version') ?? textAt(json, 'app', 'version') ?? textAt(json, 'version');
  return { ...EMPTY_READING, ...(version === undefined ? {} : { version }) };
}

/** Values of Actuator's `/metrics/NAME`, by name; those that are missing are not told. Pure. */
export function readActuatorMetrics(answers: ReadonlyMap<string, unknown>): AppReading {
  const value = (name: string, statistic: string) => {
    const found = listAt(answers.get(name), 'measurements').find(
      (one) => textAt(one, 'statistic') === statistic,
    );
    return numberAt(found, 'value');
  };
  const requests = value('http.server.requests', 'COUNT');
  const errors = value('http.server.requests?tag=outcome:SERVER_ERROR', 'COUNT');
  const cpu = value('process.cpu.usage', 'VALUE');
  const used = value('jvm.memory.used?tag=area:heap', 'VALUE');
  const most = value('jvm.memory.max?tag=area:heap', 'VALUE');
  return {
    ...EMPTY_READING,
    values: defined<AppValues>({
      app_requests: requests,
      // Actuator answers 404 for a tag that nothing has had yet: requests without errors.
      app_error_rate: requests ? (errors ?? 0) / requests : undefined,
      app_cpu: cpu === undefined ? undefined : cpu * 100,
      app_memory: used !== undefined && most !== undefined && most > 0 ? (100 * used) / most : undefined,
      app_uptime: value('process.uptime', 'VALUE'),
    }),
  };
}

/** What `readActuatorMetrics` asks for. */
export const ACTUATOR_METRICS = [
  'http.server.requests',
  'http.server.requests?tag=outcome:SERVER_ERROR',
  'process.cpu.usage',
  'process.uptime',
  'jvm.memory.used?tag=area:heap',
  'jvm.memory.max?tag=area:heap',
] as const;

const HEALTH_JSON: ReadonlyMap<string, AppStatus> = new Map([
  ['pass', 'healthy'],
  ['ok', 'healthy'],
  ['up', 'healthy'],
  ['warn', 'degraded'],
  ['fail', 'unhealthy'],
  ['error', 'unhealthy'],
  ['down', 'unhealthy'],
]);

/** The draft `application/health+json`; undefined for anything else. Pure. */
export function readHealthJson(json: unknown): AppReading | undefined {
  const status = HEALTH_JSON.get((textAt(json, 'status') ?? '').toLowerCase());
  if (status === undefined) return undefined;
  const version = textAt(json, 'releaseId') ?? textAt(json, 'version');
  const checks = Object.entries(recordAt(json, 'checks')).flatMap(([name, entries]) =>
    // One object a name, as the draft has it, or a list of them, as its examples do.
    (Array.isArray(entries) ? entries : [entries]).map((entry) => ({ name, entry })),
  );
  const find = (pattern: RegExp) => checks.find(({ name }) => pattern.test(name))?.entry;
  const time = find(/(mongo|database|db).*:(responseTime|latency)$/i);
  const uptime = find(/(^|:)uptime$/i);
  const cpu = find(/^cpu:utilization$/i);
  const memory = find(/^memory:utilization$/i);
  const percent = (entry: unknown) => {
    const unit = textAt(entry, 'observedUnit') ?? '';
    return /^(%|percent)/i.test(unit) ? numberAt(entry, 'observedValue') : undefined;
  };
  return {
    ...EMPTY_READING,
    status,
    reasons: [
      ...checks
        .filter(
          ({ entry }) =>
            (HEALTH_JSON.get((textAt(entry, 'status') ?? 'pass').toLowerCase()) ?? 'healthy') !== 'healthy',
        )
        .map(({ name, entry }) => `${name} is ${textAt(entry, 'status')}${sayOutput(entry)}`),
      ...(status !== 'healthy' && textAt(json, 'output') ? [String(textAt(json, 'output'))] : []),
    ],
    ...(version === undefined ? {} : { version }),
    values: defined<AppValues>({
      app_uptime: /^s/i.test(textAt(uptime, 'observedUnit') ?? '')
        ? numberAt(uptime, 'observedValue')
        : undefined,
      app_cpu: percent(cpu),
      app_memory: percent(memory),
      app_database_response_time: /^ms|milli/i.test(textAt(time, 'observedUnit') ?? '')
        ? numberAt(time, 'observedValue')
        : undefined,
    }),
  };
}

function sayOutput(entry: unknown): string {
  const output = textAt(entry, 'output');
  return output ? `: ${shorten(output, 200)}` : '';
}
