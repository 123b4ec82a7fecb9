import { describe, expect, test } from 'vitest';
import { type HistoryEntry, MAX_HISTORY, remember } from '../../../src/alert/log/history.ts';
import {
  type AlertMemory,
  MAX_ALERTS,
  NewerMemoryError,
  parseMemory,
  storedMemory,
} from '../../../src/alert/log/memory.ts';

const remembered = (fingerprint: string, over: Partial<AlertMemory> = {}): AlertMemory => ({
  fingerprint,
  type: 'custom',
  source: 's',
  check: '',
  severity: 'error',
  title: 't',
  message: '',
  labels: {},
  status: 'firing',
  episode: 1,
  firedAt: 1,
  seenAt: 1,
  failures: 1,
  passes: 0,
  held: 0,
  references: {},
  ...over,
});

const entry = (at: number): HistoryEntry => ({
  at,
  fingerprint: 'f',
  type: 'custom',
  severity: 'error',
  source: 's',
  check: '',
  title: 't',
  event: 'firing',
  rule: 'first-notification',
  channels: { slack: 'delivered' },
});

describe('the stored memory', () => {
  test('nothing stored is an empty memory, without a word', () => {
    expect(parseMemory(undefined)).toEqual({ memory: { alerts: new Map(), history: [] }, dropped: 0 });
  });

  test.each([['a text'], [5], [[]], [{}], [{ version: 1, alerts: {}, history: [] }]])(
    '%j is damaged, and says so',
    (stored) => {
      expect(parseMemory(stored).dropped).toBeGreaterThan(0);
    },
  );

  test('one bad entry does not cost the others', () => {
    const stored = {
      version: 1,
      alerts: [remembered('a'), { ...remembered('b'), status: 'strange' }],
      history: [entry(1), 'x', entry(2)],
    };
    const { memory, dropped } = parseMemory(stored);
    expect([...memory.alerts.keys()]).toEqual(['a']);
    expect(memory.history.map(({ at }) => at)).toEqual([1, 2]);
    expect(dropped).toBe(2);
  });

  test('that of a newer version is refused, not overwritten', () => {
    expect(() => parseMemory({ version: 2, alerts: [], history: [] })).toThrow(NewerMemoryError);
  });

  test('keeps firing alerts before resolved ones when there are too many', () => {
    const alerts = new Map<string, AlertMemory>();
    for (let index = 0; index < MAX_ALERTS; index++) {
      alerts.set(`old${index}`, remembered(`old${index}`, { status: 'resolved', seenAt: 100 + index }));
    }
    for (let index = 0; index < 10; index++) alerts.set(`firing${index}`, remembered(`firing${index}`));
    const { alerts: stored } = storedMemory({ alerts, history: [] }) as { alerts: AlertMemory[] };
    expect(stored).toHaveLength(MAX_ALERTS);
    expect(stored.filter(({ status }) => status === 'firing')).toHaveLength(10);
    expect(stored.some(({ fingerprint }) => fingerprint === 'old0')).toBe(false);
  });
});

test('history holds at most 1,000 entries, oldest first out, each of bounded size', () => {
  let history: readonly HistoryEntry[] = [];
  for (let at = 0; at < MAX_HISTORY + 5; at++) {
    history = remember(history, { ...entry(at), title: 'x'.repeat(10_000) });
  }
  expect(history).toHaveLength(MAX_HISTORY);
  expect(history[0]?.at).toBe(5);
  expect(history.at(-1)?.at).toBe(MAX_HISTORY + 4);
  expect(JSON.stringify(history).length).toBeLessThan(500_000);
});
