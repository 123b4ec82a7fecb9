import type { Clock } from '../../support/clock.ts';
import type { ControlOutcome } from '../gate/gate.ts';
import type { TargetOptions } from './options.ts';
import type { HttpSource } from './source.ts';

const ATTEMPTS = 3;
const PAUSE_MS = 500;

/** Whether the control target answers, with any status that is not a firewall's refusal. */
export async function askControl(
  http: HttpSource,
  control: TargetOptions,
  ports: { clock: Clock; signal: AbortSignal },
): Promise<ControlOutcome> {
  let reason = 'no answer';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const result = await http.probe(control);
    if (result.refusal === undefined && (!result.failure || result.status !== undefined)) {
      return { answered: true, reason: `the control target answered ${result.status ?? ''}`.trim() };
    }
    reason = result.failure?.reason ?? reason;
    if (attempt < ATTEMPTS) await ports.clock.sleep(PAUSE_MS, ports.signal);
  }
  return { answered: false, reason };
}
