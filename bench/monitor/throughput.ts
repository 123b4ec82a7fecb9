import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';

export type Variant = 'none' | 'monitor' | 'prom-client';

const VARIANTS: readonly Variant[] = ['none', 'monitor', 'prom-client'];

export interface Load {
  /** Requests a second, of each round. */
  readonly perSecond: Record<Variant, number[]>;
  /** Microseconds of the server's CPU a request, of each round. */
  readonly cpuUs: Record<Variant, number[]>;
}

/**
 * Three servers that stay up for a generation of rounds, each under autocannon in turn; the order within a
 * round changes with each round. The machine's noise falls on neighbours alike, so the ratio is taken round
 * by round.
 */
export async function throughput(generations: number, rounds: number, seconds: number): Promise<Load> {
  const load: Load = {
    perSecond: { none: [], monitor: [], 'prom-client': [] },
    cpuUs: { none: [], monitor: [], 'prom-client': [] },
  };
  for (let generation = 0; generation < generations; generation++) {
    await oneGeneration(load, generation, rounds, seconds);
  }
  return load;
}

async function oneGeneration(
  { perSecond, cpuUs }: Load,
  generation: number,
  rounds: number,
  seconds: number,
): Promise<void> {
  const servers = await Promise.all(
    VARIANTS.map(async (variant) => ({ variant, ...(await start(variant)) })),
  );
  try {
    for (const { port } of servers) await fire(port, 2);
    for (let round = 0; round < rounds; round++) {
      const shift = (round + generation) % servers.length;
      const order = [...servers.slice(shift), ...servers.slice(0, shift)];
      if ((round + generation) % 2 === 1) order.reverse();
      for (const { variant, port, ask } of order) {
        const before = await ask();
        const result = await fire(port, seconds);
        const after = await ask();
        perSecond[variant].push(result.requests.total / result.duration);
        cpuUs[variant].push((after - before) / result.requests.total);
      }
    }
  } finally {
    for (const { child } of servers) child.stdin?.end();
  }
}

function fire(port: number, duration: number) {
  return autocannon({
    url: `http://127.0.0.1:${port}/users/12345`,
    connections: 20,
    pipelining: 1,
    duration,
  });
}

async function start(
  variant: Variant,
): Promise<{ child: ChildProcess; port: number; ask: () => Promise<number> }> {
  const file = fileURLToPath(new URL('server.ts', import.meta.url));
  const child = spawn(process.execPath, [file, variant], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = async (): Promise<string> => String((await once(child.stdout, 'data'))[0]).trim();
  const port = Number(await line());
  return {
    child,
    port,
    ask: async () => {
      const answer = line();
      child.stdin.write('cpu\n');
      return Number((await answer).split(' ')[0]);
    },
  };
}
