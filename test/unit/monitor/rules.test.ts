import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  brokenRules,
  DEFAULT_THRESHOLDS,
  type RuleOptions,
  type Snapshot,
  severityOf,
  statusOf,
} from '../../../src/monitor/alerts/rules.ts';
import type { DatabaseAnswer } from '../../../src/monitor/model/answers.ts';

const options: RuleOptions = { thresholds: DEFAULT_THRESHOLDS, minRequests: 20, databaseRequired: true };

const up: DatabaseAnswer = {
  status: 'up',
  responseTimeMs: 2,
  name: 'shop',
  checkedAt: '2026-01-01T00:00:00.000Z',
  consecutiveFailures: 0,
  error: null,
  pool: null,
};

interface Change {
  requests?: number;
  errorRate?: number | null;
  p95Ms?: number | null;
  cpu?: number | null;
  container?: number | null;
  throttled?: number | null;
  memory?: number;
  heap?: number;
  delay?: number | null;
  database?: DatabaseAnswer | null;
}

function snapshot(change: Change = {}): Snapshot {
  return {
    requests: change.requests ?? 100,
    errorRate: change.errorRate === undefined ? 0 : change.errorRate,
    p95Ms: change.p95Ms === undefined ? 50 : change.p95Ms,
    system: {
      cpu: {
        percent: change.cpu === undefined ? 10 : change.cpu,
        cores: 2,
        limitedBy: 'machine',
        containerPercent: change.container ?? null,
        throttledPercent: change.throttled ?? null,
      },
      memory: {
        usedPercent: change.memory ?? 30,
        usedBytes: 1,
        limitBytes: 2,
        limitedBy: 'machine',
        rssBytes: 1,
        heapUsedBytes: 1,
        heapTotalBytes: 1,
        heapLimitBytes: 1,
        heapUsedPercent: change.heap ?? 10,
        externalBytes: 0,
      },
      eventLoop: {
        delayP50Ms: 0,
        delayP99Ms: change.delay === undefined ? 1 : change.delay,
        delayMaxMs: 1,
        utilization: 0.1,
      },
    },
    database: change.database === undefined ? up : change.database,
  };
}

describe('the rules of the status', () => {
  test.each<[string, Change, string, string[]]>([
    ['all is well', {}, 'healthy', []],
    ['no database was given', { database: null }, 'healthy', []],
    [
      'nothing is known yet',
      { cpu: null, delay: null, requests: 0, errorRate: null, p95Ms: null },
      'healthy',
      [],
    ],
    [
      'the database is down',
      { database: { ...up, status: 'down', responseTimeMs: null } },
      'unhealthy',
      ['database-down'],
    ],
    [
      'it is not known whether the database is up',
      { database: { ...up, status: 'unknown', responseTimeMs: null } },
      'degraded',
      ['database-down'],
    ],
    ['the database is slow', { database: { ...up, responseTimeMs: 201 } }, 'degraded', ['database-slow']],
    [
      'the database is at the threshold, not above',
      { database: { ...up, responseTimeMs: 200 } },
      'healthy',
      [],
    ],
    [
      'operations queue for a connection',
      {
        database: {
          ...up,
          pool: {
            complete: true,
            maxSize: 5,
            size: 5,
            inUse: 5,
            waiting: 11,
            createdTotal: 5,
            closedTotal: 0,
            checkOutFailuresTotal: 0,
            clearedTotal: 0,
          },
        },
      },
      'degraded',
      ['database-pool-exhausted'],
    ],
    ['6 % of responses are errors', { errorRate: 0.06 }, 'degraded', ['high-error-rate']],
    ['26 % of responses are errors', { errorRate: 0.26 }, 'unhealthy', ['high-error-rate']],
    ['half of too few responses are errors', { errorRate: 0.5, requests: 19 }, 'healthy', []],
    ['responses are slow', { p95Ms: 1_000.1 }, 'degraded', ['slow-responses']],
    ['the process is busy', { cpu: 86 }, 'degraded', ['high-cpu']],
    ['its container is busy', { container: 99 }, 'degraded', ['high-cpu']],
    ['the container is held back', { throttled: 26 }, 'degraded', ['cpu-throttled']],
    ['memory is high', { memory: 86 }, 'degraded', ['high-memory']],
    ['memory is about to run out', { memory: 96 }, 'unhealthy', ['high-memory']],
    ['the heap is about to run out', { heap: 96 }, 'unhealthy', ['high-memory']],
    ['the event loop is blocked', { delay: 201 }, 'degraded', ['event-loop-blocked']],
    [
      'several things are wrong',
      { errorRate: 0.1, cpu: 90, memory: 96 },
      'unhealthy',
      ['high-error-rate', 'high-cpu', 'high-memory'],
    ],
  ])('%s', (_name, change, status, rules) => {
    const reasons = brokenRules(snapshot(change), options);
    expect(reasons.map(({ rule }) => rule)).toEqual(rules);
    expect(statusOf(reasons)).toBe(status);
  });

  test('let an app do without its database', () => {
    const down = snapshot({ database: { ...up, status: 'down', responseTimeMs: null } });
    expect(statusOf(brokenRules(down, { ...options, databaseRequired: false }))).toBe('degraded');
  });

  test('can be switched off one by one', () => {
    const off = { degraded: null, unhealthy: null };
    const thresholds = {
      ...DEFAULT_THRESHOLDS,
      memoryPercent: off,
      errorRate: { degraded: null, unhealthy: 0.5 },
    };
    const bad = snapshot({ memory: 99, errorRate: 0.4 });
    expect(brokenRules(bad, { ...options, thresholds })).toEqual([]);
  });

  test('say what was measured and what is allowed', () => {
    const [reason] = brokenRules(snapshot({ errorRate: 0.061 }), options);
    expect(reason).toEqual({
      rule: 'high-error-rate',
      status: 'degraded',
      message: 'error rate: 6.1 %, more than 5 %',
      value: 0.061,
      threshold: 0.05,
      unit: 'ratio',
    });
  });

  test('never get better by a worse value', () => {
    const rank = { healthy: 0, degraded: 1, unhealthy: 2 };
    const fields = ['errorRate', 'p95Ms', 'cpu', 'memory', 'heap', 'delay', 'throttled'] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...fields),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (field, a, b) => {
          const scale = field === 'errorRate' ? 0.01 : field === 'p95Ms' || field === 'delay' ? 30 : 1;
          const at = (value: number) =>
            rank[statusOf(brokenRules(snapshot({ [field]: value * scale }), options))];
          expect(at(Math.max(a, b))).toBeGreaterThanOrEqual(at(Math.min(a, b)));
        },
      ),
    );
  });

  test('make alerts as loud as they are grave', () => {
    const severities = (change: Change) => brokenRules(snapshot(change), options).map(severityOf);
    expect(severities({ database: { ...up, status: 'down' } })).toEqual(['critical']);
    expect(severities({ errorRate: 0.06 })).toEqual(['error']);
    expect(severities({ cpu: 90 })).toEqual(['warning']);
    expect(severities({ memory: 96 })).toEqual(['critical']);
  });
});
