import { formatDuration } from '../../support/duration.ts';
import type { AlertStatistics } from '../schema.ts';
import { cell, table } from './markdown.ts';

const BARS = ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** The alert history in numbers, folded away below the alerts. Pure. */
export function statisticsPart(statistics: AlertStatistics): string {
  const { told, resolved, muted, inhibited, firingNow, meanTimeToResolveMs, since } = statistics;
  const counts = (record: Readonly<Record<string, number>>) =>
    Object.entries(record)
      .slice(0, 10)
      .map(([name, number]) => `${cell(name)} ${number}`)
      .join(', ') || 'none';
  const channels = Object.entries(statistics.byChannel)
    .slice(0, 10)
    .map(
      ([name, { delivered, failed }]) =>
        `${cell(name)} ${delivered}${failed > 0 ? ` (${failed} failed)` : ''}`,
    )
    .join(', ');
  const rows = [
    [
      'Told',
      `${told}; ${resolved} resolved, ${muted} muted, ${inhibited} inhibited, ${firingNow} firing now`,
    ],
    ['By severity', counts(statistics.bySeverity)],
    ['By type', counts(statistics.byType)],
    ['By channel', channels || 'none'],
    ['By hour (UTC, from 0)', hours(statistics.byHour)],
    ['Mean time to resolve', meanTimeToResolveMs === null ? 'unknown' : formatDuration(meanTimeToResolveMs)],
    [
      'Noisiest',
      statistics.noisiest
        .map(
          ({ title, source, told: times, held }) =>
            `${cell(title)} (${cell(source)}): told ${times}, held ${held}`,
        )
        .join('<br>') || 'none',
    ],
  ];
  const from = since === undefined ? '' : ` since ${since.slice(0, 10)}`;
  return `<details><summary>Alert statistics${from}</summary>\n\n${table(['', ''], rows, rows.length)}\n\n</details>`;
}

function hours(byHour: readonly number[]): string {
  const most = Math.max(1, ...byHour);
  return byHour
    .map((number) => BARS[number === 0 ? 0 : Math.max(1, Math.round((number / most) * 8))])
    .join('');
}
