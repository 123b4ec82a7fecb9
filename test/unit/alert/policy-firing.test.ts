import { describe, expect, test } from 'vitest';
import type { AlertMemory } from '../../../src/alert/log/memory.ts';
import type { FiringAlert } from '../../../src/alert/model/alert.ts';
import { judgeFiring } from '../../../src/alert/policy/firing.ts';
import type { Inhibitor } from '../../../src/alert/policy/inhibition.ts';
import type { PolicyRules } from '../../../src/alert/policy/rules.ts';
import { alertOf, deadClaim, HOUR, MINUTE, memoryOf, NOW, RULES, RUN, told } from './policy-builders.ts';

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
      'It failed 3 times in a row.',
      both,
    ],
    [
      'not often enough',
      slow,
      known({ status: 'pending', failures: 1 }),
      { failureThreshold: 3 },
      'below-failure-threshold',
      'It failed 2 of 3 times in a row; then it is told.',
      null,
    ],
    [
      'an event, which needs no second time',
      event,
      undefined,
      { failureThreshold: 3 },
      'first-notification',
      'It happened once; there is nothing to be over.',
      both,
    ],
    [
      'an event that was told',
      event,
      known({ told: told() }),
      {},
      'event-already-told',
      'It happened once and was told.',
      null,
    ],
    [
      'an event that was told long ago, to another channel and as less bad',
      event,
      known({ status: 'resolved', told: told({ ...late, severity: 'info', channels: ['webhook'] }) }),
      {},
      'event-already-told',
      'It happened once and was told.',
      null,
    ],
    [
      'an event that one of two did not hear of',
      event,
      known({
        status: 'resolved',
        told: told({ channels: ['slack'] }),
        owed: { kind: 'firing', channels: ['email', 'gone'] },
      }),
      {},
      'delivery-owed',
      'The last message did not reach email.',
      ['email'],
    ],
    [
      'an event of the user’s own, within the interval',
      ownEvent,
      known({ status: 'resolved', told: told() }),
      {},
      'within-repeat-interval',
      'It was told 1 h ago and is told again after 4 h.',
      null,
    ],
    [
      'an event of the user’s own, which nothing sets apart from the next',
      ownEvent,
      known({ status: 'resolved', told: told(late) }),
      {},
      'repeat-interval-elapsed',
      'It happened again and was last told 4 h ago; it is told again after 4 h.',
      both,
    ],
    [
      'resolved before',
      slow,
      known({ status: 'resolved', told: told() }),
      {},
      'first-notification',
      'It fires again after it was resolved.',
      both,
    ],
    [
      'resolved before, quiet then',
      slow,
      known({ status: 'resolved', quiet: 'muted' }),
      {},
      'first-notification',
      'It fires again after it was resolved.',
      both,
    ],
    [
      'quiet before',
      slow,
      known({ quiet: 'inhibited' }),
      {},
      'first-notification',
      'It still fires and is no longer inhibited.',
      both,
    ],
    [
      'told to nobody, for nothing arrived',
      slow,
      known({ owed: { kind: 'firing', channels: both } }),
      {},
      'first-notification',
      'It still fires, and no message about it has arrived yet.',
      both,
    ],
    [
      'seen and never told, for no reason that is known',
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
      known({ told: told({ at: NOW - MINUTE }) }),
      { escalations: [{ afterMs: HOUR, match: {}, severity: 'critical', channels: ['webhook'] }] },
      'escalated',
      'It has been firing for 1 h and is now critical.',
      ['slack', 'email', 'webhook'],
    ],
    [
      'escalated before',
      slow,
      known({ told: told({ level: 1, severity: 'critical', at: NOW - MINUTE }) }),
      { escalations: [{ afterMs: HOUR, match: {}, severity: 'critical', channels: ['webhook'] }] },
      'within-repeat-interval',
      'It was told 1 min ago and is told again after 4 h.',
      null,
    ],
    [
      'worse',
      alertOf('slow-responses', { severity: 'critical' }),
      known({ told: told({ severity: 'warning' }) }),
      {},
      'severity-rose',
      'Its severity rose from warning to critical.',
      both,
    ],
    [
      'owed to two',
      slow,
      known({
        told: told({ channels: ['log'] }),
        owed: { kind: 'firing', channels: ['email', 'gone', 'slack'] },
      }),
      {},
      'delivery-owed',
      'The last message did not reach email, slack.',
      ['email', 'slack'],
    ],
    [
      'told elsewhere',
      slow,
      known({ told: told({ channels: ['webhook', 'log'] }) }),
      { channels: ['slack', 'email', 'log'] },
      'new-channels',
      'It was told, but not by slack, email, where it goes now.',
      ['slack', 'email', 'log'],
    ],
    [
      'told by one of those where it goes',
      slow,
      known({ told: told({ channels: ['email'] }) }),
      {},
      'within-repeat-interval',
      'It was told 1 h ago and is told again after 4 h.',
      null,
    ],
    [
      'now only for the log',
      slow,
      known({ told: told({ channels: ['slack'] }) }),
      { channels: ['log'] },
      'within-repeat-interval',
      'It was told 1 h ago and is told again after 4 h.',
      null,
    ],
    [
      'after the interval',
      slow,
      known({ told: told(late) }),
      {},
      'repeat-interval-elapsed',
      'It still fires and was last told 4 h ago; it is told again after 4 h.',
      both,
    ],
    [
      'by an interval of its own',
      slow,
      known({ told: told({ at: NOW - 5 * MINUTE }) }),
      { routes: [{ match: {}, channels: ['slack'], repeatIntervalMs: 5 * MINUTE, continue: false }] },
      'repeat-interval-elapsed',
      'It still fires and was last told 5 min ago; it is told again after 5 min.',
      ['slack'],
    ],
    [
      'as much in the future as clocks may differ',
      slow,
      known({ told: told({ at: NOW + 5 * MINUTE }) }),
      {},
      'within-repeat-interval',
      'It was told 0 ms ago and is told again after 4 h.',
      null,
    ],
    [
      'more in the future than clocks may differ',
      slow,
      known({ told: told({ at: NOW + 5 * MINUTE + 1_000 }) }),
      {},
      'clock-went-back',
      'It was last told 5 min 1 s in the future; the clock went back, so nothing can be said about the time since.',
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
          toldBefore: 0,
        },
      }),
      essential: true,
    });
    // It is the very alert that came in, where nothing made it worse.
    expect(result.decision.alert).toBe(slow);
  });

  test('held: only counted', () => {
    const stored = known({ told: told(), held: 2 });
    expect(judged(slow, stored)).toStrictEqual({
      decision: {
        alert: slow,
        kind: 'firing',
        action: 'hold',
        status: 'suppressed',
        rule: 'within-repeat-interval',
        reason: 'It was told 1 h ago and is told again after 4 h.',
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
      'told before, when the threshold was lower',
      slow,
      known({ failures: 0, told: told() }),
      'firing',
      false,
    ],
    [
      'an event that was told and ended',
      event,
      known({ status: 'resolved', told: told() }),
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
      told: told({ channels: ['slack'] }),
      owed: { kind: 'firing', channels: ['email'], toldBefore: 0 },
      references: { slack: 'C1/1.1', email: '<root>' },
    });
    const { memory } = judged(event, stored);
    expect(memory).toStrictEqual({ ...stored, seenAt: NOW, failures: 4, claim: memory?.claim });
    expect(memory?.claim).toMatchObject({ channels: ['email'], toldBefore: 0 });

    const { owed: _, ...everywhere } = stored;
    const second = judged(event, everywhere);
    const third = judged(event, second.memory);
    expect([second.decision.rule, third.decision.rule]).toEqual(['event-already-told', 'event-already-told']);
    expect(third.memory).toStrictEqual({ ...everywhere, seenAt: NOW, failures: 5, held: 2 });
  });

  test('blind: told whatever is remembered, with the reason for being blind', () => {
    const blind = { rule: 'memory-unreachable', reason: 'The memory could not be read.' };
    const { decision, memory, essential } = judgeFiring(slow, known({ told: told({ at: NOW }) }), [], RULES, {
      ...RUN,
      blind,
    });
    expect(decision).toMatchObject({ action: 'send', status: 'sent', ...blind, channels: both });
    expect(memory?.claim).toMatchObject({ rule: 'memory-unreachable', channels: both });
    expect(essential).toBe(true);
  });

  test('a message that is owed counts as when it was tried first', () => {
    const owed = { kind: 'firing' as const, channels: ['email'], toldBefore: 4 };
    const claimOf = (over: Partial<AlertMemory>) =>
      judged(slow, known({ told: told(), ...over })).memory?.claim;
    expect(claimOf({ owed })).toMatchObject({ rule: 'delivery-owed', toldBefore: 4 });
    expect(claimOf({ claim: deadClaim() })).toMatchObject({ rule: 'sender-died', toldBefore: 7 });
    expect(claimOf({ told: told({ ...late, count: 3 }) })).toMatchObject({
      rule: 'repeat-interval-elapsed',
      toldBefore: 3,
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

  test('events and messages under way are told though a cause explains them', () => {
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
