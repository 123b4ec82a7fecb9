import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';

/** A smoke run: little of everything, to see that it works. */
export const QUICK = process.argv.includes('--quick');

/** Where results go. A smoke run leaves the results that are checked in alone. */
export const RESULTS =
  process.env.BENCH_RESULTS ??
  (QUICK ? join(tmpdir(), 'deploy-guard-bench-quick') : join(import.meta.dirname, '..', 'results'));

/** The figure of a full run, or the small one of a smoke run. */
export function sized(full: number, quick: number): number {
  return QUICK ? quick : full;
}

export interface Machine {
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  /** Ratios on a machine that does other work besides say little: more load than cores is such a machine. */
  readonly loadAtTheEnd: number;
}

/** What a result was measured on: by cores and memory, not by name. */
export function machine(): Machine {
  return {
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadAtTheEnd: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
}

export function machineLine({ cores, memoryGb, node, loadAtTheEnd }: Machine): string {
  return `${cores} cores, ${memoryGb} GB of memory, Node ${node}, load at the end ${loadAtTheEnd}`;
}

/**
 * Writes one bench's result into the file of its mode, and prints it.
 * @param name the mode, or `MODE-PART`: `alert-bare` is the part `bare` of alert.json
 */
export async function save(name: string, result: object, markdown?: string): Promise<void> {
  const [mode = name] = name.split('-');
  const part = name === mode ? mode : name.slice(mode.length + 1);
  const path = join(RESULTS, `${mode}.json`);
  await mkdir(RESULTS, { recursive: true });
  const kept: Record<string, unknown> = await readFile(path, 'utf8').then(JSON.parse, () => ({}));
  await writeFile(path, `${JSON.stringify({ ...kept, [part]: result }, undefined, 2)}\n`);
  console.log(markdown ?? JSON.stringify(result, undefined, 2));
}
