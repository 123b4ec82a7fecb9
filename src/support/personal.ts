/**
 * Whether a text may be about a person, by its shape: names of fields do not tell, because an `_id` can be an e-mail
 * address and a note can hold anything. What is left are codes and ids, which is what plans are read for.
 * @returns its kind, for `*** (e-mail)`; undefined if it may be shown.
 */
function personalKind(text: string): string | undefined {
  if (text.includes('@')) return 'e-mail';
  if (isCardNumber(text)) return 'card number';
  if (/^\+?[\d\s().-]{7,}$/.test(text) && (text.match(/\d/g) ?? []).length >= 7 && !isDate(text))
    return 'number of digits';
  if (/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text.replaceAll(' ', ''))) return 'IBAN';
  if (/\s/.test(text.trim())) return 'text';
  return /[^\p{ASCII}]/u.test(text) ? 'text' : undefined;
}

/** The text, or its kind in place of it. */
export function withoutPersonal(text: string): string {
  const kind = personalKind(text);
  return kind === undefined ? text : `*** (${kind})`;
}

/** 13 to 19 digits with the check digit of Luhn. */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  if (!/^\d{13,19}$/.test(digits)) return false;
  let sum = 0;
  for (const [index, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text);
}
