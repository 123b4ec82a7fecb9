import { describe, expect, test } from 'vitest';
import type { AlertMemory } from '../../../src/alert/log/memory.ts';
import type { FiringAlert } from '../../../src/alert/model/alert.ts';
import { judgeFiring } from '../../../src/alert/policy/firing.ts';
import type { Inhibitor } from '../../../src/alert/policy/inhibition.ts';
import type { PolicyRules } from '../../../src/alert/policy/rules.ts';
import { alertOf, deadClaim, HOUR, MINUTE, memoryOf, NOW, notified, RULES, RUN } from './policy-builders.ts';

const slow = alertOf('slow-responses');
const event = alertOf('slow-responses', { event: true });
const ownEvent = alertOf('slow-responses', { event: true, check: '' });
const known = (over: Partial<AlertMemory> = {}) => memoryOf('slow-responses', over);
const cause: Inhibitor = {
  fingerprint: 'd',
  alert: alertOf('database-down', { title: 'MongoDB is down', source: 'mongodb' }),
  seenAt: NOW,
};
const judged = (
  alert: FiringAlert,
  stored: AlertMemory | undefined,
  over: Partial<PolicyRules> = {},
  inhibitors: readonly Inhibitor[] = [],
) => judgeFiring(alert, stored, inhibitors, { ...RULES, ...over }, RUN);

const both = ['slack', 'email'];
const late = { at: NOW - 4 * HOUR };

describe('which rule decides, where it goes and what is said', () => {
  test.each<
    [
      string,
      FiringAlert,
      AlertMemory | undefined,
      Partial<PolicyRules>,
      string,
      string,
      readonly string[] | null,
    ]
  >([
    ['never seen', slow, undefined, {}, 'first-notification', 'It was not firing before.', both],
    [
      'often enough',
      slow,
      known({ status: 'pending', failures: 2 }),
      { failureThreshold: 3 },
      'first-notification',
      'Failed in 3 runs in a row.',
      both,
    ],
    [
      'not often enough',
      slow,
      known({ status: 'pending', failures: 1 }),
      { failureThreshold: 3 },
      'below-failure-threshold',
      'Failed in 2 of 3 runs in a row that are needed to notify.',
      null,
    ],
    [
      'an event, which needs no second time',
      event,
      undefined,
      { failureThreshold: 3 },
      'first-notification',
      'It happened once; there is nothing to resolve later.',
      both,
    ],
    [
      'an event that was notified',
      event,
      known({ notified: notified() }),
      {},
      'event-already-notified',
      'It happened once and was notified.',
      null,
    ],
    [
      'an event that was notified long ago, to another channel and as less bad',
      event,
      known({ status: 'resolved', notified: notified({ ...late, severity: 'info', channels: ['webhook'] }) }),
      {},
      'event-already-notified',
      'It happened once and was notified.',
      null,
    ],
    [
      'an event that one of two did not hear of',
      event,
      known({
        status: 'resolved',
        notified: notified({ channels: ['slack'] }),
        undelivered: { kind: 'firing', channels: ['email', 'gone'] },
      }),
      {},
      'undelivered',
      'The last message did not reach email.',
      ['email'],
    ],
    [
      'an event of the user’s own, within the interval',
      ownEvent,
      known({ status: 'resolved', notified: notified() }),
      {},
      'within-repeat-interval',
      'Notified 1 h ago; repeated every 4 h.',
      null,
    ],
    [
      'an event of the user’s own, which nothing sets apart from the next',
      ownEvent,
      known({ status: 'resolved', notified: notified(late) }),
      {},
      'repeat-interval-elapsed',
      'Happened again; last notified 4 h ago, repeated every 4 h.',
      both,
    ],
    [
      'resolved before',
      slow,
      known({ status: 'resolved', notified: notified() }),
      {},
      'first-notification',
      'Firing again after it was resolved.',
      both,
    ],
    [
      'resolved before, quiet then',
      slow,
      known({ status: 'resolved', quiet: 'muted' }),
      {},
      'first-notification',
      'Firing again after it was resolved.',
      both,
    ],
    [
      'quiet before',
      slow,
      known({ quiet: 'inhibited' }),
      {},
      'first-notification',
      'Still firing and no longer inhibited.',
      both,
    ],
    [
      'notified to nobody, for nothing arrived',
      slow,
      known({ undelivered: { kind: 'firing', channels: both } }),
      {},
      'first-notification',
      'Still firing, and no message about it has arrived yet.',
      both,
    ],
    [
      'seen and never notified, for no reason that is known',
      slow,
      known(),
      {},
      'first-notification',
      'It was not firing before.',
      both,
    ],
    [
      'its sender died',
      slow,
      known({ claim: deadClaim({ delivered: ['slack'] }) }),
      {},
      'sender-died',
      'The run that was sending it (another run) did not finish.',
      ['email'],
    ],
    [
      'escalated',
      slow,
      known({ notified: notified({ at: NOW - MINUTE }) }),
      { escalations: [{ afterMs: HOUR, match: {}, severity: 'critical', channels: ['webhook'] }] },
      'escalated',
      'Firing for 1 h, now critical.',
      ['slack', 'email', 'webhook'],
    ],
    [
      'escalated before',
      slow,
      known({ notified: notified({ level: 1, severity: 'critical', at: NOW - MINUTE }) }),
      { escalations: [{ afterMs: HOUR, match: {}, severity: 'critical', channels: ['webhook'] }] },
      'within-repeat-interval',
      'Notified 1 min ago; repeated every 4 h.',
      null,
    ],
    [
      'worse',
      alertOf('slow-responses', { severity: 'critical' }),
      known({ notified: notified({ severity: 'warning' }) }),
      {},
      'severity-rose',
      'Its severity rose from warning to critical.',
      both,
    ],
    [
      'undelivered to two',
      slow,
      known({
        notified: notified({ channels: ['log'] }),
        undelivered: { kind: 'firing', channels: ['email', 'gone', 'slack'] },
      }),
      {},
      'undelivered',
      'The last message did not reach email, slack.',
      ['email', 'slack'],
    ],
    [
      'notified elsewhere',
      slow,
      known({ notified: notified({ channels: ['webhook', 'log'] }) }),
      { channels: ['slack', 'email', 'log'] },
      'new-channels',
      'Notified before, but not by slack, email, where it is routed now.',
      ['slack', 'email', 'log'],
    ],
    [
      'notified by one of those where it goes',
      slow,
      known({ notified: notified({ channels: ['email'] }) }),
      {},
      'within-repeat-interval',
      'Notified 1 h ago; repeated every 4 h.',
      null,
    ],
    [
      'now only for the log',
      slow,
      known({ notified: notified({ channels: ['slack'] }) }),
      { channels: ['log'] },
      'within-repeat-interval',
      'Notified 1 h ago; repeated every 4 h.',
      null,
    ],
    [
      'after the interval',
      slow,
      known({ notified: notified(late) }),
      {},
      'repeat-interval-elapsed',
      'Still firing; last notified 4 h ago, repeated every 4 h.',
      both,
    ],
    [
      'by an interval of its own',
      slow,
      known({ notified: notified({ at: NOW - 5 * MINUTE }) }),
      { routes: [{ match: {}, channels: ['slack'], repeatIntervalMs: 5 * MINUTE, continue: false }] },
      'repeat-interval-elapsed',
      'Still firing; last notified 5 min ago, repeated every 5 min.',
      ['slack'],
    ],
    [
      'as much in the future as clocks may differ',
      slow,
      known({ notified: notified({ at: NOW + 5 * MINUTE }) }),
      {},
      'within-repeat-interval',
      'Notified 0 ms ago; repeated every 4 h.',
      null,
    ],
    [
      'more in the future than clocks may differ',
      slow,
      known({ notified: notified({ at: NOW + 5 * MINUTE + 1_000 }) }),
      {},
      'clock-went-back',
      'The last notification is dated 5 min 1 s in the future (clock moved back).',
      both,
    ],
  ])('%s', (_name, alert, stored, rules, rule, reason, channels) => {
    const { decision, memory } = judged(alert, stored, rules);
    expect(decision.kind).toBe('firing');
    expect([decision.rule, decision.reason]).toEqual([rule, reason]);
    expect(decision.channels).toEqual(channels ?? []);
    expect(decision.action).toBe(channels ? 'send' : 'hold');
    expect(decision.status).toBe(channels ? 'sent' : 'suppressed');
    expect(decision.memory).toEqual(channels ? memory : undefined);
    expect(memory?.claim?.rule).toBe(channels ? rule : undefined);
  });
});

describe('the whole of a decision', () => {
  test('sent: what is claimed is remembered, and must be written', () => {
    const result = judged(slow, undefined);
    expect(result).toStrictEqual({
      decision: {
        alert: slow,
        kind: 'firing',
        action: 'send',
        status: 'sent',
        rule: 'first-notification',
        reason: 'It was not firing before.',
        level: 0,
        channels: both,
        memory: result.memory,
      },
      memory: memoryOf('slow-responses', {
        firedAt: NOW,
        seenAt: NOW,
        failures: 1,
        claim: {
          id: 'me',
          holder: 'my run',
          kind: 'firing',
          rule: 'first-notification',
          at: NOW,
          until: NOW + 90_000,
          channels: both,
          delivered: [],
          notifiedBefore: 0,
        },
      }),
      essential: true,
    });
    // It is the very alert that came in, where nothing made it worse.
    expect(result.decision.alert).toBe(slow);
  });

  test('held: only counted', () => {
    const stored = known({ notified: notified(), held: 2 });
    expect(judged(slow, stored)).toStrictEqual({
      decision: {
        alert: slow,
        kind: 'firing',
        action: 'hold',
        status: 'suppressed',
        rule: 'within-repeat-interval',
        reason: 'Notified 1 h ago; repeated every 4 h.',
        level: 0,
        channels: [],
      },
      memory: { ...stored, seenAt: NOW, failures: 4, held: 3 },
      essential: false,
    });
  });

  test.each<[string, FiringAlert, AlertMemory | undefined, AlertMemory['status'], boolean]>([
    ['not often enough yet', slow, undefined, 'pending', true],
    [
      'notified before, when the threshold was lower',
      slow,
      known({ failures: 0, notified: notified() }),
      'firing',
      false,
    ],
    [
      'an event that was notified and ended',
      event,
      known({ status: 'resolved', notified: notified() }),
      'resolved',
      false,
    ],
  ])('held: %s', (_name, alert, stored, status, essential) => {
    // The event of the last row is the first of its episode, which is as often as the threshold asks for.
    const result = judged(alert, stored, { failureThreshold: alert.event ? 1 : 3 });
    expect(result.decision.action).toBe('hold');
    expect(result.memory?.status).toBe(status);
    expect(result.essential).toBe(essential);
  });

  test('an event stays what it was, however often it is seen: its message keeps its mark and its thread', () => {
    const stored = known({
      status: 'resolved',
      resolvedAt: NOW - MINUTE,
      event: true,
      notified: notified({ channels: ['slack'] }),
      undelivered: { kind: 'firing', channels: ['email'], notifiedBefore: 0 },
      references: { slack: 'C1/1.1', email: '<root>' },
    });
    const { memory } = judged(event, stored);
    expect(memory).toStrictEqual({ ...stored, seenAt: NOW, failures: 4, claim: memory?.claim });
    expect(memory?.claim).toMatchObject({ channels: ['email'], notifiedBefore: 0 });

    const { undelivered: _, ...everywhere } = stored;
    const second = judged(event, everywhere);
    const third = judged(event, second.memory);
    expect([second.decision.rule, third.decision.rule]).toEqual([
      'event-already-notified',
      'event-already-notified',
    ]);
    expect(third.memory).toStrictEqual({ ...everywhere, seenAt: NOW, failures: 5, held: 2 });
  });

  test('blind: notified whatever is remembered, with the reason for being blind', () => {
    const blind = { rule: 'memory-unreachable', reason: 'The memory could not be read.' };
    const { decision, memory, essential } = judgeFiring(
      slow,
      known({ notified: notified({ at: NOW }) }),
      [],
      RULES,
      {
        ...RUN,
        blind,
      },
    );
    expect(decision).toMatchObject({ action: 'send', status: 'sent', ...blind, channels: both });
    expect(memory?.claim).toMatchObject({ rule: 'memory-unreachable', channels: both });
    expect(essential).toBe(true);
  });

  test('a message that is undelivered counts as when it was tried first', () => {
    const undelivered = { kind: 'firing' as const, channels: ['email'], notifiedBefore: 4 };
    const claimOf = (over: Partial<AlertMemory>) =>
      judged(slow, known({ notified: notified(), ...over })).memory?.claim;
    expect(claimOf({ undelivered })).toMatchObject({ rule: 'undelivered', notifiedBefore: 4 });
    expect(claimOf({ claim: deadClaim() })).toMatchObject({ rule: 'sender-died', notifiedBefore: 7 });
    expect(claimOf({ notified: notified({ ...late, count: 3 }) })).toMatchObject({
      rule: 'repeat-interval-elapsed',
      notifiedBefore: 3,
    });
  });

  test('another run is sending it', () => {
    const stored = known({ claim: deadClaim({ until: NOW + 1 }) });
    expect(judged(slow, stored)).toStrictEqual({
      decision: {
        alert: slow,
        kind: 'firing',
        action: 'wait',
        status: 'suppressed',
        rule: 'claimed-by-another-run',
        reason: 'Another run (another run) is sending it.',
        channels: [],
      },
      essential: false,
    });
  });
});

describe('quiet', () => {
  const quiet = [
    { kind: 'maintenance' as const, match: { type: ['x'] }, until: NOW + 1, words: 'not about it' },
    { kind: 'maintenance' as const, match: { type: ['slow-*'] }, until: NOW + 1, words: 'In the window w.' },
    { kind: 'silence' as const, match: {}, until: NOW + 1, words: 'Silenced.' },
  ];

  test('muted by the first that fits; people’s words come before causes', () => {
    expect(judged(slow, undefined, { quiet }, [cause])).toStrictEqual({
      decision: {
        alert: slow,
        kind: 'firing',
        action: 'hold',
        status: 'muted',
        rule: 'maintenance',
        reason: 'In the window w.',
        channels: [],
      },
      memory: memoryOf('slow-responses', {
        firedAt: NOW,
        seenAt: NOW,
        failures: 1,
        held: 1,
        quiet: 'muted',
      }),
      essential: true,
    });
  });

  test('inhibited by what explains it', () => {
    const { decision, memory } = judged(slow, known({ held: 4 }), {}, [cause]);
    expect(decision).toStrictEqual({
      alert: slow,
      kind: 'firing',
      action: 'hold',
      status: 'inhibited',
      rule: 'inhibited',
      reason: 'MongoDB is down (mongodb) fires and explains it.',
      channels: [],
      inhibitor: 'd',
    });
    expect(memory).toMatchObject({ held: 5, quiet: 'inhibited' });
  });

  test.each<[string, AlertMemory | undefined, boolean]>([
    ['it is new', undefined, true],
    ['it was loud', known(), true],
    ['it was quiet for another reason', known({ quiet: 'inhibited' }), true],
    ['it was quiet', known({ quiet: 'muted' }), false],
    ['it was quiet, was over and fires again', known({ quiet: 'muted', status: 'resolved' }), true],
  ])('is news where %s', (_name, stored, news) => {
    expect(judged(slow, stored, { quiet }).essential).toBe(news);
  });

  test('events and messages under way are notified though a cause explains them', () => {
    expect(judged(event, undefined, {}, [cause]).decision.action).toBe('send');
    expect(
      judged(slow, known({ claim: deadClaim({ delivered: ['slack'] }) }), {}, [cause]).decision,
    ).toMatchObject({ action: 'send', rule: 'sender-died', channels: ['email'] });
    // The message that was under way is about its end, which is not so any more.
    expect(
      judged(slow, known({ claim: deadClaim({ kind: 'resolved', delivered: ['slack'] }) }), {}, [cause])
        .decision,
    ).toMatchObject({ status: 'inhibited' });
  });

  test('what it has escalated to is what silences look at', () => {
    const rules = {
      escalations: [{ afterMs: HOUR, match: {}, severity: 'critical' as const, channels: [] }],
      quiet: [
        { kind: 'silence' as const, match: { severity: ['error' as const] }, until: NOW + 1, words: 's' },
      ],
    };
    expect(judged(slow, known({ firedAt: NOW - HOUR + 1 }), rules).decision).toMatchObject({
      status: 'muted',
      alert: { severity: 'error' },
    });
    expect(judged(slow, known(), rules).decision).toMatchObject({
      status: 'sent',
      alert: { severity: 'critical' },
      level: 1,
    });
  });
});
