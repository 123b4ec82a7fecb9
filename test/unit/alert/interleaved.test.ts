import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EMPTY_MEMORY, type Memory, parseMemory, storedMemory } from '../../../src/alert/log/memory.ts';
import type { FiringAlert } from '../../../src/alert/model/alert.ts';
import { decide } from '../../../src/alert/policy/decide.ts';
import type { Decision } from '../../../src/alert/policy/decision.ts';
import { noteProgress, recordOutcome } from '../../../src/alert/policy/record-outcome.ts';
import type { PolicyRules } from '../../../src/alert/policy/rules.ts';
import type { Delivery } from '../../../src/report/schema.ts';

const CLAIM_MS = 90_000;
const T0 = Date.UTC(2026, 0, 27, 12);

const rules: PolicyRules = {
  repeatIntervalMs: 1_000 * 3_600_000,
  sendResolved: true,
  claimMs: CLAIM_MS,
  failureThreshold: 1,
  successThreshold: 1,
  channels: ['slack', 'email'],
  allChannels: ['slack', 'email'],
  routes: [],
  escalations: [],
  inhibitions: [],
  quiet: [],
};

const ALERT: FiringAlert = {
  fingerprint: 'f',
  type: 'high-cpu',
  environment: 'production',
  source: 'api',
  check: 'c',
  severity: 'error',
  title: 't',
  message: '',
  facts: [],
  labels: {},
  event: false,
};

const stored = (memory: Memory): Memory =>
  parseMemory(JSON.parse(JSON.stringify(storedMemory(memory)))).memory;
const done = (name: 'slack' | 'email'): Delivery => ({ name, status: 'delivered' });

/** Runs that share a memory, each at its own point between deciding and settling. */
class World {
  memory: Memory = EMPTY_MEMORY;
  now = T0;
  /** Messages that really went out, by channel. */
  readonly sent = { slack: 0, email: 0 };
  /** Runs that died or outlived their claim: each may cost one message more, and none less. */
  troubles = 0;
  readonly #runs = new Map<number, { decision: Decision; at: number; delivered: Map<string, Delivery> }>();
  #ids = 0;

  decide(run: number): void {
    if (this.#runs.has(run)) return;
    const claimId = `run-${run}-${this.#ids++}`;
    const outcome = decide(this.memory, { firing: [ALERT], resolvedCandidates: [] }, rules, {
      environment: 'production',
      now: this.now,
      claimId,
      holder: claimId,
    });
    this.memory = stored(outcome.memory);
    const [decision] = outcome.decisions;
    if (decision?.action === 'send') this.#runs.set(run, { decision, at: this.now, delivered: new Map() });
  }

  deliver(run: number, channel: 'slack' | 'email', note: boolean): void {
    const under = this.#runs.get(run);
    if (!under?.decision.channels.includes(channel) || under.delivered.has(channel)) return;
    this.sent[channel]++;
    under.delivered.set(channel, done(channel));
    const claimId = under.decision.memory?.claim?.id ?? '';
    if (note) {
      const sending = { decision: under.decision, deliveries: under.delivered };
      this.memory = stored(noteProgress(this.memory, [sending], claimId));
    }
  }

  recordOutcome(run: number): void {
    const under = this.#runs.get(run);
    if (!under) return;
    if (this.now - under.at >= CLAIM_MS) this.troubles++;
    for (const channel of ['slack', 'email'] as const) this.deliver(run, channel, false);
    const claimId = under.decision.memory?.claim?.id ?? '';
    const sending = { decision: under.decision, deliveries: under.delivered };
    this.memory = stored(recordOutcome(this.memory, [sending], claimId, this.now));
    this.#runs.delete(run);
  }

  crash(run: number): void {
    if (this.#runs.delete(run)) this.troubles++;
  }

  get underWay(): readonly number[] {
    return [...this.#runs.keys()];
  }
}

const step = fc.record({
  run: fc.integer({ min: 0, max: 4 }),
  what: fc.constantFrom('decide', 'decide', 'slack', 'email', 'settle', 'crash'),
  note: fc.boolean(),
  wait: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.constant(CLAIM_MS + 1)),
});

test('property: however runs interleave, die and stall, the alert reaches each channel, and no oftener than they force', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const world = new World();
      for (const { run, what, note, wait } of steps) {
        world.now += wait;
        if (what === 'decide') world.decide(run);
        else if (what === 'settle') world.recordOutcome(run);
        else if (what === 'crash') world.crash(run);
        else world.deliver(run, what as 'slack' | 'email', note);
      }
      for (const run of world.underWay) world.crash(run);
      // One healthy run later, after every claim has run out.
      world.now += CLAIM_MS + 1;
      world.decide(99);
      world.recordOutcome(99);
      for (const channel of ['slack', 'email'] as const) {
        expect(world.sent[channel]).toBeGreaterThanOrEqual(1);
        expect(world.sent[channel]).toBeLessThanOrEqual(1 + world.troubles);
      }
      // And from here on it is known to be notified.
      world.decide(100);
      expect(world.underWay).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});
