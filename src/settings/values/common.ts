import * as z from 'zod';
import { parseDuration } from '../../support/duration.ts';

/**
 * The kinds of values that inputs have, from text. Their messages say what to write, and never repeat
 * the value where it could be a secret.
 */

/** `true` or `false`; GitHub's own YAML 1.2 spellings too. Anything else is an error, not false. */
export const booleanText = z.string().transform((text, context) => {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  context.addIssue({
    code: 'custom',
    message: `'${shorten(text)}' is neither true nor false; write \`true\` or \`false\``,
  });
  return z.NEVER;
});

/** No duration of this program is longer. */
const LONGEST_MS = 366 * 24 * 3_600_000;

/** A duration with its unit, as milliseconds. */
export function durationText(limits: { min?: number; max?: number } = {}) {
  return z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms === undefined) {
      const bare = /^\d+(\.\d+)?$/.test(text);
      context.addIssue({
        code: 'custom',
        message: `'${shorten(text)}' is not a duration; write a number with its unit, such as \`${bare ? `${text}s` : '30s'}\` (units: ms, s, m, h)`,
      });
      return z.NEVER;
    }
    const { min = 0, max } = limits;
    if (ms < min || ms > (max ?? LONGEST_MS)) {
      const range = max === undefined && ms > LONGEST_MS ? 'of at most 366 days' : rangeWords(min, max, 'ms');
      context.addIssue({
        code: 'custom',
        message: `'${shorten(text)}' is out of range; write a duration ${range}`,
      });
      return z.NEVER;
    }
    return ms;
  });
}

/** A plain integer within limits. */
export function integerText(min: number, max: number) {
  return z.string().transform((text, context) => {
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < min || value > max) {
      context.addIssue({
        code: 'custom',
        message: `'${shorten(text)}' is not a whole number ${rangeWords(min, max)}`,
      });
      return z.NEVER;
    }
    return value;
  });
}

/** One of a few words. */
export function choiceText<const Choice extends string>(choices: readonly Choice[]) {
  return z.string().transform((text, context) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) {
      context.addIssue({
        code: 'custom',
        message: `'${shorten(text)}' is not known; write ${wordList(choices)}`,
      });
      return z.NEVER;
    }
    return found;
  });
}

/** Entries one a line, blank lines passed over; with `commas`, commas part them as well. */
export function listText(options: { commas: boolean }) {
  return z.string().transform((text) =>
    text
      .split(options.commas ? /[\r\n,]+/ : /[\r\n]+/)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  );
}

/** A list of words out of a few, without repeats, in the order given. */
export function choicesText<const Choice extends string>(choices: readonly Choice[]) {
  return listText({ commas: true }).transform((entries, context) => {
    const found: Choice[] = [];
    for (const entry of entries) {
      const choice = choices.find((known) => known === entry);
      if (choice === undefined) {
        context.addIssue({
          code: 'custom',
          message: `'${shorten(entry)}' is not known; write some of ${wordList(choices)}`,
        });
      } else if (!found.includes(choice)) found.push(choice);
    }
    return found;
  });
}

/** Any text; the length is limited so that a mistake cannot blow a message up. */
export const plainText = z.string().max(100_000, 'is longer than 100,000 characters');

/** A name that may become part of ids and file names. */
export const nameText = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,99}$/u,
    'is not a name; write up to 100 letters, digits, spaces and . _ / -',
  );

/** For messages: the value, cut where it is long, on one line. */
export function shorten(text: string, length = 60): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

/** `a`, `b` or `c`. */
export function wordList(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

function rangeWords(min: number, max: number | undefined, unit = ''): string {
  const show = (value: number) => `${value.toLocaleString('en-US')}${unit ? ` ${unit}` : ''}`;
  return max === undefined ? `of at least ${show(min)}` : `from ${show(min)} to ${show(max)}`;
}
