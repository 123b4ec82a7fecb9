import type { StateStore } from '../../../src/state/store.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { silentLog } from '../../../src/support/log.ts';
import { Redactor } from '../../../src/support/redact.ts';
import type { TargetOptions } from '../../../src/verify/http/options.ts';
import type { VerifyOptions } from '../../../src/verify/options.ts';
import type { Threshold } from '../../../src/verify/thresholds/condition.ts';
import { withImplied } from '../../../src/verify/thresholds/defaults.ts';
import { parseThreshold } from '../../../src/verify/thresholds/parse.ts';
import { type VerifyPorts, verify } from '../../../src/verify/verify.ts';

/** A state in which nothing is kept. */
export const noState: StateStore = {
  kind: 'none',
  description: 'none',
  read: async () => undefined,
  update: async (_area, _key, change) => change(undefined).result,
  close: async () => {},
};

export function threshold(text: string): Threshold {
  const result = parseThreshold(text);
  if (!result.ok) throw new Error(result.error.message);
  return result.threshold;
}

/** A target that is probed quickly. */
export function target(url: string, rest: Partial<TargetOptions> = {}): TargetOptions {
  return {
    name: 'api',
    url: new URL(url),
    method: 'GET',
    headers: {},
    expectedStatus: [{ from: 200, to: 299 }],
    timeoutMs: 2_000,
    samples: 5,
    warmup: 0,
    intervalMs: 0,
    maxRedirects: 5,
    bodyLimit: 1_000_000,
    connections: 'reuse',
    retries: 0,
    expectations: [],
    http: 'auto',
    ...rest,
  };
}

export function options(
  targets: readonly TargetOptions[],
  rest: Partial<Omit<VerifyOptions, 'thresholds'>> & { thresholds?: readonly string[] } = {},
): VerifyOptions {
  return {
    targets,
    initialDelayMs: 0,
    waitTimeoutMs: 300,
    concurrency: 20,
    baseline: { mode: 'none', floorMs: 10 },
    failOn: ['fail', 'inconclusive', 'error'],
    ...rest,
    thresholds: withImplied((rest.thresholds ?? []).map(threshold), {
      targets: targets.map(({ name, url }) => ({ name, https: url.protocol === 'https:' })),
      mongodb: rest.mongo !== undefined,
      compared: rest.baseline?.mode === 'compare',
    }),
  };
}

export function ports(rest: Partial<VerifyPorts> = {}): VerifyPorts {
  const redactor = new Redactor();
  return {
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
    redact: (text) => redactor.redact(text),
    environment: 'test',
    dryRun: false,
    state: noState,
    ...rest,
  };
}

export const run = (given: VerifyOptions, rest: Partial<VerifyPorts> = {}) => verify(given, ports(rest));
