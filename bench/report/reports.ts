import { join } from 'node:path';
import { METHOD } from '../support/figures.ts';
import { RESULTS } from '../support/results.ts';
import { drawn } from './plots.ts';
import { type Machine, type Results, readDist, readResults } from './results.ts';
import type { Found, Row, Section } from './row.ts';
import { SECTIONS, SPEED } from './sections.ts';

export interface Reports {
  /** Files beside the results, by name: plots, and the page that shows them. */
  readonly files: Readonly<Record<string, string>>;
  /** What stands between the markers of docs/PROOF.md, by the name of the block. */
  readonly proof: Readonly<Record<string, string>>;
}

/** All that is written from the results: the same results give the same texts. */
export async function reports(root: string, folder = RESULTS): Promise<Reports> {
  const results = await readResults(folder);
  const found = { results, dist: await readDist(join(root, 'dist')) };
  const plots = await drawn(results);
  const proof: Record<string, string> = {
    'proof-summary': summary(found),
    'proof-machine': machines(results),
  };
  for (const section of SECTIONS)
    proof[`proof-${section.name}`] = block(section, found, plots, '../bench/results/');
  return { files: { ...plots, 'README.md': page(found, plots) }, proof };
}

function page(found: Found, plots: Readonly<Record<string, string>>): string {
  const parts = SPEED.flatMap((section) => [`## ${section.title}`, '', block(section, found, plots, ''), '']);
  return `# Bench: results

Written by \`npm run bench\`, or from the JSON files beside it by \`npm run generate\`. What the figures are good for, and
what they are not: [docs/PROOF.md](../../docs/PROOF.md).

${METHOD} Other times are medians with the same interval. A figure whose result was wrong is not counted: the bench ends
with an error.

${machines(found.results)}

${parts.join('\n').trim()}
`;
}

function block(
  section: Section,
  found: Found,
  plots: Readonly<Record<string, string>>,
  folder: string,
): string {
  const rows = section.rows(found);
  if (rows.length === 0) return `Not measured yet: \`${section.command}\`.`;
  const { plot } = section;
  const picture =
    plot !== undefined && plot.file in plots ? [`![${plot.says}](${folder}${plot.file})`, ''] : [];
  return [
    ...picture,
    '| What | Figure | Wanted | Held | Command |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(
      (row) =>
        `| ${cell(row.what)} | ${cell(row.figure)} | ${row.wanted ?? ''} | ${held(row)} | \`${row.command}\` |`,
    ),
  ].join('\n');
}

function held({ held }: Row): string {
  return held === undefined ? '' : held ? 'yes' : '**no**';
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** A line for each section: how many of its limits hold, and which do not. */
function summary(found: Found): string {
  const lines = SECTIONS.map((section) => {
    const rows = section.rows(found);
    const limited = rows.filter((row) => row.held !== undefined);
    const broken = limited.filter((row) => row.held === false);
    const says =
      rows.length === 0
        ? `not measured yet: \`${section.command}\``
        : limited.length === 0
          ? `${rows.length} figures, none with a limit`
          : broken.length === 0
            ? `all ${limited.length} hold`
            : `${limited.length - broken.length} of ${limited.length} hold; **not**: ${broken.map(({ what, figure }) => `${cell(what)} (${cell(figure)})`).join('; ')}`;
    return `| [${section.title}](#${section.title.replaceAll(' ', '-')}) | ${says} |`;
  });
  return ['| | Limits |', '| --- | --- |', ...lines].join('\n');
}

/** On what it was measured; and which results were not had on a quiet machine. */
function machines(results: Results): string {
  const measured = Object.entries(results).flatMap(([name, result]) => {
    const machine = result !== undefined && 'machine' in result ? result.machine : undefined;
    return machine === undefined ? [] : [{ name, machine }];
  });
  const kinds = [...new Set(measured.map(({ machine }) => kindOf(machine)))];
  const engines = [
    ...new Set(
      Object.values(results).flatMap((result) =>
        result !== undefined && 'engine' in result && result.engine !== undefined ? [result.engine] : [],
      ),
    ),
  ];
  const busy = measured.filter(({ machine: { cores, loadAtTheEnd } }) => loadAtTheEnd > 1.5 * cores);
  return [
    kinds.length === 0 ? '' : `Machine: ${kinds.join('; ')}.`,
    engines.length === 0 ? '' : `MongoDB: ${engines.join('; ')}.`,
    busy.length === 0
      ? ''
      : `**Measured while the machine did other work** (times and ratios say little until they are measured again): ${busy.map(({ name, machine }) => `${name} (load ${machine.loadAtTheEnd})`).join(', ')}.`,
  ]
    .filter((line) => line !== '')
    .join(' ');
}

function kindOf({ cores, memoryGb, node }: Machine): string {
  return `${cores} cores, ${memoryGb} GB of memory, Node ${node}`;
}
