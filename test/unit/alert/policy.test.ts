import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { incomingOf } from '../../../src/alert/catalogue/from-report.ts';
import { notificationOf } from '../../../src/alert/channels/common/notification.ts';
import { EMPTY_MEMORY, type Memory, parseMemory, storedMemory } from '../../../src/alert/log/memory.ts';
import type { FiringAlert, Incoming } from '../../../src/alert/model/alert.ts';
import { decide } from '../../../src/alert/policy/decide.ts';
import type { Decision, PolicyRun } from '../../../src/alert/policy/decision.ts';
import { DEFAULT_INHIBITIONS } from '../../../src/alert/policy/inhibition.ts';
import { noteProgress, recordOutcome } from '../../../src/alert/policy/record-outcome.ts';
import type { PolicyRules } from '../../../src/alert/policy/rules.ts';
import type { Delivery } from '../../../src/report/schema.ts';
import type { Severity } from '../../../src/report/vocabulary.ts';

const HOUR = 3_600_000;
const T0 = Date.UTC(2026, 0, 27, 12);

const rules: PolicyRules = {
  repeatIntervalMs: 4 * HOUR,
  sendResolved: true,
  claimMs: 90_000,
  channels: ['slack', 'email'],
  allChannels: ['slack', 'email'],
  failureThreshold: 1,
  successThreshold: 1,
  routes: [],
  escalations: [],
  inhibitions: DEFAULT_INHIBITIONS,
  quiet: [],
};

const runAt = (now: number, claimId = 'me'): PolicyRun => ({
  environment: 'production',
  now,
  claimId,
  holder: `run ${claimId}`,
});

function firing(severity: Severity = 'error', title = 'Slow'): FiringAlert {
  const { firing: list } = incomingOf(
    {
      subject: { kind: 'own', type: 'slow-responses', severity, title, source: 'api', resolve: false },
      labels: {},
      types: {},
      fireOn: ['fail'],
    },
    'production',
    'app',
  );
  return list[0] as FiringAlert;
}

const fires = (alert = firing()): Incoming => ({ firing: [alert], resolvedCandidates: [] });
const passes: Incoming = { firing: [], resolvedCandidates: [{ source: 'api', check: '', asked: false }] };

const delivered = (name: Delivery['name'], reference?: string): Delivery => ({
  name,
  status: 'delivered',
  ...(reference ? { reference } : {}),
});
const failed = (name: Delivery['name']): Delivery => ({ name, status: 'failed', error: 'no' });

/** Decides, and settles what was claimed with the outcome given for each channel. */
function step(
  memory: Memory,
  incoming: Incoming,
  now: number,
  outcome: (channel: string) => Delivery = (name) => delivered(name as Delivery['name']),
  over: Partial<PolicyRules> = {},
  redelivered: ReadonlySet<string> = new Set(),
): { decision: Decision | undefined; memory: Memory } {
  const result = decide(memory, incoming, { ...rules, ...over }, { ...runAt(now), redelivered });
  const sent = result.decisions.filter(({ action }) => action === 'send');
  const sendings = sent.map((decision) => ({
    decision,
    deliveries: new Map(decision.channels.map((channel) => [channel, outcome(channel)])),
  }));
  const next = sendings.length > 0 ? recordOutcome(result.memory, sendings, 'me', now) : result.memory;
  const late = result.decisions[0]?.again && result.decisions[0].alert.fingerprint;
  if (late) return step(next, incoming, now, outcome, over, new Set([late]));
  // Through the stored form each time: what does not survive it is not remembered.
  return {
    decision: result.decisions[0],
    memory: parseMemory(JSON.parse(JSON.stringify(storedMemory(next)))).memory,
  };
}

describe('a firing alert', () => {
  const notified = step(EMPTY_MEMORY, fires(), T0).memory;

  test.each<[string, Memory, FiringAlert, number, string, string, string[]]>([
    [
      'is notified the first time',
      EMPTY_MEMORY,
      firing(),
      T0,
      'send',
      'first-notification',
      ['slack', 'email'],
    ],
    ['is not notified again at once', notified, firing(), T0 + 60_000, 'hold', 'within-repeat-interval', []],
    [
      'is not notified again just before',
      notified,
      firing(),
      T0 + 4 * HOUR - 1,
      'hold',
      'within-repeat-interval',
      [],
    ],
    [
      'is notified again after the interval',
      notified,
      firing(),
      T0 + 4 * HOUR,
      'send',
      'repeat-interval-elapsed',
      ['slack', 'email'],
    ],
    [
      'is notified when it got worse',
      notified,
      firing('critical'),
      T0 + 1,
      'send',
      'severity-rose',
      ['slack', 'email'],
    ],
    [
      'is not notified when it got better',
      notified,
      firing('info'),
      T0 + 1,
      'hold',
      'within-repeat-interval',
      [],
    ],
    [
      'is the same under another wording',
      notified,
      firing('error', 'Very slow'),
      T0 + 1,
      'hold',
      'within-repeat-interval',
      [],
    ],
    [
      'is notified when the clock went back far',
      notified,
      firing(),
      T0 - HOUR,
      'send',
      'clock-went-back',
      ['slack', 'email'],
    ],
    [
      'is held when the clocks differ a little',
      notified,
      firing(),
      T0 - 60_000,
      'hold',
      'within-repeat-interval',
      [],
    ],
  ])('%s', (_name, memory, alert, now, action, rule, channels) => {
    const { decision } = step(memory, fires(alert), now);
    expect(decision).toMatchObject({ action, rule, channels });
    expect(decision?.reason).not.toBe('');
  });

  test('is notified where the last message did not arrive, and only there', () => {
    const half = step(EMPTY_MEMORY, fires(), T0, (name) =>
      name === 'slack' ? delivered('slack') : failed('email'),
    ).memory;
    const again = step(half, fires(), T0 + 1);
    expect(again.decision).toMatchObject({ action: 'send', rule: 'undelivered', channels: ['email'] });
    expect(step(again.memory, fires(), T0 + 2).decision).toMatchObject({ rule: 'within-repeat-interval' });
  });

  test('keeps the id of the message that is undelivered, where those who send it again die as well', () => {
    const idOf = (decision: Decision | undefined) =>
      notificationOf(decision ? [decision] : [], {
        environment: 'production',
        now: T0,
        run: { actor: 'mona', host: 'h' },
      })?.id;
    const first = step(EMPTY_MEMORY, fires(), T0, (name) =>
      name === 'slack' ? delivered('slack') : failed('email'),
    );
    // Each claims the message and is not heard of again.
    let { memory } = first;
    for (const [index, rule] of ['undelivered', 'sender-died', 'sender-died'].entries()) {
      const now = T0 + (index + 1) * 2 * rules.claimMs;
      const next = decide(memory, fires(), rules, runAt(now, `run-${index}`));
      expect(next.decisions[0]).toMatchObject({ rule, channels: ['email'] });
      expect(idOf(next.decisions[0])).toBe(idOf(first.decision));
      memory = parseMemory(JSON.parse(JSON.stringify(storedMemory(next.memory)))).memory;
    }
    const notified = step(memory, fires(), T0 + HOUR).memory;
    const later = step(notified, fires(), T0 + 6 * HOUR).decision;
    expect(later?.rule).toBe('repeat-interval-elapsed');
    expect(idOf(later)).not.toBe(idOf(first.decision));
  });

  test('is notified anew where nothing arrived', () => {
    const none = step(EMPTY_MEMORY, fires(), T0, (name) => failed(name as Delivery['name'])).memory;
    expect(step(none, fires(), T0 + 1).decision).toMatchObject({
      action: 'send',
      channels: ['slack', 'email'],
    });
  });

  test('a channel that is no longer configured is undelivered nothing', () => {
    const half = step(EMPTY_MEMORY, fires(), T0, (name) =>
      name === 'slack' ? delivered('slack') : failed('email'),
    ).memory;
    const { decision } = step(half, fires(), T0 + 1, undefined, {
      channels: ['slack'],
      allChannels: ['slack'],
    });
    expect(decision).toMatchObject({ action: 'hold', rule: 'within-repeat-interval' });
  });
});

describe('an alert that passes again', () => {
  const notified = step(EMPTY_MEMORY, fires(), T0).memory;

  test('is notified as resolved, once, and its next firing is news', () => {
    const over = step(notified, passes, T0 + 10 * 60_000);
    expect(over.decision).toMatchObject({
      action: 'send',
      kind: 'resolved',
      status: 'resolved',
      reason: 'Passes again after 10 min.',
    });
    expect(step(over.memory, passes, T0 + 11 * 60_000).decision).toBeUndefined();
    expect(step(over.memory, fires(), T0 + 12 * 60_000).decision).toMatchObject({
      action: 'send',
      rule: 'first-notification',
    });
    expect(over.memory.history.at(-1)).toMatchObject({ event: 'resolved', lastedMs: 600_000 });
  });

  test('is not notified with send-resolved off, and still counts as over', () => {
    const over = step(notified, passes, T0 + 1, undefined, { sendResolved: false });
    expect(over.decision).toMatchObject({ action: 'hold', status: 'resolved', rule: 'send-resolved-off' });
    expect(step(over.memory, fires(), T0 + 2).decision).toMatchObject({ action: 'send' });
  });

  test('is notified where a failed message about its firing was undelivered, too', () => {
    const half = step(EMPTY_MEMORY, fires(), T0, (name) =>
      name === 'slack' ? delivered('slack') : failed('email'),
    ).memory;
    expect(step(half, passes, T0 + 1).decision).toMatchObject({ channels: ['slack', 'email'] });
  });

  test('stays firing where the message that it is over arrived nowhere', () => {
    const lost = step(notified, passes, T0 + 1, (name) => failed(name as Delivery['name'])).memory;
    expect(step(lost, passes, T0 + 2).decision).toMatchObject({ action: 'send', kind: 'resolved' });
  });

  test('answers nothing where nothing was firing', () => {
    expect(step(EMPTY_MEMORY, passes, T0).decision).toBeUndefined();
  });
});

describe('claims', () => {
  const claimed = decide(EMPTY_MEMORY, fires(), rules, runAt(T0, 'other')).memory;

  test('another run waits while a claim holds', () => {
    expect(decide(claimed, fires(), rules, runAt(T0 + 89_000)).decisions[0]).toMatchObject({
      action: 'wait',
      reason: 'Another run (run other) is sending it.',
    });
  });

  test('another run takes over when the sender died', () => {
    expect(decide(claimed, fires(), rules, runAt(T0 + 90_000)).decisions[0]).toMatchObject({
      action: 'send',
      rule: 'sender-died',
      channels: ['slack', 'email'],
    });
  });

  test('a claim from a clock that has since gone back does not hold', () => {
    expect(decide(claimed, fires(), rules, runAt(T0 - HOUR)).decisions[0]).toMatchObject({ action: 'send' });
  });

  test('whoever takes over leaves out where the message already is', () => {
    const first = decide(EMPTY_MEMORY, fires(), rules, runAt(T0, 'other'));
    const sending = {
      decision: first.decisions[0] as Decision,
      deliveries: new Map([['slack', delivered('slack', '1.2')]]),
    };
    const half = noteProgress(first.memory, [sending], 'other');
    const over = step(half, fires(), T0 + 100_000);
    expect(over.decision).toMatchObject({ rule: 'sender-died', channels: ['email'] });
    const known = [...over.memory.alerts.values()][0];
    expect(known?.notified?.channels).toEqual(['slack', 'email']);
    expect(known?.references).toEqual({ slack: '1.2' });
    expect(step(over.memory, fires(), T0 + 100_001).decision).toMatchObject({
      rule: 'within-repeat-interval',
    });
  });

  test('a message that was everywhere before its sender died is not sent again', () => {
    const first = decide(EMPTY_MEMORY, fires(), rules, runAt(T0, 'other'));
    const all = new Map([
      ['slack', delivered('slack')],
      ['email', delivered('email')],
    ]);
    const full = noteProgress(
      first.memory,
      [{ decision: first.decisions[0] as Decision, deliveries: all }],
      'other',
    );
    expect(step(full, fires(), T0 + 100_000).decision).toMatchObject({ rule: 'within-repeat-interval' });
  });

  test('an alert that fires while its end was being notified is notified again', () => {
    const notified = step(EMPTY_MEMORY, fires(), T0).memory;
    const ending = decide(notified, passes, rules, runAt(T0 + 1_000, 'other')).memory;
    expect(step(ending, fires(), T0 + 200_000).decision).toMatchObject({
      action: 'send',
      rule: 'first-notification',
    });
  });

  test('an end that a dead run was telling is notified', () => {
    const notified = step(EMPTY_MEMORY, fires(), T0).memory;
    const ending = decide(notified, passes, rules, runAt(T0 + 1_000, 'other')).memory;
    expect(step(ending, passes, T0 + 200_000).decision).toMatchObject({
      action: 'send',
      rule: 'sender-died',
    });
  });

  test('the end of an alert whose first message was cut short is notified', () => {
    expect(step(claimed, passes, T0 + 200_000).decision).toMatchObject({ action: 'send', kind: 'resolved' });
  });
});

test('property: whatever happens, a firing alert is never held without having been notified within the interval', () => {
  const event = fc.record({
    fire: fc.boolean(),
    wait: fc.integer({ min: -2 * HOUR, max: 6 * HOUR }),
    slack: fc.boolean(),
    email: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      let memory = EMPTY_MEMORY;
      let now = T0;
      // When somebody was last notified that it fires, with nobody notified since that it is over.
      let heard: number | undefined;
      for (const { fire, wait, slack, email } of events) {
        now += wait;
        const works: Record<string, boolean> = { slack, email };
        const result = step(memory, fire ? fires() : passes, now, (name) =>
          works[name] ? delivered(name as Delivery['name']) : failed(name as Delivery['name']),
        );
        memory = result.memory;
        const arrived =
          result.decision?.action === 'send' && result.decision.channels.some((name) => works[name]);
        if (fire && arrived) heard = now;
        else if (!fire && arrived) heard = undefined;
        else if (fire && result.decision?.action === 'hold') {
          expect(heard).toBeDefined();
          expect(now - (heard ?? 0)).toBeLessThan(rules.repeatIntervalMs);
          expect(now - (heard ?? 0)).toBeGreaterThanOrEqual(-5 * 60_000);
        }
      }
    }),
  );
});
