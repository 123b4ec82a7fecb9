import { describe, expect, test } from 'vitest';
import type { AlertMemory, Memory } from '../../../src/alert/log/memory.ts';
import type { FiringAlert, Incoming } from '../../../src/alert/model/alert.ts';
import { decide } from '../../../src/alert/policy/decide.ts';
import type { PolicyRun } from '../../../src/alert/policy/decision.ts';
import type { PolicyRules } from '../../../src/alert/policy/rules.ts';
import { alertOf, deadClaim, HOUR, MINUTE, memoryOf, NOW, notified, RULES, RUN } from './policy-builders.ts';

const remember = (...alerts: AlertMemory[]): Memory => ({
  alerts: new Map(alerts.map((alert) => [alert.fingerprint, alert])),
  history: [],
});
const fires = (...firing: FiringAlert[]): Incoming => ({ firing, resolvedCandidates: [] });
const decided = (
  memory: Memory,
  incoming: Incoming,
  rules: Partial<PolicyRules> = {},
  run: Partial<PolicyRun> = {},
) => decide(memory, incoming, { ...RULES, ...rules }, { ...RUN, ...run });
/** `type: status rule`, in order. */
const lines = ({ decisions }: ReturnType<typeof decide>) =>
  decisions.map(({ alert, status, rule }) => `${alert.type}: ${status} ${rule}`);

const mongodb = { source: 'mongodb', check: 'm' };
const down = alertOf('database-down', mongodb);
const slow = alertOf('slow-responses');

describe('what is written', () => {
  test('a message that is held is only counted', () => {
    const { essential, memory } = decided(
      remember(memoryOf('slow-responses', { notified: notified() })),
      fires(slow),
    );
    expect(essential).toBe(false);
    expect(memory.alerts.get(slow.fingerprint)?.held).toBe(1);
    expect(decided(remember(), fires())).toEqual({
      decisions: [],
      memory: { alerts: new Map(), history: [] },
      essential: false,
    });
  });

  test('one that is sent beside it must be remembered, in any order', () => {
    const memory = remember(memoryOf('slow-responses', { notified: notified() }));
    expect(decided(memory, fires(slow, alertOf('high-cpu', { check: 'x' }))).essential).toBe(true);
    expect(decided(memory, fires(alertOf('high-cpu', { check: 'x' }), slow)).essential).toBe(true);
  });

  test('the history says what was kept quiet, once, and nothing of what only waits', () => {
    const quiet = [{ kind: 'silence' as const, match: { type: ['high-cpu'] }, until: NOW + 1, words: 's' }];
    const all = fires(down, slow, alertOf('high-cpu', { check: 'x' }));
    const first = decided(remember(), all, { quiet });
    const { fingerprint, type, severity, source, check, title } = slow;
    expect(first.memory.history).toEqual([
      expect.objectContaining({ type: 'high-cpu', event: 'muted', rule: 'silence' }),
      {
        at: NOW,
        fingerprint,
        type,
        severity,
        source,
        check,
        title,
        event: 'inhibited',
        rule: 'inhibited',
        channels: {},
      },
    ]);
    expect(decided(first.memory, all, { quiet }).memory.history).toHaveLength(2);
    expect(decided(remember(), fires(slow), { failureThreshold: 2 }).memory.history).toEqual([]);
  });
});

describe('an end that somebody says', () => {
  const fallback = alertOf('slow-responses', { title: 'over' });
  const says = (over: Partial<Incoming['resolvedCandidates'][0]> = {}): Incoming => ({
    firing: [],
    resolvedCandidates: [{ source: 'api', check: 'c', asked: true, fallback, ...over }],
  });
  const blind = { rule: 'memory-unreachable', reason: 'why' };
  const nothing = {
    alert: fallback,
    kind: 'resolved',
    action: 'hold',
    status: 'none',
    rule: 'not-firing',
    reason: 'No such alert is firing, so there is nothing to resolve.',
    channels: [],
  };

  test('of what does not fire is answered with that', () => {
    expect(decided(remember(), says())).toStrictEqual({
      decisions: [nothing],
      memory: { alerts: new Map(), history: [] },
      essential: false,
    });
    expect(decided(remember(memoryOf('slow-responses', { source: 'web' })), says()).decisions).toEqual([
      nothing,
    ]);
  });

  test('of what fires is notified, and that is all', () => {
    const result = decided(remember(memoryOf('slow-responses', { notified: notified() })), says());
    expect(lines(result)).toEqual(['slow-responses: resolved resolved']);
  });

  test('a check that passes and of which nothing is known says nothing', () => {
    expect(decided(remember(), says({ asked: false })).decisions).toEqual([]);
    const { fallback: _, ...without } = says().resolvedCandidates[0] as Incoming['resolvedCandidates'][0];
    expect(decided(remember(), { firing: [], resolvedCandidates: [without] }).decisions).toEqual([]);
  });

  test('with no memory to ask is notified, unless ends are not notified', () => {
    const result = decided(remember(), says(), {}, { blind });
    expect(result.decisions).toMatchObject([{ action: 'send', status: 'resolved', ...blind }]);
    expect(result.essential).toBe(true);
    expect(result.memory.alerts.get(slow.fingerprint)?.claim?.kind).toBe('resolved');
    expect(decided(remember(), says(), { sendResolved: false }, { blind }).decisions).toEqual([nothing]);
    expect(decided(remember(), says({ asked: false }), {}, { blind }).decisions).toEqual([]);
  });

  test.each<[string, Partial<AlertMemory>, string[]]>([
    ['over and notified', { status: 'resolved', notified: notified() }, []],
    [
      'over, and its end is undelivered to somebody',
      { status: 'resolved', undelivered: { kind: 'resolved', channels: ['slack'] } },
      ['slow-responses: resolved undelivered'],
    ],
    [
      'over, and its beginning was undelivered',
      { status: 'resolved', undelivered: { kind: 'firing', channels: ['slack'] } },
      [],
    ],
    [
      'over, and its end was being notified',
      { status: 'resolved', claim: deadClaim({ kind: 'resolved' }) },
      ['slow-responses: resolved sender-died'],
    ],
    ['seen and not notified', { status: 'pending' }, ['slow-responses: resolved no-recipient-notified']],
  ])('of one that is %s', (_name, over, expected) => {
    const resolvedCandidates = [{ source: 'api', check: 'c', asked: false }];
    expect(
      lines(decided(remember(memoryOf('slow-responses', over)), { firing: [], resolvedCandidates })),
    ).toEqual(expected);
  });
});

describe('what takes the place of another', () => {
  const other = (over: Partial<AlertMemory> = {}) => memoryOf('high-error-rate', over);

  test('ends it, says so in the history, and goes on in its threads', () => {
    const { memory, decisions } = decided(
      remember(
        other({ notified: notified({ channels: ['slack'] }), references: { slack: '1', email: 'a' } }),
      ),
      fires(slow),
    );
    expect(memory.alerts.get(other().fingerprint)).toMatchObject({ status: 'resolved', resolvedAt: NOW });
    expect(memory.history).toEqual([
      {
        at: NOW,
        fingerprint: other().fingerprint,
        type: 'high-error-rate',
        severity: 'error',
        source: 'api',
        check: 'c',
        title: 'title of high-error-rate',
        event: 'resolved',
        rule: 'superseded',
        channels: {},
        lastedMs: HOUR,
      },
    ]);
    const now = memory.alerts.get(slow.fingerprint);
    expect(now?.references).toEqual({ slack: '1', email: 'a' });
    expect(now?.inherited).toEqual(['slack']);
    expect(decisions[0]?.memory).toEqual(now);
  });

  test('keeps threads of its own, and tells the end to each that knew of any of them once', () => {
    const { memory } = decided(
      remember(
        memoryOf('slow-responses', { references: { slack: 'own' }, inherited: ['log'] }),
        other({
          undelivered: { kind: 'firing', channels: ['email'] },
          references: { slack: '1', email: 'a' },
        }),
        memoryOf('service-down', {
          inherited: ['webhook', 'email'],
          notified: notified({ channels: ['log'] }),
        }),
      ),
      fires(slow),
    );
    expect(memory.alerts.get(slow.fingerprint)).toMatchObject({
      references: { slack: 'own', email: 'a' },
      inherited: ['log', 'email', 'webhook'],
    });
    expect([...memory.alerts.values()].map(({ type, status }) => `${type} ${status}`)).toEqual([
      'slow-responses firing',
      'high-error-rate resolved',
      'service-down resolved',
    ]);
  });

  test('inherits nobody where nobody knew, and by a clock that went back it lasted no time', () => {
    const { memory } = decided(remember(other({ status: 'pending', firedAt: NOW + 1 })), fires(slow));
    expect(memory.alerts.get(slow.fingerprint)).not.toHaveProperty('inherited');
    expect(memory.history).toMatchObject([{ rule: 'superseded', lastedMs: 0 }]);
  });

  test('must be written even if it is not notified itself', () => {
    const result = decided(
      remember(memoryOf('slow-responses', { notified: notified() }), other()),
      fires(slow),
    );
    expect(lines(result)).toEqual(['slow-responses: suppressed within-repeat-interval']);
    expect(result.essential).toBe(true);
  });

  test.each<[string, Partial<AlertMemory>, Partial<FiringAlert>]>([
    ['of another check', { check: 'other' }, {}],
    ['of another source', { source: 'web' }, {}],
    ['where the source has no checks', { check: '' }, { check: '' }],
    ['that another run is sending', { claim: deadClaim({ until: NOW + 1_000 }) }, {}],
    ['that is over', { status: 'resolved' }, {}],
  ])('but not of one %s', (_name, over, alert) => {
    const { memory } = decided(remember(other(over)), fires(alertOf('slow-responses', alert)));
    expect([...memory.alerts.values()][0]).toEqual(other(over));
    expect(memory.history).toEqual([]);
  });

  test('not while another run is sending the alert', () => {
    const claim = deadClaim({ until: NOW + 1_000 });
    const result = decided(remember(memoryOf('slow-responses', { claim }), other()), fires(slow));
    expect(lines(result)).toEqual(['slow-responses: suppressed claimed-by-another-run']);
    expect(result.memory.alerts.get(other().fingerprint)?.status).toBe('firing');
  });

  test('a cause that is no more keeps nobody quiet', () => {
    const memory = remember(memoryOf('database-down', { ...mongodb, notified: notified() }));
    expect(lines(decided(memory, fires(alertOf('high-cpu', mongodb), slow)))).toEqual([
      'high-cpu: sent first-notification',
      'slow-responses: sent first-notification',
    ]);
  });
});

describe('what keeps others quiet', () => {
  const known = (over: Partial<AlertMemory> = {}) =>
    memoryOf('database-down', { ...mongodb, notified: notified(), ...over });
  const quiet = [{ kind: 'silence' as const, match: { type: ['database-*'] }, until: NOW + 1, words: 's' }];
  const both = fires(slow, down);

  test.each<[string, AlertMemory | undefined, Partial<PolicyRules>, string[]]>([
    [
      'a cause that is notified now',
      undefined,
      {},
      ['database-down: sent first-notification', 'slow-responses: inhibited inhibited'],
    ],
    [
      'a cause that was notified and fires still',
      known(),
      {},
      ['database-down: suppressed within-repeat-interval', 'slow-responses: inhibited inhibited'],
    ],
    [
      'not one that was notified and is silenced now',
      known(),
      { quiet },
      ['database-down: muted silence', 'slow-responses: sent first-notification'],
    ],
    [
      'not one that only the log was notified of',
      known({ notified: notified({ channels: ['log'] }) }),
      { channels: ['log'] },
      ['database-down: suppressed within-repeat-interval', 'slow-responses: sent first-notification'],
    ],
    [
      'one that only the log was notified of, where there is nothing else',
      known({ notified: notified({ channels: ['log'] }) }),
      { channels: ['log'], allChannels: ['log'] },
      ['database-down: suppressed within-repeat-interval', 'slow-responses: inhibited inhibited'],
    ],
    [
      'not one that nobody was notified of yet',
      undefined,
      { channels: ['log'], allChannels: ['log'], failureThreshold: 2 },
      [
        'database-down: suppressed below-failure-threshold',
        'slow-responses: suppressed below-failure-threshold',
      ],
    ],
    [
      'one that another run is telling of right now',
      memoryOf('database-down', { ...mongodb, claim: deadClaim({ until: NOW + 1 }) }),
      {},
      ['database-down: suppressed claimed-by-another-run', 'slow-responses: inhibited inhibited'],
    ],
  ])('%s', (_name, memory, rules, expected) => {
    expect(lines(decided(memory ? remember(memory) : remember(), both, rules))).toEqual(expected);
  });

  test.each<[string, AlertMemory, Incoming['resolvedCandidates'], Partial<PolicyRun>, string]>([
    ['one that an earlier run saw', known(), [], {}, 'inhibited inhibited'],
    ['not one that is over', known({ status: 'resolved' }), [], {}, 'sent first-notification'],
    ['not one that was not notified', memoryOf('database-down', mongodb), [], {}, 'sent first-notification'],
    [
      'not one that was only logged',
      known({ notified: notified({ channels: ['log'] }) }),
      [],
      {},
      'sent first-notification',
    ],
    [
      'not one that passes, whatever else of its source passes',
      known(),
      [
        { source: 'mongodb', check: 'other', asked: false },
        { source: 'mongodb', check: 'm', asked: false },
      ],
      {},
      'sent first-notification',
    ],
    [
      'one whose source passes in other checks alone',
      known(),
      [{ source: 'mongodb', check: 'other', asked: false }],
      {},
      'inhibited inhibited',
    ],
    [
      'nothing, where no memory can be trusted',
      known(),
      [],
      { blind: { rule: 'blind', reason: '' } },
      'sent blind',
    ],
  ])('%s', (_name, memory, resolvedCandidates, run, expected) => {
    const result = decided(remember(memory), { firing: [slow], resolvedCandidates }, {}, run);
    expect(lines(result).at(-1)).toBe(`slow-responses: ${expected}`);
  });
});

describe('a rollback', () => {
  const rollback = alertOf('rollback-executed', { source: 'rollback', check: 'apply', event: true });
  const open = (type: string, at: number, over: Partial<AlertMemory> = {}) =>
    memoryOf(type, { check: type, notified: notified({ at }), references: { slack: type }, ...over });
  const references = (memory: Memory, alert = rollback, rules: Partial<PolicyRules> = {}) =>
    decided(memory, fires(alert), rules).memory.alerts.get(alert.fingerprint)?.references;

  test('goes on in the threads of the alert that was notified last, issues aside', () => {
    const keys = {
      slack: 's',
      'slack:#ops': 't',
      email: 'e',
      slackish: 'no',
      'github-issue': '7',
      'webhook:slack': 'w',
    };
    const newest = open('b', NOW - 5, { references: keys });
    expect(references(remember(open('a', NOW - 9), newest, open('c', NOW - 7)))).toEqual({
      slack: 's',
      'slack:#ops': 't',
      email: 'e',
    });
    const { decisions } = decided(remember(newest), fires(rollback));
    expect(decisions[0]?.memory?.references).toEqual({ slack: 's', 'slack:#ops': 't', email: 'e' });
  });

  test.each<[string, Memory, Record<string, string>]>([
    ['of nothing where nothing fires', remember(), {}],
    [
      'not of what is over',
      remember(open('a', NOW - 1, { status: 'resolved' }), open('b', NOW - 2)),
      { slack: 'b' },
    ],
    [
      'not of what nobody was notified of',
      remember({ ...memoryOf('a', { check: 'a', references: { slack: 'a' } }) }, open('b', NOW - 2)),
      { slack: 'b' },
    ],
    [
      'not of another rollback',
      remember(open('rollback-failed', NOW - 1), open('b', NOW - 2)),
      { slack: 'b' },
    ],
    [
      'of its own where it has one',
      remember(
        open('b', NOW - 2),
        memoryOf('rollback-executed', { source: 'rollback', check: 'apply', references: { email: 'own' } }),
      ),
      { email: 'own' },
    ],
  ])('%s', (_name, memory, expected) => expect(references(memory)).toEqual(expected));

  test('keeps others quiet in the run that tells it, and never after', () => {
    const when = { type: ['rollback-executed'] };
    const rules = { inhibitions: [{ when, mute: {}, equal: [], withinMs: HOUR }] };
    const both = fires(rollback, slow);
    expect(lines(decided(remember(), both, rules))).toEqual([
      'rollback-executed: sent first-notification',
      'slow-responses: inhibited inhibited',
    ]);
    const over = { source: 'rollback', check: 'apply', status: 'resolved' as const, notified: notified() };
    expect(lines(decided(remember(memoryOf('rollback-executed', over)), both, rules))).toEqual([
      'rollback-executed: suppressed event-already-notified',
      'slow-responses: sent first-notification',
    ]);
  });

  test('nor does it where it is not notified, nor anything else that is', () => {
    const memory = remember(open('b', NOW - MINUTE));
    const quiet = [{ kind: 'silence' as const, match: {}, until: NOW + 1, words: 's' }];
    expect(references(memory, rollback, { quiet })).toEqual({});
    expect(references(memory, alertOf('my-rollback-executed', { check: 'x' }))).toEqual({});
  });
});
