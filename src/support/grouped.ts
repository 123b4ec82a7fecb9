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
