import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Any JSON; a path that does not exist in it is undefined, which makes the row "not measured". */
// biome-ignore lint/suspicious/noExplicitAny: results are read, never trusted: each figure is checked when it is shown
type Json = any;

/** One row of the table in docs/PROOF.md. */
interface Claim {
  readonly claim: string;
  /** The file below bench/results that the figure is read from. */
  readonly file: string;
  /** The figure as a number or a ratio with its interval. */
  figure(result: Json): number | { value: number; low: number; high: number } | undefined;
  readonly unit?: string;
  readonly limit: { readonly op: '≤' | '≥' | '='; readonly value: number };
  /** What repeats it. */
  readonly command: string;
}

const lineOf = (result: Json, what: string) =>
  result?.monitor?.lines?.find((line: Json) => line.what === what)?.measured;

const CLAIMS: readonly Claim[] = [
  {
    claim: 'Wrong documents after 500 kills of `apply` and `restore`',
    file: 'kills',
    figure: (result) => result?.wrongDocuments,
    limit: { op: '=', value: 0 },
    command: 'npm run chaos:kills',
  },
  {
    claim: 'Broken invariants in rounds of faults (network, disk, clock, signals)',
    file: 'chaos',
    figure: (result) => result?.breaches,
    limit: { op: '=', value: 0 },
    command: 'npm run chaos -- 300 1',
  },
  {
    claim: 'Traces of 60 secrets in everything that a run writes',
    file: 'leaks',
    figure: (result) => result?.found,
    limit: { op: '=', value: 0 },
    command: 'npm run leaks',
  },
  {
    claim: 'Broken properties over 100,000 hostile inputs',
    file: 'fuzz',
    figure: (result) => result?.found,
    limit: { op: '=', value: 0 },
    command: 'npm run fuzz -- 100010 2026',
  },
  {
    claim: 'Messages of 200 runs at once with the same alert',
    file: 'alert',
    figure: (result) => result?.alert?.twoHundredRunsAtOnce?.messages,
    limit: { op: '=', value: 1 },
    command: 'npm run bench:alert',
  },
  {
    claim: 'Reversing STEP 19 of 50,000 orders: times as fast as a loop over documents, without a journal',
    file: 'rollback',
    figure: (result) => result?.rollback?.throughput?.fasterThanL5,
    limit: { op: '≥', value: 6 },
    command: 'npm run bench:rollback -- 50000 7',
  },
  {
    claim: 'The same as fast as a journal written by the driver alone, batch after batch',
    file: 'rollback',
    figure: (result) => result?.rollback?.throughput?.fasterThanL4,
    limit: { op: '≥', value: 1.2 },
    command: 'npm run bench:rollback -- 50000 7',
  },
  {
    claim: 'Peak memory of a rollback of 200,000 orders ÷ of 10,000',
    file: 'rollback',
    figure: (result) => result?.rollback?.peakMemoryMb?.needed?.ratio,
    limit: { op: '≤', value: 1.1 },
    command: 'npm run bench:rollback -- 50000 7',
  },
  {
    claim: 'Gate over 1,000 targets × 10 samples: wall time ÷ a bare undici loop',
    file: 'verify',
    figure: (result) => result?.verify?.load?.wallMs?.ratio,
    limit: { op: '≤', value: 1.3 },
    command: 'npm run bench:verify',
  },
  {
    claim: 'Its memory meanwhile',
    file: 'verify',
    figure: (result) => result?.verify?.memory?.peakMB,
    unit: 'MB',
    limit: { op: '≤', value: 120 },
    command: 'npm run bench:verify',
  },
  {
    claim: 'Start-up of the action, process start to first request, over `node -e 0`',
    file: 'verify',
    figure: (result) => result?.verify?.startUp?.overBareMs,
    unit: 'ms',
    limit: { op: '≤', value: 80 },
    command: 'npm run bench:verify',
  },
  {
    claim: 'Monitor: time per request of the guarded app',
    file: 'monitor',
    figure: (result) => lineOf(result, 'bare core, a request (median)'),
    unit: 'µs',
    limit: { op: '≤', value: 0.5 },
    command: 'npm run bench:monitor',
  },
  {
    claim: 'Monitor: throughput of a Node server with it ÷ without it',
    file: 'monitor',
    figure: (result) => lineOf(result, 'requests a second of a Node server, with monitor ÷ without'),
    limit: { op: '≥', value: 0.97 },
    command: 'npm run bench:monitor',
  },
];

/** The table of docs/PROOF.md from the result files in a folder. A limit that does not hold is shown as such. */
export async function proofTable(folder = join(import.meta.dirname, 'results')): Promise<string> {
  const results = new Map<string, Json>();
  for (const file of new Set(CLAIMS.map((claim) => claim.file))) {
    const text = await readFile(join(folder, `${file}.json`), 'utf8').catch(() => undefined);
    results.set(file, text === undefined ? undefined : JSON.parse(text));
  }
  const rows = CLAIMS.map(({ claim, file, figure, unit, limit, command }) => {
    const found = figure(results.get(file));
    const value = typeof found === 'object' ? found.value : found;
    const end = unit === undefined ? '' : ` ${unit}`;
    const wanted = `${limit.op} ${limit.value}${end}`;
    if (typeof value !== 'number') return `| ${claim} | not measured | ${wanted} | \`${command}\` |`;
    const interval = typeof found === 'object' ? ` [${round(found.low)} – ${round(found.high)}]` : '';
    const holds =
      limit.op === '≤'
        ? value <= limit.value
        : limit.op === '≥'
          ? value >= limit.value
          : value === limit.value;
    return `| ${claim} | ${round(value)}${interval}${end} | ${wanted}${holds ? '' : ' **does not hold**'} | \`${command}\` |`;
  });
  return ['| Claim | Figure | Limit | Command |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function round(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}
