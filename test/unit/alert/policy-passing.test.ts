import { describe, expect, test } from 'vitest';
import type { AlertMemory } from '../../../src/alert/log/memory.ts';
import { blindResolved, judgePassing } from '../../../src/alert/policy/resolved.ts';
import type { PolicyRules } from '../../../src/alert/policy/rules.ts';
import { alertOf, deadClaim, HOUR, MINUTE, memoryOf, NOW, RULES, RUN, told } from './policy-builders.ts';

const stored = (over: Partial<AlertMemory> = {}) => memoryOf('slow-responses', { told: told(), ...over });
/** What is told of an alert that is only remembered. */
const alert = alertOf('slow-responses');
const judged = (memory: AlertMemory, rules: Partial<PolicyRules> = {}, asked = false) =>
  judgePassing(memory, asked, { ...RULES, ...rules }, RUN);
const seen = { seenAt: NOW, failures: 0, passes: 1 };
const claim = (
  rule: string,
  channels: readonly string[],
  toldBefore: number,
  delivered: readonly string[] = [],
) => ({
  id: 'me',
  holder: 'my run',
  kind: 'resolved',
  rule,
  at: NOW,
  until: NOW + 90_000,
  channels,
  delivered,
  toldBefore,
});

describe('an end that is told', () => {
  test('to those who were told, with how long it fired', () => {
    const memory = stored();
    const result = judged(memory);
    expect(result).toStrictEqual({
      decision: {
        alert,
        kind: 'resolved',
        action: 'send',
        status: 'resolved',
        rule: 'resolved',
        reason: 'It passes again after 1 h.',
        channels: ['slack', 'email'],
        memory: result.memory,
      },
      memory: { ...memory, ...seen, claim: claim('resolved', ['slack', 'email'], 1) },
      essential: true,
    });
  });

  test.each<[string, Partial<AlertMemory>, Partial<PolicyRules>, string, string, string[], string[]]>([
    [
      'by a clock that went back',
      { firedAt: NOW + HOUR },
      {},
      'resolved',
      'It passes again after 0 ms.',
      ['slack', 'email'],
      [],
    ],
    [
      'to all that may know of it',
      {
        told: told({ channels: ['slack'] }),
        owed: { kind: 'firing', channels: ['email'] },
        claim: deadClaim({ channels: ['webhook', 'slack'], delivered: [] }),
        inherited: ['log'],
      },
      {},
      'resolved',
      'It passes again after 1 h.',
      ['slack', 'email', 'webhook', 'log'],
      [],
    ],
    [
      'not by channels that are gone',
      { told: told({ channels: ['gone', 'webhook'] }) },
      {},
      'resolved',
      'It passes again after 1 h.',
      ['webhook'],
      [],
    ],
    [
      'by the usual ones where all are gone',
      { told: told({ channels: ['gone'] }) },
      {},
      'resolved',
      'It passes again after 1 h.',
      ['slack', 'email'],
      [],
    ],
    [
      'where its sender died',
      { claim: deadClaim({ kind: 'resolved', delivered: ['slack'] }) },
      {},
      'sender-died',
      'The run that was sending it (another run) did not finish.',
      ['email'],
      ['slack'],
    ],
    [
      'where its sender died, though the alert counts as over',
      { status: 'resolved', claim: deadClaim({ kind: 'resolved', delivered: ['slack'] }) },
      {},
      'sender-died',
      'The run that was sending it (another run) did not finish.',
      ['email'],
      ['slack'],
    ],
    [
      'where it did not arrive',
      { status: 'resolved', owed: { kind: 'resolved', channels: ['email', 'gone', 'slack'], toldBefore: 5 } },
      {},
      'delivery-owed',
      'The message that it is over did not reach email, slack.',
      ['email', 'slack'],
      [],
    ],
  ])('%s', (_name, over, rules, rule, reason, channels, delivered) => {
    const { decision, memory, essential } = judged(stored(over), rules);
    expect(decision).toMatchObject({ action: 'send', kind: 'resolved', status: 'resolved', rule, reason });
    expect(decision.channels).toEqual(channels);
    // A message that is tried again counts as when it was tried first.
    const toldBefore = { 'sender-died': 7, 'delivery-owed': 5 }[rule] ?? 1;
    expect(memory?.claim).toEqual(claim(rule, [...delivered, ...channels], toldBefore, delivered));
    expect(essential).toBe(true);
  });

  test('in a silence too, and at the second pass where two are asked for', () => {
    const quiet = [{ kind: 'silence' as const, match: {}, until: NOW + 1, words: 's' }];
    expect(judged(stored({ passes: 1 }), { quiet, successThreshold: 2 }).decision).toMatchObject({
      action: 'send',
      rule: 'resolved',
    });
  });
});

describe('an end that is not told', () => {
  const ended = (memory: AlertMemory) => {
    const { claim: _, owed: __, quiet: ___, inherited: ____, ...rest } = memory;
    return { ...rest, ...seen, status: 'resolved', resolvedAt: NOW };
  };
  test.each<[string, Partial<AlertMemory>, Partial<PolicyRules>, string, string]>([
    [
      'nobody had been told',
      { told: undefined, quiet: 'muted' } as Partial<AlertMemory>,
      {},
      'nobody-was-told',
      'It is over after 1 h; nobody had been told that it fired.',
    ],
    [
      'it was never told, and too few passes do not matter then',
      { told: undefined, status: 'pending', firedAt: NOW - 2 * MINUTE } as Partial<AlertMemory>,
      { successThreshold: 5 },
      'nobody-was-told',
      'It is over after 2 min; nobody had been told that it fired.',
    ],
    [
      'nobody wants to hear of ends',
      {},
      { sendResolved: false },
      'send-resolved-off',
      'It is over after 1 h; send-resolved is false.',
    ],
    [
      'nobody wants to hear of ends, of one that took another’s place',
      { told: undefined, inherited: ['slack'] } as Partial<AlertMemory>,
      { sendResolved: false },
      'send-resolved-off',
      'It is over after 1 h; send-resolved is false.',
    ],
  ])('%s', (_name, over, rules, rule, reason) => {
    const given = stored(over);
    if (given.told === undefined) delete given.told;
    expect(judged(given, rules)).toStrictEqual({
      decision: { alert, kind: 'resolved', action: 'hold', status: 'resolved', rule, reason, channels: [] },
      memory: ended(given),
      essential: true,
    });
  });

  test('the run that told it died after telling it everywhere', () => {
    const at = NOW - 30 * MINUTE;
    const given = stored({
      quiet: 'muted',
      claim: deadClaim({ kind: 'resolved', at, delivered: ['email', 'slack'] }),
    });
    const { claim: _, quiet: __, ...rest } = given;
    expect(judged(given)).toStrictEqual({
      decision: {
        alert,
        kind: 'resolved',
        action: 'hold',
        status: 'resolved',
        rule: 'already-told',
        reason: 'The run that told that it is over died after telling it.',
        channels: [],
      },
      memory: { ...rest, status: 'resolved', resolvedAt: at, seenAt: at },
      essential: true,
    });
  });

  test('too few passes in a row, unless a person says that it is over', () => {
    const given = stored();
    expect(judged(given, { successThreshold: 2 })).toStrictEqual({
      decision: {
        alert,
        kind: 'resolved',
        action: 'hold',
        status: 'suppressed',
        rule: 'below-success-threshold',
        reason: 'It passed 1 of 2 times in a row; then it counts as over.',
        channels: [],
      },
      memory: { ...given, ...seen },
      essential: true,
    });
    expect(judged(given, { successThreshold: 2 }, true).decision.action).toBe('send');
  });

  test('another run is telling it right now', () => {
    const claim = deadClaim({ kind: 'resolved', until: NOW + 1_000 });
    expect(judged(stored({ claim }))).toStrictEqual({
      decision: {
        alert,
        kind: 'resolved',
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

test('an end that somebody says, with no memory to ask, is told by the usual channels', () => {
  const blind = { rule: 'memory-unreachable', reason: 'The memory could not be read.' };
  const result = blindResolved(alert, blind, RULES, RUN);
  expect(result).toStrictEqual({
    decision: {
      alert,
      kind: 'resolved',
      action: 'send',
      status: 'resolved',
      ...blind,
      channels: ['slack', 'email'],
      memory: result.memory,
    },
    memory: memoryOf('slow-responses', {
      status: 'pending',
      episode: 0,
      firedAt: NOW,
      seenAt: NOW,
      failures: 0,
      claim: claim('memory-unreachable', ['slack', 'email'], 0) as NonNullable<AlertMemory['claim']>,
    }),
    essential: true,
  });
});
