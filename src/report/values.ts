import { formatDuration } from '../support/duration.ts';
import { grouped } from '../support/format.ts';
import type { Check } from './schema.ts';

/** A measured value with its unit as plain text: `12.3 ms`, `0.4 %`, `—` if nothing was measured. */
export function valueWords(value: number | string | null, unit: string): string {
  if (value === null) return '—';
  if (typeof value === 'string') return value;
  if (unit === 'ms') return formatDuration(value);
  const rounded =
    Math.abs(value) >= 100 || Number.isInteger(value)
      ? grouped(Math.round(value * 100) / 100)
      : String(Number(value.toPrecision(3)));
  return unit === '' ? rounded : `${rounded} ${unit}`;
}

/** What a check observed, unless its reason says so already or nothing was measured; then empty. */
export function observedWords({ observed, unit, reason, baseline }: Check): string {
  const words = valueWords(observed, unit);
  const before = baseline === undefined ? '' : `baseline ${valueWords(baseline, unit)}`;
  const shown = observed === null || reason.includes(words) ? '' : words;
  return [shown, reason.includes(before.replace('baseline ', '')) ? '' : before].filter(Boolean).join(', ');
}
