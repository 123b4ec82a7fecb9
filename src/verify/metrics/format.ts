import { formatDuration } from '../../support/duration.ts';
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
      return formatBytes(value);
    default:
      return Number.isInteger(value) ? grouped(value) : trim(value, 3);
  }
}

/** Time that may also be days: certificates live longer than requests. */
function formatTime(ms: number): string {
  return Math.abs(ms) >= 48 * 3_600_000 ? `${trim(ms / 86_400_000, 1)} days` : formatDuration(ms);
}

function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let size = bytes;
  let unit = 0;
  while (Math.abs(size) >= 1_024 && unit < units.length - 1) {
    size /= 1_024;
    unit++;
  }
  return `${trim(size, unit === 0 ? 0 : 1)} ${units[unit]}`;
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

/** `1 sample`, `3 samples`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : many}`;
}

/** `12,345`; the locale's own formatting takes 15 ms to load. */
function grouped(integer: number): string {
  return String(integer).replace(/\B(?=(\d{3})+$)/g, ',');
}
