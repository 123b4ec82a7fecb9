/**
 * A number with its thousands apart, as `toLocaleString('en-US')` writes it: `1,234,567`. The first use of that one
 * loads the tables of languages, 12 ms that a short run would spend on a comma; fractions and what is larger than
 * a number can count go to it.
 */
export function grouped(value: number): string {
  if (!Number.isSafeInteger(value)) return value.toLocaleString('en-US');
  return String(value).replace(/\d(?=(?:\d{3})+$)/g, '$&,');
}
