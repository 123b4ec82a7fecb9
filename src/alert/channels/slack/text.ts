import { cleanText, cut } from '../../model/text.ts';

const INVISIBLE_JOINER = '\u2060';

/** Slack reads `& < >` as markup, and `<!channel>` as a call to everybody. */
function escapeSlack(text: string): string {
  return disarmBroadcasts(cleanText(text))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** Escaped text of at most `length` units; no entity is cut in half. */
export function slackText(text: string, length: number): string {
  const escaped = escapeSlack(text);
  if (escaped.length <= length) return escaped;
  return `${escaped
    .slice(0, length - 1)
    .replace(/&[a-z]{0,3}$/, '')
    .replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** A run of text with one style. */
export interface Span {
  readonly text: string;
  readonly bold?: boolean;
  readonly strike?: boolean;
}

/**
 * A block of text from outside. `mrkdwn` would format it, whatever `verbatim` says; the text of `rich_text` is shown
 * as it is, and only the style beside it counts.
 */
export function richText(...spans: readonly Span[]): { type: string; elements: readonly unknown[] } {
  const elements = spans
    .filter(({ text }) => text !== '')
    .map(({ text, bold, strike }) => ({
      type: 'text',
      text,
      ...(bold || strike ? { style: { ...(bold ? { bold } : {}), ...(strike ? { strike } : {}) } } : {}),
    }));
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] };
}

/** Text as it is shown, of at most `length` units, without what could act elsewhere. */
export function shownText(text: string, length: number): string {
  return cut(disarmBroadcasts(cleanText(text)), length);
}

/**
 * Plain text, where entities are not documented to be read: the angle
 * brackets become look-alikes, so that nothing depends on it.
 */
export function plainText(text: string, length: number, lines = false) {
  const harmless = disarmBroadcasts(cleanText(text))
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replace(lines ? /[^\S\n]+/g : /\s+/g, ' ');
  return { type: 'plain_text' as const, text: cut(harmless, length) || '-', emoji: false };
}

/** Only what calls people together; an address such as `a@b.example` can still be copied. */
function disarmBroadcasts(text: string): string {
  return text.replace(/@(?=(?:here|channel|everyone|group)\b)/gi, `@${INVISIBLE_JOINER}`);
}
