/** Longest text of a table cell; what is longer is cut and says so. The JSON report has it whole. */
const LONGEST_CELL = 400;

/**
 * Text as data in GitHub's Markdown: nothing in it becomes markup, a link, a mention or another cell.
 * Newlines become spaces.
 */
export function escapeMarkdown(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
      .replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, ' ')
      // Marks that turn the reading direction could make a red line read as a green one.
      .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/([\\`*_[\]#|~$])/g, '\\$1')
      // A zero-width joiner keeps @name, #12 and GH-12 from becoming mentions and links: GitHub looks for those
      // after Markdown is read, when the backslash is gone. A host may begin with a dot there.
      .replace(/@(?=[\w.\\-])/g, '@\u200d')
      .replace(/#(?=\d)/g, '#\u200d')
      .replace(/GH-(?=\d)/gi, (name) => `${name}\u200d`)
      .replace(/:\/\//g, ':\u200d//')
      .replace(/www(?=\.)/gi, (name) => `${name}\u200d`)
  );
}

/** A cell of a table: escaped and cut. */
export function cell(text: string): string {
  const cut =
    text.length > LONGEST_CELL
      ? `${text.slice(0, LONGEST_CELL)}… (${text.length - LONGEST_CELL} more characters)`
      : text;
  return escapeMarkdown(cut);
}

/** Text as code: within a table cell a pipe must be escaped even there. */
export function code(text: string): string {
  const line = text.replace(/\s+/g, ' ').slice(0, LONGEST_CELL);
  const ticks = '`'.repeat(Math.max(0, ...[...line.matchAll(/`+/g)].map((run) => run[0].length)) + 1);
  // A backslash before a pipe would undo the pipe's own escape.
  const safe = line.replaceAll('\\|', '\\\u200b|').replaceAll('|', '\\|');
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return line === '' ? '' : `${ticks}${pad}${safe}${pad}${ticks}`;
}

/** Text of several lines as a code block, whatever is in it. */
export function block(text: string): string {
  const fence = '`'.repeat(Math.max(2, ...[...text.matchAll(/`+/g)].map((run) => run[0].length)) + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/**
 * A table of ready cells. Where there are more rows than `maxRows`, the rest is counted in a line below,
 * never dropped in silence.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  maxRows: number,
): string {
  const shown = rows.slice(0, maxRows);
  const lines = [`| ${head.join(' | ')} |`, `|${head.map(() => ' --- ').join('|')}|`];
  for (const row of shown) lines.push(`| ${row.join(' | ')} |`);
  if (rows.length > shown.length) {
    lines.push('', `… and ${rows.length - shown.length} more rows; the JSON report has them all.`);
  }
  return lines.join('\n');
}
