import { describe, expect, test } from 'vitest';
import {
  readActuatorHealth,
  readActuatorInfo,
  readActuatorMetrics,
  readHealthJson,
} from '../../../../src/verify/app/other-formats.ts';

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
      reasons: ['mongo is DOWN: MongoTimeoutException'],
      database: { up: false, error: 'MongoTimeoutException' },
    });
    expect(readActuatorHealth({ status: 'UP' })).toMatchObject({ status: 'healthy' });
    expect(readActuatorHealth({ status: 'pass' })).toBeUndefined();
  });

  test('a component that does not say how it is', () => {
    const of = (components: unknown, status = 'UP') => readActuatorHealth({ status, components });
    expect(of({ disk: {} })?.reasons).toEqual([]);
    expect(of({ mongo: {} })?.database).toBeUndefined();
    // A database is up where it says so, and nowhere else.
    for (const database of [{ status: 'LOST' }, { status: 'UNKNOWN' }]) {
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
    reasons: [`disk is fail: ${'x'.repeat(199)}…`, 'mail is warn'],
  });
});
