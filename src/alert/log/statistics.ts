import type { AlertStatistics } from '../../report/schema.ts';
import type { HistoryEntry } from './history.ts';
import type { Memory } from './memory.ts';

const NOISIEST = 5;

/** What the history says: who was told of what, when, and how long things took. Pure; hours are UTC. */
export function statisticsOf(memory: Memory): AlertStatistics {
  const { history } = memory;
  const told = history.filter(({ event }) => event === 'firing');
  const lasted = history.flatMap(({ event, lastedMs }) =>
    event === 'resolved' && lastedMs !== undefined ? [lastedMs] : [],
  );
  const byHour = new Array<number>(24).fill(0);
  for (const { at } of told) {
    const hour = new Date(at).getUTCHours();
    byHour[hour] = (byHour[hour] ?? 0) + 1;
  }
  const first = history[0];
  return {
    ...(first === undefined ? {} : { since: new Date(first.at).toISOString() }),
    entries: history.length,
    told: told.length,
    resolved: lasted.length,
    muted: history.filter(({ event }) => event === 'muted').length,
    inhibited: history.filter(({ event }) => event === 'inhibited').length,
    firingNow: [...memory.alerts.values()].filter(({ status }) => status === 'firing').length,
    bySeverity: countBy(told, ({ severity }) => severity),
    byType: countBy(told, ({ type }) => type),
    byChannel: channelsOf(history),
    byHour,
    meanTimeToResolveMs:
      lasted.length === 0 ? null : Math.round(lasted.reduce((sum, ms) => sum + ms, 0) / lasted.length),
    noisiest: noisiest(told, memory),
  };
}

function noisiest(told: readonly HistoryEntry[], memory: Memory): AlertStatistics['noisiest'] {
  const groups = Map.groupBy(told, ({ fingerprint }) => fingerprint);
  return [...groups]
    .map(([fingerprint, entries]) => {
      const last = entries.at(-1);
      return {
        fingerprint,
        title: last?.title ?? '',
        source: last?.source ?? '',
        told: entries.length,
        held: memory.alerts.get(fingerprint)?.held ?? 0,
      };
    })
    .sort((a, b) => b.told - a.told || b.held - a.held || (a.fingerprint < b.fingerprint ? -1 : 1))
    .slice(0, NOISIEST);
}

function channelsOf(history: readonly HistoryEntry[]): AlertStatistics['byChannel'] {
  const counts = new Map<string, { delivered: number; failed: number }>();
  for (const { channels } of history) {
    for (const [key, status] of Object.entries(channels)) {
      const count = counts.get(key) ?? { delivered: 0, failed: 0 };
      if (status === 'failed') count.failed++;
      else count.delivered++;
      counts.set(key, count);
    }
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
