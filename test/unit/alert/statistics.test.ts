import { expect, test } from 'vitest';
import type { HistoryEntry } from '../../../src/alert/log/history.ts';
import { EMPTY_MEMORY } from '../../../src/alert/log/memory.ts';
import { statisticsOf } from '../../../src/alert/log/statistics.ts';
import { alertStatisticsSchema } from '../../../src/report/schema.ts';
import { statisticsPart } from '../../../src/report/summary/alert-statistics.ts';

const entry = (over: Partial<HistoryEntry>): HistoryEntry => ({
  at: Date.UTC(2026, 0, 1, 3),
  fingerprint: 'f',
  type: 'high-cpu',
  severity: 'warning',
  source: 'api',
  check: '',
  title: 'High CPU',
  event: 'firing',
  rule: 'first-notification',
  channels: { slack: 'delivered', log: 'delivered' },
  ...over,
});

test('an empty history is zeros, not divisions by zero', () => {
  expect(statisticsOf(EMPTY_MEMORY)).toMatchObject({
    entries: 0,
    told: 0,
    meanTimeToResolveMs: null,
    noisiest: [],
  });
  expect(statisticsPart(statisticsOf(EMPTY_MEMORY))).toContain('unknown');
});

test('by severity, type, channel and hour; mean time to resolve; noisiest', () => {
  const history = [
    entry({}),
    entry({ at: Date.UTC(2026, 0, 2, 3), channels: { slack: 'failed', log: 'delivered' } }),
    entry({
      fingerprint: 'g',
      type: 'database-down',
      severity: 'critical',
      at: Date.UTC(2026, 0, 2, 23, 59),
    }),
    entry({ event: 'resolved', lastedMs: 60_000 }),
    entry({ event: 'resolved', lastedMs: 180_000 }),
    entry({ event: 'muted', channels: {} }),
    entry({ event: 'inhibited', channels: {} }),
  ];
  const statistics = statisticsOf({ alerts: new Map(), history });
  expect(statistics).toMatchObject({
    since: '2026-01-01T03:00:00.000Z',
    entries: 7,
    told: 3,
    resolved: 2,
    muted: 1,
    inhibited: 1,
    bySeverity: { warning: 2, critical: 1 },
    byType: { 'high-cpu': 2, 'database-down': 1 },
    byChannel: { log: { delivered: 5, failed: 0 }, slack: { delivered: 4, failed: 1 } },
    meanTimeToResolveMs: 120_000,
    noisiest: [
      { fingerprint: 'f', told: 2 },
      { fingerprint: 'g', told: 1 },
    ],
  });
  expect(statistics.byHour[3]).toBe(2);
  expect(statistics.byHour[23]).toBe(1);
  expect(alertStatisticsSchema.parse(statistics)).toEqual(statistics);
  const text = statisticsPart(statistics);
  expect(text).toContain('slack 4 (1 failed)');
  expect(text).toContain('2 min');
});
