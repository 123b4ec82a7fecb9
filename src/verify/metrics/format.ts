import { formatDuration } from '../../support/duration.ts';
import { bytesInWords, grouped } from '../../support/format.ts';
import type { Unit } from './catalogue.ts';

/** A value with its unit, for people. */
export function formatValue(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return 'beyond measure';
  switch (unit) {
    case 'ms':
      return formatTime(value);
    case 's':
      return formatTime(value * 1_000);
    case '%':
      return `${trim(value, 2)}%`;
    case 'ratio':
      return `${trim(value * 100, 2)}%`;
    case 'B':
      return bytesInWords(value);
    default:
      return Number.isInteger(value) ? grouped(value) : trim(value, 3);
  }
}

/** Time that may also be days: certificates live longer than requests. */
function formatTime(ms: number): string {
  return Math.abs(ms) >= 48 * 3_600_000 ? `${trim(ms / 86_400_000, 1)} days` : formatDuration(ms);
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
