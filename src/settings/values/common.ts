import * as z from 'zod';
import { parseDuration } from '../../support/duration.ts';
import { grouped } from '../../support/format.ts';
import { nearest } from '../../support/nearest.ts';
import { quoted, type Refusal, refuse, wordList } from './refusal.ts';

/**
 * The kinds of values that inputs have, from text. Their messages say what to write, and never repeat
 * the value where it could be a secret.
 */

/** `true` or `false`; GitHub's own YAML 1.2 spellings too. Anything else is an error, not false. */
export const booleanText = z.string().transform((text, context) => {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  return refuse(context, {
    code: 'not-a-boolean',
    value: quoted(text),
    message: 'is neither true nor false',
    hint: 'Write `true` or `false`.',
  });
});

/** No duration of this program is longer. */
const LONGEST_MS = 366 * 24 * 3_600_000;

/** A duration with its unit, as milliseconds. */
export function durationText(limits: { min?: number; max?: number } = {}) {
  return z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms === undefined) {
      const bare = /^\d+(\.\d+)?$/.test(text);
      return refuse(context, {
        code: 'not-a-duration',
        value: quoted(text),
        message: 'is not a duration',
        hint: `Write a number with its unit, such as \`${bare ? `${text}s` : '30s'}\` (units: ms, s, m, h).`,
      });
    }
    const { min = 0, max } = limits;
    if (ms < min || ms > (max ?? LONGEST_MS)) {
      const range = max === undefined && ms > LONGEST_MS ? 'of at most 366 days' : rangeWords(min, max, 'ms');
      return refuse(context, {
        code: 'out-of-range',
        value: quoted(text),
        message: 'is out of range',
        hint: `Write a duration ${range}.`,
      });
    }
    return ms;
  });
}

/** A plain integer within limits. */
export function integerText(min: number, max: number) {
  return z.string().transform((text, context) => {
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < min || value > max) {
      return refuse(context, {
        code: 'not-an-integer',
        value: quoted(text),
        message: `is not a whole number ${rangeWords(min, max)}`,
      });
    }
    return value;
  });
}

/** One of a few words. */
export function choiceText<const Choice extends string>(choices: readonly Choice[]) {
  return z.string().transform((text, context) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) {
      return refuse(context, unknownChoice(text, choices, `Write ${wordList(choices)}.`));
    }
    return found;
  });
}

function unknownChoice(text: string, choices: readonly string[], hint: string): Refusal {
  const near = nearest(text, choices);
  return {
    code: 'unknown-choice',
    value: quoted(text),
    message: 'is not known',
    hint: near === undefined ? hint : `Did you mean \`${near}\`? ${hint}`,
  };
}

/** Entries one per line, blank lines ignored; with `commas`, commas separate them as well. */
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
        refuse(context, unknownChoice(entry, choices, `Write some of ${wordList(choices)}.`));
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

function rangeWords(min: number, max: number | undefined, unit = ''): string {
  const show = (value: number) => `${grouped(value)}${unit ? ` ${unit}` : ''}`;
  return max === undefined ? `of at least ${show(min)}` : `from ${show(min)} to ${show(max)}`;
}
