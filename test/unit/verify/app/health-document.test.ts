import { describe, expect, test } from 'vitest';
import { readHealthDocument } from '../../../../src/verify/app/health-document.ts';

describe('a health document', () => {
  test.each<[string, unknown, string, string[]]>([
    [
      'of ASP.NET with a writer of its own',
      { Status: 'Unhealthy', Entries: { db: { Status: 'Unhealthy', Description: 'no primary' } } },
      'unhealthy',
      ['db is Unhealthy: no primary'],
    ],
    [
      'of the HealthChecks.UI writer',
      {
        status: 'Degraded',
        totalDuration: '00:00:00.1',
        entries: { cache: { status: 'Degraded', data: {} }, db: { status: 'Healthy' } },
      },
      'degraded',
      ['cache is Degraded'],
    ],
    [
      'of MicroProfile',
      { status: 'DOWN', checks: [{ name: 'mongo', status: 'DOWN', data: { error: 'timeout' } }] },
      'unhealthy',
      ['mongo is DOWN: timeout'],
    ],
    [
      'of Terminus',
      {
        status: 'error',
        info: { disk: { status: 'up' } },
        error: { mongodb: { status: 'down', message: 'refused' } },
        details: { disk: { status: 'up' }, mongodb: { status: 'down', message: 'refused' } },
      },
      'unhealthy',
      ['mongodb is down: refused'],
    ],
    [
      'of health+json whose checks are lists, the worst of which counts',
      { status: 'warn', checks: { 'db:time': [{ status: 'pass' }, { status: 'fail', output: 'slow' }] } },
      'degraded',
      ['db:time is fail: slow'],
    ],
    ['of Elasticsearch', { cluster_name: 'shop', status: 'red', timed_out: false }, 'unhealthy', []],
    ['that answers yes or no', { healthy: false }, 'unhealthy', []],
    [
      'of Actuator with a custom status',
      { status: 'FATAL' },
      'degraded',
      ['its status FATAL is not a known word'],
    ],
  ])('%s', (_name, json, status, reasons) => {
    expect(readHealthDocument(json)).toMatchObject({ status, reasons });
  });

  test('names the database that is down', () => {
    const json = { status: 'error', error: { mongodb: { status: 'down', message: 'refused' } } };
    expect(readHealthDocument(json)?.database).toEqual({ up: false, error: 'refused' });
  });

  test.each([{}, { name: 'x' }, [], 'UP', null])('%j reports no health', (json) => {
    expect(readHealthDocument(json)).toBeUndefined();
  });
});
