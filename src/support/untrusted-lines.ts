/**
 * Log text that came from outside, as lines that a workflow runner takes for text: a line that starts with
 * `::` or holds `##[` would be a command to it (`::add-mask::`, `::set-output`). Other line ends become \n.
 */
export function disarmCommands(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the line ends that are looked for
      .replace(/\r\n?|[\u000b\u000c\u0085\u2028\u2029]/g, '\n')
      // Not `\s*`: over many empty lines that would take the square of their number.
      .replace(/^([^\S\n]*):(?=:)/gm, '$1:\u200b')
      .replace(/##(?=\[)/g, '#\u200b#')
  );
}
