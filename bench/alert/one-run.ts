import { EMPTY_MEMORY, type Memory, parseMemory, storedMemory } from '../../src/alert/log/memory.ts';
import type { FiringAlert } from '../../src/alert/model/alert.ts';
import { decide } from '../../src/alert/policy/decide.ts';
import { DEFAULT_INHIBITIONS } from '../../src/alert/policy/inhibition.ts';
import { recordOutcome } from '../../src/alert/policy/record-outcome.ts';
import type { PolicyRules } from '../../src/alert/policy/rules.ts';

export const T0 = Date.UTC(2026, 0, 27);
const LONG = 'long text of a check that failed for a reason '.repeat(40);

export const rules: PolicyRules = {
  repeatIntervalMs: 4 * 3_600_000,
  sendResolved: true,
  claimMs: 90_000,
  failureThreshold: 1,
  successThreshold: 1,
  channels: ['slack', 'email', 'log'],
  allChannels: ['slack', 'email', 'log'],
  routes: [
    { match: { minSeverity: 'critical' }, channels: ['slack', 'email'], continue: true },
    { match: { type: ['database-*'], labels: { team: ['shop'] } }, channels: ['slack'], continue: false },
  ],
  escalations: [{ afterMs: 1_800_000, match: {}, severity: 'critical', channels: ['email'] }],
  inhibitions: DEFAULT_INHIBITIONS,
  quiet: [{ kind: 'silence', match: { source: ['legacy-*'] }, until: T0 * 2, words: 'silenced' }],
};

export const firing = (index: number, long: boolean): FiringAlert => ({
  fingerprint: index.toString(16).padStart(20, '0'),
  type: index % 3 === 0 ? 'slow-responses' : 'check-failed',
  environment: 'production',
  source: long ? `service-${index}-${LONG}`.slice(0, 200) : `service-${index}`,
  check: `http/service-${index}/http_req_duration`,
  severity: 'error',
  title: long ? LONG : `Slow responses: service-${index}`,
  message: long ? LONG : 'p(95) is 900 ms, not below 500 ms',
  facts: [],
  labels: { team: 'shop', note: long ? LONG : 'x' },
  event: false,
});

/** One run: read the state, decide, claim, recordOutcome, write the state. Returns what is stored. */
export function oneRun(
  stored: string,
  alerts: readonly FiringAlert[],
  now: number,
): { stored: string; sent: number } {
  const memory: Memory = stored === '' ? EMPTY_MEMORY : parseMemory(JSON.parse(stored)).memory;
  const run = { environment: 'production', now, claimId: `run-${now}`, holder: 'bench' };
  const outcome = decide(memory, { firing: alerts, resolvedCandidates: [] }, rules, run);
  const sendings = outcome.decisions
    .filter(({ action }) => action === 'send')
    .map((decision) => ({
      decision,
      deliveries: new Map(
        decision.channels.map((key) => [key, { name: 'slack' as const, status: 'delivered' as const }]),
      ),
    }));
  const settled = recordOutcome(outcome.memory, sendings, run.claimId, now);
  return { stored: JSON.stringify(storedMemory(settled)), sent: sendings.length };
}
