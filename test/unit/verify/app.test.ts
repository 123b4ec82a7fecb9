import { describe, expect, test } from 'vitest';
import {
  readActuatorHealth,
  readActuatorInfo,
  readActuatorMetrics,
  readHealthJson,
} from '../../../src/verify/app/other-formats.ts';
import { bucketPercentile, parseScrape, readScrapes } from '../../../src/verify/app/prometheus.ts';
import { readAlerts, readDetailed, readHealth, readMetrics } from '../../../src/verify/app/six-endpoints.ts';

describe('the six endpoints', () => {
  test('health', () => {
    expect(readHealth({ status: 'degraded', version: '1.2.3', uptimeSeconds: 42.5 })).toMatchObject({
      status: 'degraded',
      version: '1.2.3',
      values: { app_uptime: 42.5 },
    });
    for (const other of [{ status: 'UP' }, { status: 1 }, null, [], 'healthy', {}]) {
      expect(readHealth(other)).toBeUndefined();
    }
  });

  test('detailed and metrics; what is null or missing is not told, never zero', () => {
    const detailed = readDetailed({
      reasons: [{ message: 'memory is at 95 %' }],
      database: { status: 'down', responseTimeMs: null, error: 'no primary' },
      system: { cpu: { percent: null }, memory: { usedPercent: 95 } },
    });
    expect(detailed).toMatchObject({
      reasons: ['memory is at 95 %'],
      database: { up: false, error: 'no primary' },
    });
    expect(detailed.values).toEqual({ app_memory: 95 });
    expect(readDetailed({ database: { status: 'unknown' }, system: {} })).not.toHaveProperty('database');
    expect(
      readMetrics({
        requests: { count: 0 },
        errorRate: null,
        responseTime: { p50Ms: null, p95Ms: null, p99Ms: null },
      }).values,
    ).toEqual({ app_requests: 0 });
    expect(
      readMetrics({ requests: { count: 9 }, errorRate: 0.1, responseTime: { p50Ms: 1, p95Ms: 2, p99Ms: 3 } })
        .values,
    ).toEqual({ app_requests: 9, app_error_rate: 0.1, responseTime: { 50: 1, 95: 2, 99: 3 } });
    expect(readMetrics(undefined).values).toEqual({});
  });

  test('alerts: active ones, and those that came and went since the gate began', () => {
    const alert = (id: string, severity: string, startedAt: string) => ({
      id,
      type: 'high-cpu',
      severity,
      startedAt,
    });
    const since = Date.parse('2026-03-01T12:00:00Z');
    const reading = readAlerts(
      {
        active: [alert('1', 'critical', '2026-03-01T10:00:00Z'), alert('2', 'info', '2026-03-01T12:01:00Z')],
      },
      {
        alerts: [
          alert('1', 'critical', '2026-03-01T12:00:01Z'),
          alert('3', 'warning', '2026-03-01T12:00:01Z'),
          alert('4', 'error', '2026-03-01T11:00:00Z'),
        ],
      },
      since,
    );
    expect(reading.alerts).toEqual(['high-cpu (critical)', 'high-cpu (warning, over again)']);
  });
});

describe('answers of the six endpoints that hold less than they should', () => {
  test('a status without a version', () => {
    expect(readHealth({ status: 'healthy' })).not.toHaveProperty('version');
  });

  test('reasons and alerts in another form', () => {
    expect(readDetailed({ reasons: ['memory', { message: 'cpu' }, { message: 7 }] }).reasons).toEqual([
      'cpu',
    ]);
    const since = Date.parse('2026-03-01T12:00:00Z');
    const { alerts } = readAlerts(
      { active: [{ id: '1' }] },
      // Whether one without a time is new cannot be said.
      {
        alerts: [
          { id: '2', type: 'high-cpu' },
          { id: '3', startedAt: '2026-03-01T12:00:00Z' },
        ],
      },
      since,
    );
    expect(alerts).toEqual(['alert (?)', 'alert (?, over again)']);
  });
});

describe('Spring Boot Actuator', () => {
  test('health with components', () => {
    const reading = readActuatorHealth({
      status: 'DOWN',
      components: {
        mongo: { status: 'DOWN', details: { error: 'MongoTimeoutException' } },
        diskSpace: { status: 'UP' },
      },
    });
    expect(reading).toMatchObject({
      status: 'unhealthy',
      reasons: ['mongo is DOWN'],
      database: { up: false, error: 'MongoTimeoutException' },
    });
    expect(readActuatorHealth({ status: 'UP' })).toMatchObject({ status: 'healthy' });
    expect(readActuatorHealth({ status: 'pass' })).toBeUndefined();
  });

  test('a component that does not say how it is', () => {
    const of = (components: unknown, status = 'UP') => readActuatorHealth({ status, components });
    expect(of({ disk: {} })?.reasons).toEqual([]);
    // A database is up where it says so, and nowhere else.
    for (const database of [{}, { status: 'LOST' }, { status: 'UNKNOWN' }]) {
      expect(of({ mongo: database })?.database).toEqual({ up: false });
    }
    expect(of({ mongo: { status: 'UP' } })?.database).toEqual({ up: true });
    // Beneath UP what does not know its state is usual; beneath anything else it may be why.
    expect(of({ cache: { status: 'UNKNOWN' } })?.reasons).toEqual([]);
    expect(of({ cache: { status: 'UNKNOWN' } }, 'UNKNOWN')?.reasons).toEqual(['cache is UNKNOWN']);
  });

  test.each(['constructor', 'toString', '__proto__', 'up', ''])('%j is no status', (status) => {
    expect(readActuatorHealth({ status })).toBeUndefined();
    if (status !== 'up') expect(readHealthJson({ status })).toBeUndefined();
  });

  test('the version, in whichever place the build wrote it', () => {
    expect(readActuatorInfo({ app: { version: '1' } }).version).toBe('1');
    expect(readActuatorInfo({ version: '2' }).version).toBe('2');
    expect(readActuatorInfo({})).not.toHaveProperty('version');
  });

  test('metrics; no error so far is none, no request so far is not told', () => {
    const measured = (statistic: string, value: number) => ({ measurements: [{ statistic, value }] });
    const answers = new Map<string, unknown>([
      ['http.server.requests', measured('COUNT', 200)],
      ['http.server.requests?tag=outcome:SERVER_ERROR', measured('COUNT', 3)],
      ['process.cpu.usage', measured('VALUE', 0.25)],
      ['jvm.memory.used?tag=area:heap', measured('VALUE', 50)],
      ['jvm.memory.max?tag=area:heap', measured('VALUE', 200)],
    ]);
    expect(readActuatorMetrics(answers).values).toEqual({
      app_requests: 200,
      app_error_rate: 0.015,
      app_cpu: 25,
      app_memory: 25,
    });
    answers.delete('http.server.requests?tag=outcome:SERVER_ERROR');
    expect(readActuatorMetrics(answers).values.app_error_rate).toBe(0);
    expect(readActuatorMetrics(new Map()).values).toEqual({});
  });
});

test('application/health+json', () => {
  const reading = readHealthJson({
    status: 'warn',
    releaseId: '1.2.2',
    version: '1',
    output: 'one replica is late',
    checks: {
      'mongodb:responseTime': [{ status: 'pass', observedValue: 25, observedUnit: 'ms' }],
      uptime: [{ observedValue: 1209.5, observedUnit: 's' }],
      'cpu:utilization': [{ status: 'warn', observedValue: 85, observedUnit: 'percent', output: 'busy' }],
    },
  });
  expect(reading).toMatchObject({
    status: 'degraded',
    version: '1.2.2',
    reasons: ['cpu:utilization is warn: busy', 'one replica is late'],
    values: { app_database_response_time: 25, app_uptime: 1209.5, app_cpu: 85 },
  });
  expect(readHealthJson({ status: 'fine' })).toBeUndefined();
});

test('application/health+json: a check may be one object, its status unknown, its output long', () => {
  const reading = readHealthJson({
    status: 'FAIL',
    checks: {
      disk: { status: 'fail', output: 'x'.repeat(300) },
      queue: { status: 'sleeping' },
      cache: {},
      mail: { status: 'warn' },
    },
  });
  expect(reading).toMatchObject({
    status: 'unhealthy',
    reasons: [`disk is fail: ${'x'.repeat(200)}…`, 'mail is warn'],
  });
});

describe('Prometheus', () => {
  const text = (ok: number, bad: number, quick: number) => `# HELP http_request_duration_seconds Duration.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{handler="/a",status="2xx",le="0.1"} ${quick}
http_request_duration_seconds_bucket{handler="/a",status="2xx",le="0.5"} ${ok}
http_request_duration_seconds_bucket{handler="/a",status="2xx",le="+Inf"} ${ok}
http_request_duration_seconds_count{handler="/a",status="2xx"} ${ok}
http_request_duration_seconds_bucket{handler="/a",status="5xx",le="0.1"} ${bad}
http_request_duration_seconds_bucket{handler="/a",status="5xx",le="0.5"} ${bad}
http_request_duration_seconds_bucket{handler="/a",status="5xx",le="+Inf"} ${bad}
http_request_duration_seconds_count{handler="/a",status="5xx"} ${bad}
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total ${ok / 100}
process_start_time_seconds 1000
`;

  test('what happened between two scrapes', () => {
    const [first, last] = [
      parseScrape(text(100, 0, 50), 2_000_000),
      parseScrape(text(180, 20, 90), 2_010_000),
    ];
    const { values } = readScrapes(first, last);
    expect(values).toMatchObject({ app_requests: 100, app_error_rate: 0.2, app_uptime: 1010 });
    expect(values.app_cpu).toBeCloseTo(8);
    // 40 + 20 of 100 took up to 100 ms, the others up to 500 ms.
    expect(values.responseTime?.[50]).toBeCloseTo(83.3, 1);
    expect(values.responseTime?.[95]).toBeCloseTo(450, 0);
  });

  test('what frameworks computed themselves is taken as it is', () => {
    const read = (text: string) => readScrapes(undefined, parseScrape(text, 2_000_000)).values;
    expect(read('process_cpu_usage 0.25\nprocess_uptime_seconds 77\n')).toEqual({
      app_cpu: 25,
      app_uptime: 77,
    });
    expect(read('deploy_guard_cpu_ratio 0.5\ndeploy_guard_database_ping_seconds 0.004\n')).toEqual({
      app_cpu: 50,
      app_database_response_time: 4,
    });
    expect(read('process_cpu_usage -Inf\n')).toEqual({});
  });

  test('a counter without a status tells requests, and no share of errors', () => {
    const read = (first: number, last: number) =>
      readScrapes(
        parseScrape(`http_requests_total{path="/a"} ${first}\n`, 0),
        parseScrape(`http_requests_total{path="/a"} ${last}\n`, 10_000),
      ).values;
    expect(read(10, 30)).toEqual({ app_requests: 20 });
  });

  test('a bucket without a bound makes no percentile that keeps a limit', () => {
    const last = parseScrape('http_request_duration_seconds_bucket{} 5\n', 0);
    expect(readScrapes(undefined, last).values.responseTime?.[95] ?? Number.NaN).toBeNaN();
  });

  test('after a restart counters begin again', () => {
    const { values } = readScrapes(parseScrape(text(1_000, 10, 900), 0), parseScrape(text(5, 0, 5), 10_000));
    expect(values).toMatchObject({ app_requests: 5, app_error_rate: 0 });
  });

  test('nothing meanwhile is nothing to judge', () => {
    const same = parseScrape(text(5, 0, 5), 0);
    const { values } = readScrapes(same, { ...same, at: 10_000 });
    expect(values.app_requests).toBe(0);
    expect(values).not.toHaveProperty('app_error_rate');
    expect(values).not.toHaveProperty('responseTime');
  });

  test('escapes, timestamps and special values', () => {
    const { lines } = parseScrape('a{b="x\\"y\\n",c="d"} 1.5e3 1700000000\nn NaN\nf{le="+Inf"} +Inf\n', 0);
    expect(lines.get('a')).toEqual([{ labels: { b: 'x"y\n', c: 'd' }, value: 1500 }]);
    expect(lines.get('n')?.[0]?.value).toBeNaN();
    expect(lines.get('f')?.[0]).toEqual({ labels: { le: '+Inf' }, value: Number.POSITIVE_INFINITY });
  });

  test('what is no metrics is refused', () => {
    expect(() => parseScrape('<html>hello</html>', 0)).toThrow();
    expect(() => parseScrape('', 0)).toThrow('no metrics');
  });

  test.each([
    ['jvm_memory_used_bytes{area="heap"} 25\njvm_memory_max_bytes{area="heap"} 100\n', 25],
    ['process_resident_memory_bytes 30\ngo_gc_gomemlimit_bytes 60\n', 50],
    ['process_resident_memory_bytes 30\ngo_gc_gomemlimit_bytes 9.223372036854776e+18\n', undefined],
    ['process_resident_memory_bytes 30\n', undefined],
    ['deploy_guard_memory_used_bytes 1\ndeploy_guard_memory_limit_bytes 4\n', 25],
  ])('memory is told only where there is a limit: %j', (text, percent) => {
    expect(readScrapes(undefined, parseScrape(text, 0)).values.app_memory).toBe(percent);
  });

  test('a percentile beyond the last bound is beyond measure', () => {
    const buckets = [
      [1, 50],
      [2, 90],
      [Number.POSITIVE_INFINITY, 100],
    ] as const;
    expect(bucketPercentile(buckets, 50)).toBe(1);
    expect(bucketPercentile(buckets, 70)).toBe(1.5);
    expect(bucketPercentile(buckets, 95)).toBe(Number.POSITIVE_INFINITY);
    expect(bucketPercentile([], 95)).toBeUndefined();
  });
});

test('a wall clock that jumps between two scrapes changes no share of the CPU', () => {
  const text = (seconds: number) => `process_cpu_seconds_total ${seconds}\n`;
  const first = parseScrape(text(10), 1_700_000_000_000, 0);
  for (const jump of [0, 3_600_000, -3_600_000]) {
    const last = parseScrape(text(15), 1_700_000_010_000 + jump, 10_000);
    expect(readScrapes(first, last).values.app_cpu).toBe(50);
  }
});
