/**
 * What the policy costs against the number of alerts in one run, on an empty state: decide, claim, recordOutcome, write
 * the state. Beside it the floor of anything that keeps a state: that state through JSON. Writes
 * bench/results/alert-sizes.json.
 */
import { parseMemory } from '../../src/alert/log/memory.ts';
import { estimate, pairedRatio } from '../support/figures.ts';
import { machine, save, sized } from '../support/results.ts';
import { interleave } from '../support/rounds.ts';
import { firing, oneRun, T0 } from './one-run.ts';

const SIZES = [10, 100, 1_000, 10_000];
const ROUNDS = sized(15, 2);
/** What the state holds at most. */
const KEPT = 1_000;

const sizes = [];
for (const alerts of SIZES) {
  const all = Array.from({ length: alerts }, (_, index) => firing(index, false));
  let stored = oneRun('', all, T0).stored;
  const ms = await interleave(
    {
      policy: () => {
        const begun = performance.now();
        const run = oneRun('', all, T0);
        const took = performance.now() - begun;
        if (run.sent !== alerts) throw new Error(`of ${alerts} alerts ${run.sent} were told`);
        const { memory } = parseMemory(JSON.parse(run.stored));
        if (memory.alerts.size !== Math.min(alerts, KEPT)) throw new Error('the state holds something else');
        stored = run.stored;
        return took;
      },
      json: () => {
        const begun = performance.now();
        JSON.stringify(JSON.parse(stored));
        return performance.now() - begun;
      },
    },
    ROUNDS,
    2,
  );
  sizes.push({
    alerts,
    policyMs: estimate(ms.policy),
    jsonMs: estimate(ms.json),
    ratio: pairedRatio(ms.policy, ms.json),
  });
}
await save('alert-sizes', { command: 'npm run bench -- --only alert-sizes', machine: machine(), sizes });
