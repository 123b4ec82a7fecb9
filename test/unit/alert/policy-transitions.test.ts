import { describe, expect, test } from 'vitest';
import type { AlertMemory } from '../../../src/alert/log/memory.ts';
import {
  alertOfMemory,
  claimed,
  isClaimedByOther,
  newMemory,
  resolved,
  seenFiring,
  unfinished,
  waiting,
  withDeadClaimRecorded,
} from '../../../src/alert/policy/transitions.ts';
import { alertOf, deadClaim, HOUR, MINUTE, memoryOf, NOW, notified, RULES, RUN } from './policy-builders.ts';

const slow = alertOf('slow-responses');
const known = (over: Partial<AlertMemory> = {}) => memoryOf('slow-responses', over);

describe('an alert that is seen failing', () => {
  test('for the first time', () => {
    expect(newMemory(slow, NOW)).toStrictEqual(
      known({ status: 'pending', episode: 0, failures: 0, firedAt: NOW, seenAt: NOW }),
    );
    expect(seenFiring(slow, undefined, { now: NOW })).toStrictEqual(
      known({ failures: 1, firedAt: NOW, seenAt: NOW }),
    );
  });

  /** All that a memory can hold. */
  const full = known({
    passes: 2,
    held: 7,
    notified: notified(),
    quiet: 'muted',
    inherited: ['webhook'],
    undelivered: { kind: 'firing', channels: ['email'] },
    references: { slack: '1.2' },
    resolvedAt: NOW - 2 * HOUR,
  });
  const { resolvedAt: _, ...open } = full;
  const { notified: __, quiet: ___, inherited: ____, undelivered: _____, ...bare } = open;
  const again = { ...bare, episode: 2, firedAt: NOW, seenAt: NOW, failures: 1, passes: 0, references: {} };

  test.each<[string, AlertMemory, AlertMemory]>([
    ['still', full, { ...open, seenAt: NOW, failures: 4, passes: 0 }],
    [
      'while a run that died was telling it',
      { ...full, claim: deadClaim() },
      { ...open, seenAt: NOW, failures: 4, passes: 0 },
    ],
    ['after it was over', { ...full, status: 'resolved' }, again],
    [
      'while a run that died was telling that it is over',
      { ...full, claim: deadClaim({ kind: 'resolved' }) },
      again,
    ],
    [
      'after it was over, while a run that died was telling of it again',
      { ...full, status: 'resolved', claim: deadClaim() },
      { ...open, seenAt: NOW, failures: 4, passes: 0 },
    ],
    [
      'and what is undelivered of its end is undelivered no more',
      { ...open, undelivered: { kind: 'resolved', channels: ['email'] } },
      {
        ...bare,
        notified: notified(),
        quiet: 'muted',
        inherited: ['webhook'],
        seenAt: NOW,
        failures: 4,
        passes: 0,
      },
    ],
    [
      'by a clock that went back',
      known({ firedAt: NOW + 1 }),
      known({ firedAt: NOW, seenAt: NOW, failures: 4 }),
    ],
    ['with nothing beside', known(), known({ seenAt: NOW, failures: 4 })],
  ])('%s', (_name, before, after) => {
    expect(seenFiring(slow, before, { now: NOW })).toStrictEqual(after);
  });

  describe('an event', () => {
    const event = alertOf('slow-responses', { event: true });
    const seen = { seenAt: NOW, failures: 4, passes: 0, event: true };
    test.each<[string, AlertMemory | undefined, AlertMemory]>([
      [
        'for the first time',
        undefined,
        known({ firedAt: NOW, seenAt: NOW, failures: 1, passes: 0, event: true }),
      ],
      ['that reached nobody yet', known({ event: true }), known(seen)],
      [
        'that was notified is over, and stays the same',
        known({ status: 'resolved', resolvedAt: NOW - 7, notified: notified(), references: { slack: 'r' } }),
        known({
          ...seen,
          status: 'resolved',
          resolvedAt: NOW - 7,
          notified: notified(),
          references: { slack: 'r' },
        }),
      ],
      [
        'that was notified by a run that died right after',
        known({ notified: notified() }),
        known({ ...seen, status: 'resolved', notified: notified() }),
      ],
      [
        'that was over before anybody was notified',
        known({ status: 'resolved', resolvedAt: NOW - 7 }),
        known({ ...seen, episode: 2, firedAt: NOW, failures: 1 }),
      ],
    ])('%s', (_name, before, after) => expect(seenFiring(event, before, { now: NOW })).toStrictEqual(after));
  });

  test('goes by its newest description, which keeps its size', () => {
    const labels = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`${index}`.padStart(80, 'n'), 'v'.repeat(200)]),
    );
    const wordy = alertOf('slow-responses', {
      severity: 'critical',
      title: 't'.repeat(151),
      message: 'm'.repeat(301),
      event: true,
      labels,
    });
    const memory = seenFiring(wordy, known(), { now: NOW });
    expect(memory).toMatchObject({
      severity: 'critical',
      title: `${'t'.repeat(149)}…`,
      message: `${'m'.repeat(299)}…`,
      event: true,
    });
    // The names are alike in all that is kept of them.
    expect(memory.labels).toEqual({ [`${'n'.repeat(59)}…`]: `${'v'.repeat(99)}…` });
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`l${index}`, `v${index}`]));
    expect(Object.keys(seenFiring(alertOf('x', { labels: many }), undefined, { now: NOW }).labels)).toEqual(
      Object.keys(many).slice(0, 10),
    );
    expect(seenFiring(slow, known(), { now: NOW })).not.toHaveProperty('event');
  });
});

describe('a claim', () => {
  test('says who tells what, until when, and where it already is', () => {
    const verdict = { rule: 'r', reason: '', delivered: ['email'] };
    expect(claimed(known(), 'resolved', verdict, ['slack', 'email'], RULES, RUN)).toStrictEqual(
      known({
        claim: {
          id: 'me',
          holder: 'my run',
          kind: 'resolved',
          rule: 'r',
          at: NOW,
          until: NOW + 90_000,
          channels: ['email', 'slack'],
          delivered: ['email'],
          notifiedBefore: 0,
        },
      }),
    );
    const first = claimed(known(), 'firing', { rule: 'r', reason: '' }, ['slack'], RULES, RUN);
    expect(first.claim).toMatchObject({
      kind: 'firing',
      channels: ['slack'],
      delivered: [],
      notifiedBefore: 0,
    });
    const twice = known({ notified: notified({ count: 2 }) });
    expect(claimed(twice, 'firing', { rule: 'r', reason: '' }, [], RULES, RUN).claim?.notifiedBefore).toBe(2);
    const begun = { rule: 'r', reason: '', notifiedBefore: 1 };
    expect(claimed(twice, 'firing', begun, [], RULES, RUN).claim?.notifiedBefore).toBe(1);
  });

  test.each<[string, Partial<NonNullable<AlertMemory['claim']>>, boolean]>([
    ['a moment longer', { until: NOW + 1 }, true],
    ['no longer', { until: NOW }, false],
    ['a moment longer, of this run', { until: NOW + 1, id: 'me' }, false],
    ['as long as any can by clocks that differ', { until: NOW + 90_000 + 5 * MINUTE }, true],
    ['longer than any can', { until: NOW + 90_000 + 5 * MINUTE + 1 }, false],
  ])('that holds %s', (_name, over, holds) => {
    expect(isClaimedByOther(known({ claim: deadClaim(over) }), RUN, RULES)).toBe(holds);
  });

  test('that this run has watched for as long as it can last holds nothing', () => {
    const claim = deadClaim({ until: NOW + 1 });
    const watched = { ...RUN, abandoned: new Set([claim.id]) };
    expect(isClaimedByOther(known({ claim }), watched, RULES)).toBe(false);
    expect(isClaimedByOther(known({ claim: { ...claim, id: 'newer' } }), watched, RULES)).toBe(true);
  });

  test('that is not there holds nothing', () => {
    expect(isClaimedByOther(known(), RUN, RULES)).toBe(false);
    expect(waiting(slow, known()).decision).toMatchObject({
      kind: 'firing',
      reason: 'Another run (unknown) is sending it.',
    });
  });

  test.each<[string, AlertMemory, AlertMemory]>([
    ['none', known({ notified: notified() }), known({ notified: notified() })],
    [
      'not everywhere',
      known({ claim: deadClaim({ delivered: ['slack'] }) }),
      known({ claim: deadClaim({ delivered: ['slack'] }) }),
    ],
    [
      'everywhere, the first time',
      known({ claim: deadClaim({ delivered: ['slack', 'email'] }) }),
      known({ notified: notified({ at: NOW - 30 * MINUTE }) }),
    ],
    [
      'everywhere, again',
      known({
        severity: 'critical',
        notified: notified({ count: 2, level: 1, channels: ['webhook', 'slack'] }),
        claim: deadClaim({ delivered: ['email', 'slack'] }),
      }),
      known({
        severity: 'critical',
        notified: {
          at: NOW - 30 * MINUTE,
          severity: 'critical',
          count: 3,
          level: 1,
          channels: ['webhook', 'slack', 'email'],
        },
      }),
    ],
    [
      'everywhere, of its end',
      known({
        notified: notified(),
        inherited: ['log'],
        claim: deadClaim({ kind: 'resolved', delivered: ['email', 'slack'] }),
      }),
      known({
        notified: notified(),
        status: 'resolved',
        resolvedAt: NOW - 30 * MINUTE,
        seenAt: NOW - 30 * MINUTE,
      }),
    ],
  ])('of a run that died, delivered: %s', (_name, before, after) => {
    expect(withDeadClaimRecorded(before)).toStrictEqual(after);
  });
});

test('what is over needs no claim, owes nothing and is quiet no more', () => {
  const before = known({
    notified: notified(),
    claim: deadClaim(),
    undelivered: { kind: 'firing', channels: [] },
    quiet: 'muted',
    inherited: ['log'],
  });
  expect(resolved(before, NOW)).toStrictEqual(
    known({ notified: notified(), status: 'resolved', resolvedAt: NOW, seenAt: NOW }),
  );
});

describe('what was begun and not finished', () => {
  const died = 'The run that was sending it (another run) did not finish.';
  const claimOf = (kind: 'firing' | 'resolved', channels: string[], delivered: string[]) =>
    known({ claim: deadClaim({ kind, channels, delivered }) });
  const owes = (kind: 'firing' | 'resolved', ...channels: string[]) =>
    known({ undelivered: { kind, channels, notifiedBefore: 5 } });

  test.each<[string, AlertMemory | undefined, 'firing' | 'resolved', ReturnType<typeof unfinished>]>([
    ['nothing known', undefined, 'resolved', undefined],
    ['nothing begun', known(), 'resolved', undefined],
    [
      'a message',
      claimOf('firing', ['slack', 'email', 'gone'], ['slack']),
      'firing',
      { rule: 'sender-died', reason: died, channels: ['email'], delivered: ['slack'], notifiedBefore: 7 },
    ],
    ['a message of the other kind', claimOf('resolved', ['slack'], []), 'firing', undefined],
    [
      'only where nothing is sent any more',
      claimOf('firing', ['slack', 'gone'], ['slack']),
      'firing',
      undefined,
    ],
    ['everything delivered', claimOf('resolved', ['slack'], ['slack']), 'resolved', undefined],
    [
      'its end is undelivered',
      owes('resolved', 'slack', 'gone', 'email'),
      'resolved',
      {
        rule: 'undelivered',
        reason: 'The resolved notification did not reach slack, email.',
        channels: ['slack', 'email'],
        recipients: undefined,
        notifiedBefore: 5,
      },
    ],
    [
      'its end is undelivered where nothing is sent any more',
      owes('resolved', 'gone'),
      'resolved',
      undefined,
    ],
    ['its end is undelivered, and it fires', owes('resolved', 'slack'), 'firing', undefined],
    [
      'a message of its firing is undelivered, which is a rule of its own',
      owes('firing', 'slack'),
      'firing',
      undefined,
    ],
    [
      'a message of its firing is undelivered, and it is over',
      owes('firing', 'slack'),
      'resolved',
      undefined,
    ],
  ])('%s', (_name, memory, kind, rule) => {
    expect(unfinished(memory, kind, RULES)).toStrictEqual(rule);
  });
});

test('a remembered alert is notified with what is known of it, and as no event', () => {
  const memory = known({ labels: { team: 'shop' }, event: true, severity: 'critical' });
  expect(alertOfMemory(memory, 'staging')).toStrictEqual(
    alertOf('slow-responses', {
      environment: 'staging',
      labels: { team: 'shop' },
      severity: 'critical',
    }),
  );
});
