import { describe, expect, test } from 'vitest';
import { EMPTY_MEMORY, type Memory, parseMemory, storedMemory } from '../../../src/alert/log/memory.ts';
import type { FiringAlert, Incoming } from '../../../src/alert/model/alert.ts';
import type { Matcher } from '../../../src/alert/model/rules.ts';
import { decide } from '../../../src/alert/policy/decide.ts';
import type { Decision } from '../../../src/alert/policy/decision.ts';
import { DEFAULT_INHIBITIONS, inhibitorsFirst } from '../../../src/alert/policy/inhibition.ts';
import { matches } from '../../../src/alert/policy/matcher.ts';
import { recordOutcome } from '../../../src/alert/policy/record-outcome.ts';
import { type PolicyRules, routeFor } from '../../../src/alert/policy/rules.ts';
import type { Quiet } from '../../../src/alert/policy/silences.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const T0 = Date.UTC(2026, 0, 27, 12);

const base: PolicyRules = {
  repeatIntervalMs: 4 * HOUR,
  sendResolved: true,
  claimMs: 90_000,
  failureThreshold: 1,
  successThreshold: 1,
  channels: ['slack'],
  allChannels: ['slack', 'email', 'webhook'],
  routes: [],
  escalations: [],
  inhibitions: DEFAULT_INHIBITIONS,
  quiet: [],
};

const alertOf = (type: string, over: Partial<FiringAlert> = {}): FiringAlert => ({
  fingerprint: `${type}/${over.source ?? 'api'}/${over.check ?? 'c'}`,
  type,
  environment: 'production',
  source: 'api',
  check: 'c',
  severity: 'error',
  title: type,
  message: '',
  facts: [],
  labels: {},
  event: false,
  ...over,
});

const fires = (...firing: FiringAlert[]): Incoming => ({ firing, resolvedCandidates: [] });
const passes = (alert: FiringAlert, asked = false): Incoming => ({
  firing: [],
  resolvedCandidates: [{ source: alert.source, check: alert.check, asked }],
});

function step(memory: Memory, incoming: Incoming, now: number, over: Partial<PolicyRules> = {}) {
  const run = { environment: 'production', now, claimId: 'me', holder: 'me' };
  const outcome = decide(memory, incoming, { ...base, ...over }, run);
  const sendings = outcome.decisions
    .filter(({ action }) => action === 'send')
    .map((decision) => ({
      decision,
      deliveries: new Map(
        decision.channels.map((key) => [
          key,
          { name: 'slack' as const, status: 'delivered' as const, reference: `ref-${decision.alert.type}` },
        ]),
      ),
    }));
  const settled = sendings.length > 0 ? recordOutcome(outcome.memory, sendings, 'me', now) : outcome.memory;
  const { memory: next, dropped } = parseMemory(JSON.parse(JSON.stringify(storedMemory(settled))));
  expect(dropped).toBe(0);
  return { decisions: outcome.decisions, memory: next };
}

const summary = (decisions: readonly Decision[]) =>
  Object.fromEntries(
    decisions.map(({ alert, status, action, rule }) => [
      alert.type,
      `${action === 'wait' ? 'wait' : status} ${rule}`,
    ]),
  );

describe('hysteresis', () => {
  const rules = { failureThreshold: 3, successThreshold: 2 };
  const alert = alertOf('high-cpu');

  test('is notified at the third failure in a row and over at the second pass in a row', () => {
    let memory = EMPTY_MEMORY;
    const seen: string[] = [];
    for (const [index, what] of ['f', 'f', 'p', 'f', 'f', 'f', 'f', 'p', 'f', 'p', 'p'].entries()) {
      const result = step(memory, what === 'f' ? fires(alert) : passes(alert), T0 + index * MINUTE, rules);
      memory = result.memory;
      seen.push(`${what} ${result.decisions.map(({ rule }) => rule).join() || '-'}`);
    }
    expect(seen).toEqual([
      'f below-failure-threshold',
      'f below-failure-threshold',
      'p no-recipient-notified',
      'f below-failure-threshold',
      'f below-failure-threshold',
      'f first-notification',
      'f within-repeat-interval',
      'p below-success-threshold',
      'f within-repeat-interval',
      'p below-success-threshold',
      'p resolved',
    ]);
  });

  test('an end that a person asks for needs no second pass', () => {
    const { memory } = step(EMPTY_MEMORY, fires(alert), T0);
    expect(step(memory, passes(alert, true), T0 + 1, rules).decisions[0]).toMatchObject({ rule: 'resolved' });
  });

  test('an event is notified at once', () => {
    const event = alertOf('rollback-executed', { event: true });
    expect(step(EMPTY_MEMORY, fires(event), T0, rules).decisions[0]).toMatchObject({ action: 'send' });
  });
});

describe('escalation', () => {
  const rules: Partial<PolicyRules> = {
    escalations: [
      { afterMs: 30 * MINUTE, match: {}, severity: 'critical', channels: ['email'] },
      { afterMs: 2 * HOUR, match: { type: ['service-down'] }, channels: ['webhook'] },
    ],
  };
  const alert = alertOf('service-down');

  test('is notified louder and wider at each step, once', () => {
    let memory = EMPTY_MEMORY;
    const at = (minutes: number) => {
      const result = step(memory, fires(alert), T0 + minutes * MINUTE, rules);
      memory = result.memory;
      const [decision] = result.decisions;
      return [decision?.rule, decision?.alert.severity, ...(decision?.channels ?? [])];
    };
    expect(at(0)).toEqual(['first-notification', 'error', 'slack']);
    expect(at(29)).toEqual(['within-repeat-interval', 'error']);
    expect(at(30)).toEqual(['escalated', 'critical', 'slack', 'email']);
    expect(at(60)).toEqual(['within-repeat-interval', 'critical']);
    expect(at(121)).toEqual(['escalated', 'critical', 'slack', 'email', 'webhook']);
    expect(at(122)).toEqual(['within-repeat-interval', 'critical']);
  });

  test('its end is notified to all who were notified', () => {
    let { memory } = step(EMPTY_MEMORY, fires(alert), T0, rules);
    memory = step(memory, fires(alert), T0 + HOUR, rules).memory;
    expect(step(memory, passes(alert), T0 + HOUR + 1, rules).decisions[0]?.channels).toEqual([
      'slack',
      'email',
    ]);
  });

  test('a severity never falls by it', () => {
    const route = routeFor(alertOf('x', { severity: 'critical' }), HOUR, {
      ...base,
      escalations: [{ afterMs: 1, match: {}, severity: 'warning', channels: [] }],
    });
    expect(route.severity).toBe('critical');
  });
});

describe('silences and maintenance', () => {
  const alert = alertOf('slow-responses');
  const quiet: Quiet[] = [
    { kind: 'silence', match: { type: ['slow-*'] }, until: T0 + HOUR, words: 'Silenced: known' },
  ];

  test('is muted with the reason, and notified when the silence is over', () => {
    const first = step(EMPTY_MEMORY, fires(alert), T0, { quiet });
    expect(first.decisions[0]).toMatchObject({ status: 'muted', rule: 'silence', reason: 'Silenced: known' });
    expect(first.memory.history).toMatchObject([{ event: 'muted', rule: 'silence' }]);
    const second = step(first.memory, fires(alert), T0 + 1, { quiet });
    expect(second.memory.history).toHaveLength(1);
    expect(step(second.memory, fires(alert), T0 + 2).decisions[0]).toMatchObject({
      action: 'send',
      reason: 'Still firing and no longer muted.',
    });
  });

  test('others are notified as ever', () => {
    expect(summary(step(EMPTY_MEMORY, fires(alert, alertOf('high-cpu')), T0, { quiet }).decisions)).toEqual({
      'slow-responses': 'muted silence',
      'high-cpu': 'sent first-notification',
    });
  });

  test('one that came and went within a silence is notified by nobody', () => {
    const { memory } = step(EMPTY_MEMORY, fires(alert), T0, { quiet });
    expect(step(memory, passes(alert), T0 + 1, { quiet }).decisions[0]).toMatchObject({
      action: 'hold',
      rule: 'no-recipient-notified',
    });
  });

  test('whoever was notified that it fires is notified that it is over, in a silence too', () => {
    const { memory } = step(EMPTY_MEMORY, fires(alert), T0);
    expect(step(memory, passes(alert), T0 + 1, { quiet }).decisions[0]).toMatchObject({ action: 'send' });
  });
});

describe('inhibition', () => {
  const down = alertOf('database-down', { source: 'mongodb', check: 'm', severity: 'critical' });
  const slow = alertOf('slow-responses');

  test('database down keeps quiet what depends on it, in any order, and says which alert explains it', () => {
    const { decisions } = step(EMPTY_MEMORY, fires(slow, alertOf('high-cpu'), down), T0);
    expect(summary(decisions)).toEqual({
      'database-down': 'sent first-notification',
      'slow-responses': 'inhibited inhibited',
      'high-cpu': 'sent first-notification',
    });
    expect(decisions.find(({ status }) => status === 'inhibited')).toMatchObject({
      inhibitor: down.fingerprint,
      reason: 'database-down (mongodb) fires and explains it.',
    });
  });

  test('a cause that earlier runs saw counts for an hour, and no longer once it passes', () => {
    const { memory } = step(EMPTY_MEMORY, fires(down), T0);
    expect(summary(step(memory, fires(slow), T0 + 59 * MINUTE).decisions)).toEqual({
      'slow-responses': 'inhibited inhibited',
    });
    expect(summary(step(memory, fires(slow), T0 + 61 * MINUTE).decisions)).toEqual({
      'slow-responses': 'sent first-notification',
    });
    const over: Incoming = { ...fires(slow), resolvedCandidates: passes(down).resolvedCandidates };
    expect(summary(step(memory, over, T0 + MINUTE).decisions)).toEqual({
      'database-down': 'resolved resolved',
      'slow-responses': 'sent first-notification',
    });
  });

  test('a cause that nobody is notified of keeps nobody quiet', () => {
    const quiet: Quiet[] = [
      { kind: 'silence', match: { type: ['database-down'] }, until: T0 + HOUR, words: 's' },
    ];
    expect(summary(step(EMPTY_MEMORY, fires(down, slow), T0, { quiet }).decisions)).toEqual({
      'database-down': 'muted silence',
      'slow-responses': 'sent first-notification',
    });
    expect(summary(step(EMPTY_MEMORY, fires(down, slow), T0, { failureThreshold: 2 }).decisions)).toEqual({
      'database-down': 'suppressed below-failure-threshold',
      'slow-responses': 'suppressed below-failure-threshold',
    });
  });

  test('what was notified before its cause was known is notified as over', () => {
    const first = step(EMPTY_MEMORY, fires(slow), T0);
    const second = step(first.memory, fires(slow, down), T0 + 1);
    expect(summary(second.decisions)['slow-responses']).toBe('inhibited inhibited');
    expect(step(second.memory, passes(slow), T0 + 2).decisions[0]).toMatchObject({
      action: 'send',
      kind: 'resolved',
    });
  });

  test('equal: only what has the same source', () => {
    const rules = {
      inhibitions: [
        {
          when: { type: ['service-down'] },
          mute: { type: ['high-*'] },
          equal: ['source' as const],
          withinMs: HOUR,
        },
      ],
    };
    const { decisions } = step(
      EMPTY_MEMORY,
      fires(
        alertOf('high-cpu', { check: 'x' }),
        alertOf('high-memory', { source: 'web', check: 'y' }),
        alertOf('service-down'),
      ),
      T0,
      rules,
    );
    expect(summary(decisions)).toEqual({
      'service-down': 'sent first-notification',
      'high-cpu': 'inhibited inhibited',
      'high-memory': 'sent first-notification',
    });
  });

  test('rules in a ring never silence all of them', () => {
    const ring = (a: string, b: string) => ({
      when: { type: [a] },
      mute: { type: [b] },
      equal: [],
      withinMs: HOUR,
    });
    const rules = { inhibitions: [ring('a', 'b'), ring('b', 'c'), ring('c', 'a')] };
    const alerts = ['a', 'b', 'c'].map((type) => alertOf(type, { check: type }));
    expect(inhibitorsFirst(alerts, rules.inhibitions)).toHaveLength(3);
    const { decisions } = step(EMPTY_MEMORY, fires(...alerts), T0, rules);
    expect(decisions.filter(({ action }) => action === 'send').length).toBeGreaterThan(0);
  });
});

describe('routes', () => {
  const rules: Partial<PolicyRules> = {
    routes: [
      { match: { minSeverity: 'critical' }, channels: ['email'], continue: true },
      { match: { type: ['database-*'] }, channels: ['webhook'], repeatIntervalMs: HOUR, continue: false },
      { match: { labels: { team: ['shop'] } }, channels: ['slack', 'webhook'], continue: false },
    ],
  };
  test.each<[Partial<FiringAlert> & { type: string }, string[], number]>([
    [{ type: 'high-cpu' }, ['slack'], 4 * HOUR],
    [{ type: 'database-slow' }, ['webhook'], HOUR],
    [{ type: 'database-down', severity: 'critical' }, ['email', 'webhook'], HOUR],
    [{ type: 'high-cpu', severity: 'critical' }, ['email'], 4 * HOUR],
    [{ type: 'high-cpu', labels: { team: 'shop' } }, ['slack', 'webhook'], 4 * HOUR],
  ])('%j goes to %j', (over, channels, repeat) => {
    const route = routeFor(alertOf(over.type, over), 0, { ...base, ...rules });
    expect(route.channels).toEqual(channels);
    expect(route.repeatIntervalMs).toBe(repeat);
  });
});

test('an end that a person asks for by type and source ends every check of them', () => {
  const first = step(
    EMPTY_MEMORY,
    fires(
      alertOf('high-cpu', { check: 'a' }),
      alertOf('high-cpu', { check: 'b' }),
      alertOf('high-memory', { check: 'c' }),
    ),
    T0,
  );
  const asked: Incoming = {
    firing: [],
    resolvedCandidates: [{ type: 'high-cpu', source: 'api', asked: true }],
  };
  const { decisions } = step(first.memory, asked, T0 + 1);
  expect(decisions.map(({ alert, rule }) => `${alert.check} ${rule}`).sort()).toEqual([
    'a resolved',
    'b resolved',
  ]);
});

describe('notified by the log alone is notified to nobody', () => {
  const down = alertOf('database-down', { source: 'mongodb', check: 'm' });
  const withLog = { channels: ['slack', 'log'], allChannels: ['slack', 'email', 'log'] };
  const onlyLog = (memory: Memory, incoming: Incoming, now: number) => {
    const run = { environment: 'production', now, claimId: 'me', holder: 'me' };
    const outcome = decide(memory, incoming, { ...base, ...withLog }, run);
    const sendings = outcome.decisions
      .filter(({ action }) => action === 'send')
      .map((decision) => ({
        decision,
        deliveries: new Map([
          ['slack', { name: 'slack' as const, status: 'failed' as const }],
          ['log', { name: 'log' as const, status: 'delivered' as const }],
        ]),
      }));
    return recordOutcome(outcome.memory, sendings, 'me', now);
  };

  test('it inhibits nothing later', () => {
    const memory = onlyLog(EMPTY_MEMORY, fires(down), T0);
    expect(summary(step(memory, fires(alertOf('slow-responses')), T0 + 1, withLog).decisions)).toEqual({
      'slow-responses': 'sent first-notification',
    });
  });

  test('it is notified where it goes now, if that changed', () => {
    const memory = onlyLog(EMPTY_MEMORY, fires(down), T0);
    const moved = { channels: ['email', 'log'], allChannels: ['email', 'log'] };
    const { decisions, memory: next } = step(memory, fires(down), T0 + 1, moved);
    expect(decisions[0]).toMatchObject({ action: 'send', rule: 'new-channels', channels: ['email', 'log'] });
    expect(step(next, fires(down), T0 + 2, moved).decisions[0]).toMatchObject({
      rule: 'within-repeat-interval',
    });
  });
});

test('a check that fails in another way is one alert, not two', () => {
  const first = step(EMPTY_MEMORY, fires(alertOf('slow-responses')), T0);
  const second = step(first.memory, fires(alertOf('service-down')), T0 + 1);
  expect(summary(second.decisions)).toEqual({ 'service-down': 'sent first-notification' });
  expect(second.memory.history.map(({ rule }) => rule)).toContain('superseded');
  expect(step(second.memory, passes(alertOf('service-down')), T0 + 2).decisions).toHaveLength(1);
});

describe('an alert that took the place of another', () => {
  const slow = alertOf('slow-responses');
  const down = alertOf('service-down');
  const database = alertOf('database-down', { source: 'mongodb', check: 'm' });

  test('goes on in its thread', () => {
    const first = step(EMPTY_MEMORY, fires(slow), T0);
    const second = step(first.memory, fires(down), T0 + 1);
    expect(second.decisions[0]?.memory?.references).toEqual({ slack: 'ref-slow-responses' });
  });

  test('is notified as over to whoever heard of the other, even if it was notified to nobody itself', () => {
    const first = step(EMPTY_MEMORY, fires(slow), T0);
    const second = step(first.memory, fires(down, database), T0 + 1);
    expect(summary(second.decisions)['service-down']).toBe('inhibited inhibited');
    expect(step(second.memory, passes(down), T0 + 2).decisions[0]).toMatchObject({
      action: 'send',
      kind: 'resolved',
      channels: ['slack'],
    });
  });

  test('and so it is along a longer row', () => {
    const quiet: Quiet[] = [
      { kind: 'silence', match: { type: ['service-down', 'check-failed'] }, until: T0 + HOUR, words: 's' },
    ];
    let { memory } = step(EMPTY_MEMORY, fires(slow), T0);
    memory = step(memory, fires(down), T0 + 1, { quiet }).memory;
    memory = step(memory, fires(alertOf('check-failed')), T0 + 2, { quiet }).memory;
    const over = step(memory, passes(slow), T0 + 3, { quiet });
    expect(over.decisions).toMatchObject([{ action: 'send', kind: 'resolved', channels: ['slack'] }]);
    expect(
      step(over.memory, fires(slow), T0 + 4).memory.alerts.get(slow.fingerprint)?.inherited,
    ).toBeUndefined();
  });
});

test('a rollback is notified in the thread of what fires', () => {
  const first = step(EMPTY_MEMORY, fires(alertOf('service-down')), T0);
  const event = alertOf('rollback-executed', { source: 'rollback', check: 'apply op', event: true });
  const second = step(first.memory, fires(event), T0 + 1);
  expect(second.decisions[0]?.memory?.references).toEqual({ slack: 'ref-service-down' });
  expect(step(second.memory, fires(event), T0 + 5 * HOUR).decisions[0]).toMatchObject({
    rule: 'event-already-notified',
  });
});

describe('matchers', () => {
  const alert = alertOf('database-down', { labels: { team: 'shop' }, severity: 'error' });
  test.each<[Matcher, boolean]>([
    [{}, true],
    [{ type: ['database-*'] }, true],
    [{ type: ['*-up', '*-down'] }, true],
    [{ type: ['database'] }, false],
    [{ type: ['d?tabase-down'] }, true],
    [{ type: ['Database-Down'] }, false],
    [{ source: ['api'], environment: ['production'] }, true],
    [{ source: ['api'], environment: ['staging'] }, false],
    [{ severity: ['error', 'info'] }, true],
    [{ severity: ['critical'] }, false],
    [{ minSeverity: 'warning' }, true],
    [{ minSeverity: 'critical' }, false],
    [{ labels: { team: ['s*'] } }, true],
    [{ labels: { team: ['x'] } }, false],
    [{ labels: { other: ['*'] } }, false],
    [{ labels: { constructor: ['*'] } }, false],
  ])('%j: %s', (matcher, expected) => expect(matches(matcher, alert)).toBe(expected));

  test('no pattern is slow', () => {
    const started = performance.now();
    matches({ source: [`${'*a'.repeat(50)}b`] }, alertOf('x', { source: 'a'.repeat(5_000) }));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
