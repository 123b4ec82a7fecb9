/**
 * Runs the demo and draws what it showed as docs/images/demo.svg, for the README:
 * `node scripts/generate/demo-picture.ts`. Lines of detail are left out; nothing else is.
 */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const CHARACTER = 8.4;
const LINE = 20;
const PAD = 20;

/** The demo's colours (ANSI codes) on a dark ground; each keeps a contrast of at least 7:1. */
const COLOURS: Readonly<Record<string, string>> = {
  '31': '#ff9d94',
  '32': '#7ee787',
  '36': '#79d7ff',
  '2': '#9ba7b4',
};
const PLAIN = '#e6edf3';
const ESCAPE = String.fromCharCode(27);
const CODE = new RegExp(`${ESCAPE}\\[(\\d+)m`, 'g');

const output = await runDemo();
const lines = output
  .split('\n')
  .filter((line) => !line.includes('│') || /Slack {2}|email {2}|digest|for this run/.test(line))
  .map((line) => line.replace(/; without .*$/, ''));
while (lines[0]?.trim() === '') lines.shift();
while (lines.at(-1)?.trim() === '') lines.pop();
await mkdir(`${root}docs/images`, { recursive: true });
await writeFile(`${root}docs/images/demo.svg`, svg(lines));

function runDemo(): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`${root}demo/demo.ts`], {
      env: { ...process.env, FORCE_COLOR: '1' },
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.once('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`the demo ended with ${code}\n${text}`)),
    );
  });
}

function svg(rows: readonly string[]): string {
  const widest = Math.max(...rows.map((row) => withoutCodes(row).length));
  const width = Math.ceil(widest * CHARACTER + 2 * PAD);
  const height = rows.length * LINE + 2 * PAD;
  const texts = rows.map(
    (row, index) => `<text y="${PAD + (index + 0.75) * LINE}" xml:space="preserve">${spans(row)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A run of the demo in a terminal: verify, alert, rollback plan, apply, restore">
<rect width="100%" height="100%" rx="10" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${PLAIN}">
${texts.join('\n')}
</g>
</svg>
`;
}

/** One `tspan` a run of equal style, each at its own column: fonts differ in how wide ✔ and ─ are. */
function spans(row: string): string {
  let colour = PLAIN;
  let bold = false;
  let column = 0;
  const parts: string[] = [];
  for (const piece of row.split(new RegExp(`(${ESCAPE}\\[\\d+m)`))) {
    const code = piece.startsWith(ESCAPE) ? piece.slice(2, -1) : undefined;
    if (code === undefined) {
      if (piece !== '') {
        const weight = bold ? ' font-weight="bold"' : '';
        parts.push(
          `<tspan x="${(PAD + column * CHARACTER).toFixed(1)}" fill="${colour}"${weight}>${escapeXml(piece)}</tspan>`,
        );
      }
      column += piece.length;
    } else if (code === '1') bold = true;
    else if (code === '22') {
      bold = false;
      colour = PLAIN;
    } else colour = COLOURS[code] ?? PLAIN;
  }
  return parts.join('');
}

function withoutCodes(row: string): string {
  return row.replace(CODE, '');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
