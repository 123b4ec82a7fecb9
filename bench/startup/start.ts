import { spawn } from 'node:child_process';

export interface Started {
  /** From the start of the process to the arrival of its first request; NaN where it sent none. */
  readonly firstMs: number;
  /** From its start to its end. */
  readonly wholeMs: number;
}

/** Starts this Node with arguments and waits for its end. */
export async function start(
  args: readonly string[],
  env: Record<string, string>,
  arrivedAt: () => number | undefined,
): Promise<Started> {
  const begun = performance.now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      output += text.toString();
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const wholeMs = performance.now() - begun;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}\n${output.slice(-2_000)}`);
  return { firstMs: (arrivedAt() ?? Number.NaN) - begun, wholeMs };
}
