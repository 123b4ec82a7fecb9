const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Reads `500ms`, `30s`, `5m`, `24h` (whole or decimal numbers, one unit).
 * @returns milliseconds, or undefined if the text is not a duration; a bare number is not one.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim());
  const factor = UNITS[match?.[2] ?? ''];
  if (!match?.[1] || factor === undefined) return undefined;
  const ms = Number(match[1]) * factor;
  return Number.isFinite(ms) ? ms : undefined;
}

/** Milliseconds for people: `0 ms`, `12.3 ms`, `480 ms`, `1.5 s`, `2 min 5 s`, `3 h 4 min`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return String(ms);
  const size = Math.abs(ms);
  if (size < 1_000) return `${trim(ms, size < 100 ? 1 : 0)} ms`;
  if (size < 60_000) return `${trim(ms / 1_000, 1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (size < 3_600_000) return pair(Math.trunc(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(ms / 60_000);
  return pair(Math.trunc(minutes / 60), 'h', minutes % 60, 'min');
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${Math.abs(small)} ${smallUnit}`;
}
