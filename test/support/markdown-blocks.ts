/** A fenced block of a Markdown text. */
export interface Block {
  language: string;
  /** without the indentation that the fence has */
  code: string;
  /** line of the opening fence, from 1 */
  line: number;
}

/** The fenced blocks of a Markdown text, those in lists included. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const open = /^( *)(```+)(\S*)/.exec(lines[at] ?? '');
    if (!open) continue;
    const [, indent = '', fence = '', language = ''] = open;
    const end = lines.findIndex((line, index) => index > at && line.trim() === fence);
    if (end === -1) throw new Error(`line ${at + 1}: the block has no end`);
    const body = lines
      .slice(at + 1, end)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    blocks.push({ language, code: body.join('\n'), line: at + 1 });
    at = end;
  }
  return blocks;
}
