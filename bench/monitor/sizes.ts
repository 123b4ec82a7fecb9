/**
 * What counting a request costs, and what is held, against the number of distinct paths that are asked for (a
 * scanner's, say): the monitor, which bounds its routes, and a histogram of prom-client labelled by path. Writes
 * bench/results/monitor-sizes.json.
 */
import { join } from 'node:path';
import { runFile } from '../support/child.ts';
import { estimate, pairedRatio } from '../support/figures.ts';
import { machine, save, sized } from '../support/results.ts';
import { interleave } from '../support/rounds.ts';

const SIZES = [1, 10, 100, 1_000, 10_000, 100_000];
const REQUESTS = sized(500_000, 100_000);
const ROUNDS = sized(5, 1);

const sizes = [];
for (const paths of SIZES) {
  const memory: Record<string, number[]> = { monitor: [], 'prom-client': [] };
  /** In a process of its own, which ends with an error where a request was not counted. */
  const measure = async (variant: string) => {
    const args = [variant, String(paths), String(REQUESTS)];
    const file = join(import.meta.dirname, 'paths-child.ts');
    const { ns, memoryMb } = JSON.parse(await runFile(file, args, { nodeArgs: ['--expose-gc'] })) as {
      ns: number;
      memoryMb: number;
    };
    memory[variant]?.push(memoryMb);
    return ns;
  };
  const ns = await interleave(
    { monitor: () => measure('monitor'), 'prom-client': () => measure('prom-client') },
    ROUNDS,
    0,
  );
  sizes.push({
    paths,
    monitorNs: estimate(ns.monitor),
    promClientNs: estimate(ns['prom-client']),
    ratio: pairedRatio(ns.monitor, ns['prom-client']),
    monitorMb: estimate(memory.monitor ?? []),
    promClientMb: estimate(memory['prom-client'] ?? []),
  });
}
await save('monitor-sizes', { command: 'npm run bench -- --only monitor-sizes', machine: machine(), sizes });
