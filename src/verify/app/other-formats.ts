import { defined } from '../../support/defined.ts';
import { atPointer } from '../http/content.ts';
import { hasKnownStatus, readHealthDocument } from './health-document.ts';
import {
  type AppReading,
  type AppValues,
  EMPTY_READING,
  listAt,
  numberAt,
  recordAt,
  textAt,
} from './reading.ts';

/**
 * Spring Boot Actuator's `/health`, with components if they are shown; undefined for anything else. Its statuses are
 * in capital letters and may be custom ones; MicroProfile, which shares them, lists its checks. Pure.
 */
export function readActuatorHealth(json: unknown): AppReading | undefined {
  const status = textAt(json, 'status') ?? textAt(json, 'status', 'code');
  if (status === undefined || !/^[A-Z][A-Z_-]{1,59}$/.test(status) || listAt(json, 'checks').length > 0) {
    return undefined;
  }
  return readHealthDocument(json);
}

/**
 * Actuator's `/info`: every version that it holds, of the build and of the commit. Pure.
 * @param pointer where the user says that the version stands
 */
export function readActuatorInfo(json: unknown, pointer?: string): AppReading {
  const pointed = pointer === undefined ? undefined : atPointer(json, pointer);
  const versions = [
    typeof pointed === 'number' ? String(pointed) : pointed,
    textAt(json, 'build', 'version'),
    textAt(json, 'app', 'version'),
    textAt(json, 'version'),
    textAt(json, 'git', 'commit', 'id'),
    textAt(json, 'git', 'commit', 'id', 'full'),
    textAt(json, 'git', 'commit', 'id', 'abbrev'),
    textAt(json, 'git', 'build', 'version'),
  ].filter((version): version is string => typeof version === 'string' && version !== '');
  const [version] = versions;
  return { ...EMPTY_READING, ...(version === undefined ? {} : { version, versions }) };
}

/**
 * Values of Actuator's `/metrics/NAME`, by name; those that are missing are left out. Counts are those since the
 * first reading, so that what happened before the gate does not count. Pure.
 * @param own good requests that the gate itself sent meanwhile
 */
export function readActuatorMetrics(
  answers: ReadonlyMap<string, unknown>,
  before?: ReadonlyMap<string, unknown>,
  own = 0,
): AppReading {
  const value = (name: string, statistic: string) => actuatorValue(answers, name, statistic);
  const grown = (name: string) => {
    const now = value(name, 'COUNT');
    return now === undefined ? undefined : now - ((before && actuatorValue(before, name, 'COUNT')) ?? 0);
  };
  const errors = grown('http.server.requests?tag=outcome:SERVER_ERROR');
  const counted = grown('http.server.requests');
  const requests = counted === undefined ? undefined : Math.max(errors ?? 0, counted - own);
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

/**
 * Why two readings are of different processes; undefined if they may be of one. Pure.
 */
export function severalActuators(
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): string | undefined {
  const [first, last] = [before, after].map((one) => actuatorValue(one, 'process.start.time', 'VALUE'));
  if (first !== undefined && last !== undefined && first !== last) return '2 start times were seen';
  const [from, to] = [before, after].map((one) => actuatorValue(one, 'http.server.requests', 'COUNT'));
  return from !== undefined && to !== undefined && to < from
    ? 'the counter http.server.requests went backwards'
    : undefined;
}

function actuatorValue(
  answers: ReadonlyMap<string, unknown>,
  name: string,
  statistic: string,
): number | undefined {
  const found = listAt(answers.get(name), 'measurements').find(
    (one) => textAt(one, 'statistic') === statistic,
  );
  return numberAt(found, 'value');
}

/** What `readActuatorMetrics` asks for. */
export const ACTUATOR_METRICS = [
  'http.server.requests',
  'http.server.requests?tag=outcome:SERVER_ERROR',
  'process.cpu.usage',
  'process.uptime',
  'process.start.time',
  'jvm.memory.used?tag=area:heap',
  'jvm.memory.max?tag=area:heap',
] as const;

/**
 * A health document of any other shape: `application/health+json` with its measurements, ASP.NET, MicroProfile,
 * Terminus, Elasticsearch. Undefined for JSON whose status is not a known word. Pure.
 */
export function readHealthJson(json: unknown): AppReading | undefined {
  if (!hasKnownStatus(json)) return undefined;
  const reading = readHealthDocument(json);
  if (!reading) return undefined;
  const version = textAt(json, 'releaseId') ?? textAt(json, 'version');
  const checks = Object.entries(recordAt(json, 'checks')).flatMap(([name, entries]) =>
    // One object per name, as the draft has it, or a list of them, as its examples do.
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
    ...reading,
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
