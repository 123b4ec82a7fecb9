import { cleanText, cut } from '../../model/text.ts';

const INVISIBLE_JOINER = '\u2060';

/** Slack reads `& < >` as markup, and `<!channel>` as a call to everybody. */
export function escapeSlack(text: string): string {
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

/**
 * A text object for text from outside: nothing in it becomes a link, a mention or a channel
 * (`verbatim`), and nothing acts.
 */
export function mrkdwn(escaped: string) {
  return { type: 'mrkdwn' as const, text: escaped, verbatim: true };
}

/**
 * Headers and buttons take plain text only, where entities are not documented to be read: the angle
 * brackets become look-alikes, so that nothing depends on it.
 */
export function plainText(text: string, length: number) {
  const harmless = disarmBroadcasts(cleanText(text))
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replace(/\s+/g, ' ');
  return { type: 'plain_text' as const, text: cut(harmless, length) || '-', emoji: false };
}

/** Only what calls people together; an address such as `a@b.example` can still be copied. */
function disarmBroadcasts(text: string): string {
  return text.replace(/@(?=(?:here|channel|everyone|group)\b)/gi, `@${INVISIBLE_JOINER}`);
}
