import { describe, expect, test } from 'vitest';
import {
  readAlerts,
  readDetailed,
  readHealth,
  readMetrics,
} from '../../../../src/verify/app/six-endpoints.ts';

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
