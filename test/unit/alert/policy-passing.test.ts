import { describe, expect, test } from 'vitest';
import type { AlertMemory } from '../../../src/alert/log/memory.ts';
import { blindResolved, judgeResolved } from '../../../src/alert/policy/resolved.ts';
import type { PolicyRules } from '../../../src/alert/policy/rules.ts';
import { alertOf, deadClaim, HOUR, MINUTE, memoryOf, NOW, notified, RULES, RUN } from './policy-builders.ts';

const stored = (over: Partial<AlertMemory> = {}) =>
  memoryOf('slow-responses', { notified: notified(), ...over });
/** What is notified of an alert that is only remembered. */
const alert = alertOf('slow-responses');
const judged = (memory: AlertMemory, rules: Partial<PolicyRules> = {}, asked = false) =>
  judgeResolved(memory, asked, { ...RULES, ...rules }, RUN);
const seen = { seenAt: NOW, failures: 0, passes: 1 };
const claim = (
  rule: string,
  channels: readonly string[],
  notifiedBefore: number,
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
  notifiedBefore,
});

describe('an end that is notified', () => {
  test('to those who were notified, with how long it fired', () => {
    const memory = stored();
    const result = judged(memory);
    expect(result).toStrictEqual({
      decision: {
        alert,
        kind: 'resolved',
        action: 'send',
        status: 'resolved',
        rule: 'resolved',
        reason: 'Passes again after 1 h.',
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
      'Passes again after 0 ms.',
      ['slack', 'email'],
      [],
    ],
    [
      'to all that may know of it',
      {
        notified: notified({ channels: ['slack'] }),
        claim: deadClaim({ channels: ['email', 'webhook', 'slack'], delivered: [] }),
        inherited: ['log'],
      },
      {},
      'resolved',
      'Passes again after 1 h.',
      ['slack', 'email', 'webhook', 'log'],
      [],
    ],
    [
      'not by channels that are gone',
      { notified: notified({ channels: ['gone', 'webhook'] }) },
      {},
      'resolved',
      'Passes again after 1 h.',
      ['webhook'],
      [],
    ],
    [
      'by the usual ones where all are gone',
      { notified: notified({ channels: ['gone'] }) },
      {},
      'resolved',
      'Passes again after 1 h.',
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
      {
        status: 'resolved',
        undelivered: { kind: 'resolved', channels: ['email', 'gone', 'slack'], notifiedBefore: 5 },
      },
      {},
      'undelivered',
      'The resolved notification did not reach email, slack.',
      ['email', 'slack'],
      [],
    ],
  ])('%s', (_name, over, rules, rule, reason, channels, delivered) => {
    const { decision, memory, essential } = judged(stored(over), rules);
    expect(decision).toMatchObject({ action: 'send', kind: 'resolved', status: 'resolved', rule, reason });
    expect(decision.channels).toEqual(channels);
    // A message that is tried again counts as when it was tried first.
    const notifiedBefore = { 'sender-died': 7, undelivered: 5 }[rule] ?? 1;
    expect(memory?.claim).toEqual(claim(rule, [...delivered, ...channels], notifiedBefore, delivered));
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

describe('an end that is not notified', () => {
  const ended = (memory: AlertMemory) => {
    const { claim: _, undelivered: __, quiet: ___, inherited: ____, ...rest } = memory;
    return { ...rest, ...seen, status: 'resolved', resolvedAt: NOW };
  };
  test.each<[string, Partial<AlertMemory>, Partial<PolicyRules>, string, string]>([
    [
      'nobody had been notified',
      { notified: undefined, quiet: 'muted' } as Partial<AlertMemory>,
      {},
      'no-recipient-notified',
      'Resolved after 1 h; no recipient had been notified that it fired.',
    ],
    [
      'it was never notified, and too few passes do not matter then',
      { notified: undefined, status: 'pending', firedAt: NOW - 2 * MINUTE } as Partial<AlertMemory>,
      { successThreshold: 5 },
      'no-recipient-notified',
      'Resolved after 2 min; no recipient had been notified that it fired.',
    ],
    [
      'nobody wants to hear of ends',
      {},
      { sendResolved: false },
      'send-resolved-off',
      'Resolved after 1 h; send-resolved is false.',
    ],
    [
      'nobody wants to hear of ends, of one that took another’s place',
      { notified: undefined, inherited: ['slack'] } as Partial<AlertMemory>,
      { sendResolved: false },
      'send-resolved-off',
      'Resolved after 1 h; send-resolved is false.',
    ],
  ])('%s', (_name, over, rules, rule, reason) => {
    const given = stored(over);
    if (given.notified === undefined) delete given.notified;
    expect(judged(given, rules)).toStrictEqual({
      decision: { alert, kind: 'resolved', action: 'hold', status: 'resolved', rule, reason, channels: [] },
      memory: ended(given),
      essential: true,
    });
  });

  test('the run that notified it died after telling it everywhere', () => {
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
        rule: 'already-notified',
        reason: 'The resolved notification was sent by a run that died afterwards.',
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
        reason: 'Passed in 1 of 2 runs in a row that are needed to resolve.',
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

test('an end that somebody says, with no memory to ask, is notified by the usual channels', () => {
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
