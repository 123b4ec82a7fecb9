/** Numbers and texts as every message, report and page shows them. */

/**
 * A number with its thousands apart, as `toLocaleString('en-US')` writes it: `1,234,567`. The first use of that one
 * loads the tables of languages, 12 ms that a short run would spend on a comma; fractions and what is larger than
 * a number can count go to it.
 */
export function grouped(value: number): string {
  if (!Number.isSafeInteger(value)) return value.toLocaleString('en-US');
  const digits = String(Math.abs(value));
  const groups: string[] = [];
  for (let end = digits.length; end > 0; end -= 3) groups.unshift(digits.slice(Math.max(0, end - 3), end));
  return `${value < 0 ? '-' : ''}${groups.join(',')}`;
}

/** `1 check`, `2 checks`, `1,234 checks`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : many}`;
}

/** `512 B`, `1.2 MB`: in powers of 1,024, as thresholds read `KB MB GB`. */
export function bytesInWords(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let size = bytes;
  let unit = 0;
  while (Math.abs(size) >= 1_024 && unit < units.length - 1) {
    size /= 1_024;
    unit++;
  }
  return `${Number(size.toFixed(unit === 0 ? 0 : 1))} ${units[unit]}`;
}

/**
 * At most `length` UTF-16 units, ending in `…` if the text was cut. Never cuts a surrogate pair apart. Redact a text
 * before it is shortened: half a secret is not recognised any more.
 */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, Math.max(0, length - 1)).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
