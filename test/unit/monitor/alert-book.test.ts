import { describe, expect, test } from 'vitest';
import { AlertBook, HISTORY_LIMIT } from '../../../src/monitor/alerts/alert-book.ts';
import type { AlertType, Reason } from '../../../src/monitor/model/answers.ts';

function broken(rule: AlertType = 'high-cpu', status: Reason['status'] = 'degraded', value = 90): Reason {
  return { rule, status, message: `${rule} ${value}`, value, threshold: 85, unit: 'percent' };
}

const MINUTE = 60_000;

describe('alerts in the app', () => {
  test('fire when their rule is broken twice in a row, counted from the first time', () => {
    const book = new AlertBook();
    expect(book.update([broken()], 1_000)).toEqual([]);
    expect(book.summary(1_000).firing).toBe(0);
    const [fired] = book.update([broken()], 11_000);
    expect(fired).toMatchObject({ type: 'high-cpu', severity: 'warning', status: 'firing' });
    expect(fired?.startedAt).toBe(new Date(1_000).toISOString());
    expect(book.summary(21_000).active[0]?.durationSeconds).toBe(20);
  });

  test('fire at once for a lost database', () => {
    expect(new AlertBook().update([broken('database-down', 'unhealthy')], 0)).toHaveLength(1);
  });

  test('do not fire for a rule that is broken every other time', () => {
    const book = new AlertBook();
    for (let step = 0; step < 20; step++) book.update(step % 2 === 0 ? [broken()] : [], step);
    expect(book.summary(20).history.firedTotal).toBe(0);
  });

  test('are resolved when their rule is clear twice in a row', () => {
    const book = new AlertBook();
    for (const at of [0, 1]) book.update([broken()], at * MINUTE);
    expect(book.update([], 2 * MINUTE)).toEqual([]);
    expect(book.update([broken()], 3 * MINUTE)).toEqual([]);
    expect(book.update([], 4 * MINUTE)).toEqual([]);
    const [resolved] = book.update([], 5 * MINUTE);
    expect(resolved).toMatchObject({ status: 'resolved', durationSeconds: 300 });
    expect(book.summary(6 * MINUTE)).toMatchObject({
      firing: 0,
      history: { firedTotal: 1, resolvedTotal: 1 },
    });
    expect(book.summary(99 * MINUTE).history).toMatchObject({ firedLastHour: 0, firedLastDay: 1 });
  });

  test('grow more severe, say so once, and do not shrink while they fire', () => {
    const book = new AlertBook();
    book.update([broken('high-memory')], 0);
    book.update([broken('high-memory')], 1);
    const grown = book.update([broken('high-memory', 'unhealthy', 97)], 2);
    expect(grown).toMatchObject([{ severity: 'critical', value: 97 }]);
    expect(book.update([broken('high-memory', 'unhealthy', 98)], 3)).toEqual([]);
    expect(book.update([broken('high-memory', 'degraded', 90)], 4)).toEqual([]);
    expect(book.summary(5).active).toMatchObject([{ severity: 'critical', value: 90 }]);
    expect(book.summary(5).history.firedTotal).toBe(1);
  });

  test('of other rules do not move when one rule is looked at out of turn', () => {
    const book = new AlertBook();
    book.update([broken()], 0);
    expect(book.update([broken(), broken('database-down', 'unhealthy')], 1, 'database-down')).toMatchObject([
      { type: 'database-down' },
    ]);
    expect(book.summary(1).active).toHaveLength(1);
    book.update([broken()], 2);
    expect(book.update([], 3, 'database-down')).toMatchObject([
      { type: 'database-down', status: 'resolved' },
    ]);
    expect(book.summary(3).active).toMatchObject([{ type: 'high-cpu' }]);
  });

  test('are counted by severity and type, the gravest first', () => {
    const book = new AlertBook();
    const both = [broken('high-cpu'), broken('database-down', 'unhealthy')];
    book.update(both, 0);
    book.update(both, 1);
    const { firing, firingBySeverity, active, history } = book.summary(2);
    expect(firing).toBe(2);
    expect(firingBySeverity).toEqual({ info: 0, warning: 1, error: 0, critical: 1 });
    expect(active.map(({ type }) => type)).toEqual(['database-down', 'high-cpu']);
    expect(history.byType).toEqual({ 'database-down': 1, 'high-cpu': 1 });
  });

  test(`keep the last ${HISTORY_LIMIT}, newest first`, () => {
    const book = new AlertBook();
    for (let round = 0; round < HISTORY_LIMIT + 50; round++) {
      book.update([broken('database-down', 'unhealthy')], round * 10);
      book.update([], round * 10 + 1);
      book.update([], round * 10 + 2);
    }
    expect(HISTORY_LIMIT).toBe(1_000);
    const { size, firedTotal } = book.summary(0).history;
    expect({ size, firedTotal }).toEqual({ size: 1_000, firedTotal: 1_050 });
    const { matched, alerts } = book.history(0, 1_000, null);
    expect(matched).toBe(1_000);
    expect(alerts[0]?.id).toBe('database-down-1050');
    expect(alerts.at(-1)?.id).toBe('database-down-51');
    expect(book.history(0, 3, null).alerts).toHaveLength(3);
    expect(book.history(0, 0, null)).toMatchObject({ matched: 1_000, alerts: [] });
  });

  test('are found by severity', () => {
    const book = new AlertBook();
    book.update([broken('database-down', 'unhealthy'), broken()], 0);
    book.update([broken('database-down', 'unhealthy'), broken()], 0);
    expect(book.history(0, 10, ['warning'])).toMatchObject({ matched: 1, alerts: [{ type: 'high-cpu' }] });
    expect(book.history(0, 10, ['info']).alerts).toEqual([]);
    expect(book.history(0, 10, ['warning', 'critical']).matched).toBe(2);
  });

  test('have no negative duration where the wall clock jumps back', () => {
    const book = new AlertBook();
    const [fired] = book.update([broken('database-down', 'unhealthy')], 10_000);
    expect(fired?.durationSeconds).toBe(0);
    expect(book.summary(0).active[0]?.durationSeconds).toBe(0);
  });
});
