import { styleText } from 'node:util';

/** What the demo shows: one line a finding, a table at the end. Colour where the terminal has it. */

type Style = Parameters<typeof styleText>[0];

function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** One step of the story and whether it did what it should. */
export interface StepResult {
  readonly step: string;
  readonly expected: string;
  readonly found: string;
  readonly ok: boolean;
  readonly seconds: number;
}

export function title(text: string): void {
  console.log(`\n${paint(['bold', 'cyan'], `▌ ${text}`)}`);
}

export function say(text: string): void {
  for (const line of text.split('\n')) console.log(`  ${line}`);
}

export function faint(text: string): void {
  for (const line of text.split('\n')) console.log(paint('dim', `  │ ${line}`));
}

export function verdictLine(ok: boolean, text: string): void {
  console.log(`  ${ok ? paint('green', '✔') : paint('red', '✘')} ${text}`);
}

/** The closing table. */
export function closingTable(results: readonly StepResult[]): void {
  const head = ['', 'step', 'expected', 'found', 'took'];
  const rows = results.map((result) => [
    result.ok ? '✔' : '✘',
    result.step,
    result.expected,
    result.found,
    `${result.seconds.toFixed(1)} s`,
  ]);
  const widths = head.map((name, column) =>
    Math.min(58, Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length))),
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => padded(cell, widths[column] ?? 0)).join('  ');
  console.log(`\n  ${paint('bold', line(head))}`);
  console.log(`  ${paint('dim', widths.map((width) => '─'.repeat(width)).join('──'))}`);
  for (const [index, row] of rows.entries()) {
    console.log(`  ${paint(results[index]?.ok ? 'green' : 'red', line(row))}`);
  }
}

function padded(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
