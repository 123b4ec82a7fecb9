/**
 * What the gate costs against the number of targets, beside a bare undici loop: on a server that answers at once,
 * so that what is seen is the gate and not the waiting. Writes bench/results/verify-sizes.json.
 */
import { join } from 'node:path';
import { runFile, startServer } from '../support/child.ts';
import { estimate, pairedRatio } from '../support/figures.ts';
import { machine, save, sized } from '../support/results.ts';
import { interleave } from '../support/rounds.ts';

const SIZES = [1, 10, 100, 1_000];
const SAMPLES = 10;
const ROUNDS = sized(7, 1);

/** Each in a process of its own; both end with an error where a probe fails or the verdict is not `pass`. */
async function measure(file: string, url: string, targets: number): Promise<number> {
  const { wallMs, count } = JSON.parse(
    await runFile(join(import.meta.dirname, file), [url, String(targets), String(SAMPLES)]),
  ) as { wallMs: number; count: number };
  if (count !== targets * SAMPLES) throw new Error(`${file} measured ${count}, not ${targets * SAMPLES}`);
  return wallMs;
}

const server = await startServer(join(import.meta.dirname, 'server.ts'), ['quick']);
try {
  const sizes = [];
  for (const targets of SIZES) {
    const ms = await interleave(
      {
        gate: () => measure('gate.ts', server.url, targets),
        loop: () => measure('loop.ts', server.url, targets),
      },
      ROUNDS,
      0,
    );
    sizes.push({
      targets,
      samples: SAMPLES,
      gateMs: estimate(ms.gate),
      loopMs: estimate(ms.loop),
      ratio: pairedRatio(ms.gate, ms.loop),
    });
  }
  await save('verify-sizes', { command: 'npm run bench -- --only verify-sizes', machine: machine(), sizes });
} finally {
  await server.stop();
}
