export { plural as count, shorten as cut } from '../../support/format.ts';

/**
 * Free text comes from error messages, response bodies and people. Before it goes anywhere it loses
 * what could act: control characters, marks that turn the direction of writing, broken surrogates.
 */

// Built from code points: such characters must not stand in the source, where nobody can see them.
const CONTROL = new RegExp(
  `[${range(0x00, 0x08)}${range(0x0b, 0x1f)}${range(0x7f, 0x9f)}${range(0x2028, 0x2029)}]`,
  'g',
);
const DIRECTION = new RegExp(
  `[${range(0x061c)}${range(0x200e, 0x200f)}${range(0x202a, 0x202e)}${range(0x2066, 0x2069)}]`,
  'g',
);
const INVISIBLE_JOINER = '\u2060';

/** Text of several lines without anything that acts; tabs become spaces. */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, ' ')
    .replace(CONTROL, '')
    .replace(DIRECTION, '')
    .trim();
}

/** The same on one line. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ');
}

/**
 * Takes the life out of `@here`, `@channel`, `@everyone`, `@name`, and of `#12` and `GH-12`, which GitHub makes
 * links of and notes on the other side; they read the same.
 */
export function disarmMentions(text: string): string {
  return text
    .replace(/@(?=[\p{L}\p{N}_-])/gu, `@${INVISIBLE_JOINER}`)
    .replace(/#(?=\d)/g, `#${INVISIBLE_JOINER}`)
    .replace(/GH-(?=\d)/gi, (name) => `${name}${INVISIBLE_JOINER}`);
}

function range(from: number, to = from): string {
  const show = (code: number) => `\\u${code.toString(16).padStart(4, '0')}`;
  return `${show(from)}-${show(to)}`;
}
