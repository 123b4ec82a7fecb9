import { ALL_SECRETS, secretOf } from './secrets.ts';

/** A secret that was found, and where. */
export interface Leak {
  readonly secret: string;
  readonly form: string;
  readonly place: string;
  readonly around: string;
}

const PART = 8;
/** Bytes in hex and Base64 are found in longer parts: eight characters of hex are four bytes, which digests hit by chance. */
const ENCODED_PART = 14;

/** Each form in which a secret can turn up; any part of it of the length counts. */
function formsOf(secret: string): { form: string; text: string; part: number }[] {
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.from('\0'.repeat(offset) + secret)
      .toString('base64')
      .replace(/=+$/, '')
      .slice(offset === 0 ? 0 : offset + 1, -1),
  );
  const hex = Buffer.from(secret).toString('hex');
  const halves = [secret.slice(0, secret.length / 2), secret.slice(secret.length / 2)];
  const html = secret.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
  return [
    { form: 'raw', text: secret, part: PART },
    { form: 'URL-encoded', text: encodeURIComponent(secret), part: ENCODED_PART },
    { form: 'JSON', text: JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'), part: ENCODED_PART },
    { form: 'HTML', text: html, part: ENCODED_PART },
    { form: 'halves swapped', text: `${halves[1]}${halves[0]}`, part: PART },
    { form: 'reversed', text: [...secret].reverse().join(''), part: PART },
    { form: 'hex', text: hex, part: ENCODED_PART },
    { form: 'HEX', text: hex.toUpperCase(), part: ENCODED_PART },
    ...base64.flatMap((text) => [
      { form: 'Base64', text, part: ENCODED_PART },
      { form: 'Base64url', text: text.replaceAll('+', '-').replaceAll('/', '_'), part: ENCODED_PART },
    ]),
  ];
}

export const FORMS: readonly string[] = [...new Set(formsOf(secretOf('x')).map(({ form }) => form))];

/** Every part of every form, so that a text is searched for all secrets in one pass. */
const INDEX = new Map<number, Map<string, { secret: string; form: string }>>();
for (const secret of ALL_SECRETS) {
  for (const { form, text, part } of formsOf(secretOf(secret))) {
    const known = INDEX.get(part) ?? new Map<string, { secret: string; form: string }>();
    INDEX.set(part, known);
    for (let at = 0; at + part <= text.length; at++) {
      const key = text.slice(at, at + part);
      if (!known.has(key)) known.set(key, { secret, form });
    }
  }
}

/** Every secret of which a part stands in a text; each once. */
export function search(text: string, place: string): Leak[] {
  const found = new Map<string, Leak>();
  for (const [part, known] of INDEX) {
    for (let at = 0; at + part <= text.length; at++) {
      const hit = known.get(text.slice(at, at + part));
      if (hit === undefined || found.has(hit.secret)) continue;
      found.set(hit.secret, { ...hit, place, around: text.slice(Math.max(0, at - 80), at + 120) });
    }
  }
  return [...found.values()];
}
