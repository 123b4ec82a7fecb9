import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/alert/catalogue/fingerprint.ts';
import type { Inhibition } from '../../../src/alert/model/rules.ts';
import {
  canInhibit,
  DEFAULT_INHIBITIONS,
  type Inhibitor,
  inhibitedBy,
  inhibitorOf,
  inhibitorsFirst,
} from '../../../src/alert/policy/inhibition.ts';
import { matches } from '../../../src/alert/policy/matcher.ts';
import { configured, type PolicyRules, reachesSomebody, routeFor } from '../../../src/alert/policy/rules.ts';
import { alertOf, HOUR, MINUTE, memoryOf, NOW, notified, RULES } from './policy-builders.ts';

describe('patterns', () => {
  const fits = (pattern: string, text: string) =>
    matches({ source: [pattern] }, alertOf('x', { source: text }));

  test.each<[string, string, boolean]>([
    ['abc', 'abc', true],
    ['abc', 'xbc', false],
    ['bc', 'abc', false],
    ['abc', 'ab', false],
    ['ab', 'abc', false],
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'abc', true],
    ['*a', 'a', true],
    ['*a', 'ba', true],
    ['a*', 'a', true],
    ['a**', 'a', true],
    ['a*b', 'ab', true],
    ['a*b', 'axxb', true],
    ['a*b', 'axxbx', false],
    ['*ab', 'aab', true],
    ['*?', '', false],
    ['?', 'a', true],
    ['?', 'ab', false],
    ['a?', 'a', false],
    ['*a*b*', 'xaxbx', true],
    ['*a*b*', 'xbxax', false],
  ])('%j and %j: %s', (pattern, text, expected) => expect(fits(pattern, text)).toBe(expected));

  test('property: they mean what the same regular expression does', () => {
    const letters = (...given: string[]) =>
      fc.array(fc.constantFrom(...given), { maxLength: 7 }).map((list) => list.join(''));
    fc.assert(
      fc.property(letters('a', 'b', '*', '?'), letters('a', 'b'), (pattern, text) => {
        const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(fits(pattern, text)).toBe(same.test(text));
      }),
      { numRuns: 500 },
    );
  });
});

describe('inhibition', () => {
  const rule = (when: string, mute: string, over: Partial<Inhibition> = {}): Inhibition => ({
    when: { type: [when] },
    mute: { type: [mute] },
    equal: [],
    withinMs: HOUR,
    ...over,
  });
  const cause = (over: Partial<Inhibitor> = {}): Inhibitor => ({
    fingerprint: 'cause',
    alert: alertOf('a', { title: 'A', source: 'web' }),
    seenAt: NOW,
    ...over,
  });
  const b = alertOf('b');
  const by = (alert = b, inhibitors = [cause()], rules = [rule('a', 'b')]) =>
    inhibitedBy(alert, inhibitors, rules, NOW)?.reason;
  const plain = 'A (web) fires and explains it.';

  test('a database that is down explains what depends on it, for an hour', () => {
    expect(DEFAULT_INHIBITIONS).toEqual([
      {
        when: { type: ['database-down'] },
        mute: { type: ['database-slow', 'high-error-rate', 'slow-responses', 'service-down'] },
        equal: [],
        withinMs: HOUR,
      },
    ]);
  });

  test.each<[string, () => string | undefined, string | undefined]>([
    ['what it is about', () => by(), plain],
    ['not what it is not about', () => by(alertOf('c')), undefined],
    ['not by what is no cause', () => by(b, [cause({ alert: alertOf('c') })]), undefined],
    ['not by nobody', () => by(b, []), undefined],
    [
      'not itself',
      () => by(b, [cause({ fingerprint: b.fingerprint, alert: b })], [rule('*', '*')]),
      undefined,
    ],
    [
      'by the next, where the first does not fit',
      () => by(b, [cause({ alert: alertOf('c') }), cause()]),
      plain,
    ],
    [
      'by a rule, where another is about something else',
      () => by(b, [cause()], [rule('a', 'c'), rule('a', 'b')]),
      plain,
    ],
    [
      'not by a rule that only another cause has',
      () => by(b, [cause()], [rule('a', 'c'), rule('c', 'b')]),
      undefined,
    ],
    [
      'within the time',
      () => by(b, [cause({ seenAt: NOW - HOUR })]),
      'A (web) fires, seen 1 h ago and explains it.',
    ],
    ['not beyond it', () => by(b, [cause({ seenAt: NOW - HOUR - 1 })]), undefined],
    ['by a clock that is ahead, within the time', () => by(b, [cause({ seenAt: NOW + HOUR })]), plain],
    ['not by one that is further ahead', () => by(b, [cause({ seenAt: NOW + HOUR + 1 })]), undefined],
    ['just now', () => by(b, [cause({ seenAt: NOW - 1_000 })]), plain],
    [
      'a moment before',
      () => by(b, [cause({ seenAt: NOW - 1_001 })]),
      'A (web) fires, seen 1 s ago and explains it.',
    ],
    ['not of another source', () => by(b, [cause()], [rule('a', 'b', { equal: ['source'] })]), undefined],
    [
      'of the same source',
      () => by(alertOf('b', { source: 'web' }), [cause()], [rule('a', 'b', { equal: ['source'] })]),
      plain,
    ],
  ])('%s', (_name, reason, expected) => expect(reason()).toBe(expected));

  test('only what a rule is about can be a cause', () => {
    const rules: PolicyRules = { ...RULES, inhibitions: [rule('a', 'b'), rule('c', 'd')] };
    expect(canInhibit(alertOf('a'), rules)).toBe(true);
    expect(canInhibit(alertOf('c'), rules)).toBe(true);
    expect(canInhibit(alertOf('b'), rules)).toBe(false);
    const known = memoryOf('a', { notified: notified(), labels: { team: 'shop' } });
    const { type, source, check, severity, title, labels, fingerprint } = known;
    expect(inhibitorOf(known, 'staging', rules)).toEqual({
      fingerprint,
      alert: { type, source, check, severity, title, labels, environment: 'staging' },
      seenAt: NOW - MINUTE,
    });
    expect(inhibitorOf(memoryOf('b', { notified: notified() }), 'staging', rules)).toBeUndefined();
  });

  describe('causes come first', () => {
    const ordered = (types: string, ...rules: Inhibition[]) => {
      const alerts = [...types].map((type, index) => alertOf(type, { check: `${index}` }));
      return inhibitorsFirst(alerts, rules)
        .map(({ type }) => type)
        .join('');
    };
    test.each<[string, string, Inhibition[], string]>([
      ['one before the other', 'ba', [rule('a', 'b')], 'ab'],
      ['as given where it is so', 'ab', [rule('a', 'b')], 'ab'],
      ['the rest as given', 'dbca', [rule('a', 'b')], 'dcab'],
      ['along a row', 'cba', [rule('a', 'b'), rule('b', 'c')], 'abc'],
      ['by any of several rules', 'cab', [rule('a', 'x'), rule('b', 'c')], 'abc'],
      ['without its cause', 'cb', [rule('a', 'b')], 'cb'],
      ['an alert is no cause of itself', 'ab', [rule('a', 'a')], 'ab'],
      ['two of a kind are causes of each other', 'aab', [rule('a', 'a')], 'baa'],
      ['all causes of one', 'baa', [rule('a', 'b')], 'aab'],
      ['in a ring the first given begins', 'ba', [rule('a', 'b'), rule('b', 'a')], 'ba'],
      ['in a ring the rest keeps its order', 'acb', [rule('a', 'b'), rule('b', 'a'), rule('b', 'c')], 'abc'],
    ])('%s', (_name, types, rules, expected) => expect(ordered(types, ...rules)).toBe(expected));

    test('where there is nothing to order the list stays itself', () => {
      const two = [alertOf('b'), alertOf('a')];
      expect(inhibitorsFirst(two, [])).toBe(two);
      const one = [alertOf('b')];
      expect(inhibitorsFirst(one, [rule('a', 'b')])).toBe(one);
    });

    test('property: nobody is lost, and none comes before a cause that is in no ring', () => {
      const types = fc.constantFrom('a', 'b', 'c', 'd', 'e');
      // Causes are earlier letters, so that there is no ring.
      const rules = fc
        .array(fc.tuple(types, types), { maxLength: 6 })
        .map((pairs) => pairs.filter(([when, mute]) => when < mute).map(([when, mute]) => rule(when, mute)));
      fc.assert(
        fc.property(fc.array(types, { maxLength: 8 }), rules, (given, inhibitions) => {
          const alerts = given.map((type, index) => alertOf(type, { check: `${index}` }));
          const found = inhibitorsFirst(alerts, inhibitions);
          expect(new Set(found)).toEqual(new Set(alerts));
          expect(found).toHaveLength(alerts.length);
          for (const { when, mute } of inhibitions) {
            const last = found.findLastIndex((alert) => matches(when, alert));
            const first = found.findIndex((alert) => matches(mute, alert));
            if (first >= 0) expect(last).toBeLessThan(first);
          }
        }),
      );
    });
  });
});

describe('where an alert goes', () => {
  const route = (channel: string, goesOn: boolean, over = {}) => ({
    match: {},
    channels: [channel],
    continue: goesOn,
    ...over,
  });
  test.each<[string, Partial<PolicyRules>, string[], number]>([
    ['the usual way', {}, ['slack', 'email'], 4 * HOUR],
    ['the first route that ends it', { routes: [route('a', false), route('b', false)] }, ['a'], 4 * HOUR],
    [
      'on to the next',
      { routes: [route('a', true), route('b', false), route('c', true)] },
      ['a', 'b'],
      4 * HOUR,
    ],
    [
      'past those that do not fit',
      { routes: [route('a', false, { match: { type: ['y'] } }), route('b', false)] },
      ['b'],
      4 * HOUR,
    ],
    ['to nobody', { routes: [{ match: {}, channels: [], continue: false }] }, [], 4 * HOUR],
    [
      'as often as the most frequent of its routes',
      {
        routes: [
          route('a', true, { repeatIntervalMs: HOUR }),
          route('b', false, { repeatIntervalMs: MINUTE }),
        ],
      },
      ['a', 'b'],
      MINUTE,
    ],
    [
      'as often as usual, where one of its routes says nothing and the other less',
      { routes: [route('a', true, { repeatIntervalMs: 9 * HOUR }), route('a', false)] },
      ['a'],
      4 * HOUR,
    ],
    [
      'less often, where its route says so',
      { routes: [route('a', false, { repeatIntervalMs: 9 * HOUR })] },
      ['a'],
      9 * HOUR,
    ],
  ])('%s', (_name, rules, channels, repeatIntervalMs) => {
    expect(routeFor(alertOf('x'), 0, { ...RULES, ...rules })).toEqual({
      channels,
      repeatIntervalMs,
      severity: 'error',
      level: 0,
    });
  });

  test('after a time wider and louder, by routes of what it has become', () => {
    const rules: PolicyRules = {
      ...RULES,
      routes: [route('pager', false, { match: { severity: ['critical'] } })],
      escalations: [
        { afterMs: MINUTE, match: { type: ['y'] }, severity: 'critical', channels: ['no'] },
        { afterMs: MINUTE, match: {}, severity: 'critical', channels: ['boss'] },
        { afterMs: HOUR, match: {}, severity: 'warning', channels: ['boss', 'all'] },
      ],
    };
    const at = (firingMs: number) => {
      const { channels, severity, level } = routeFor(alertOf('x'), firingMs, rules);
      return [level, severity, ...channels];
    };
    expect(at(MINUTE - 1)).toEqual([0, 'error', 'slack', 'email']);
    expect(at(MINUTE)).toEqual([1, 'critical', 'pager', 'boss']);
    expect(at(HOUR)).toEqual([2, 'critical', 'pager', 'boss', 'all']);
  });

  test.each<[string[], string[], boolean]>([
    [['slack'], ['slack', 'log'], true],
    [['log', 'slack'], ['slack', 'log'], true],
    [['log'], ['slack', 'log'], false],
    [[], ['slack', 'log'], false],
    [['log'], ['log'], true],
    [[], ['log'], true],
  ])('%j of %j reaches somebody: %s', (channels, allChannels, expected) => {
    expect(reachesSomebody(channels, { ...RULES, allChannels })).toBe(expected);
  });

  test('a channel that is gone is undelivered nothing', () => {
    expect(configured(['gone', 'email', 'slack'], RULES)).toEqual(['email', 'slack']);
  });
});

test('the fingerprint of an alert, as every version so far computes it', () => {
  const parts = { type: 'slow-responses', environment: 'production', source: 'api', check: 'p95' };
  expect(fingerprintOf(parts)).toBe('ea269a17ac3cfb3351ee');
  for (const part of ['type', 'environment', 'source', 'check'] as const) {
    expect(fingerprintOf({ ...parts, [part]: 'x' })).not.toBe(fingerprintOf(parts));
  }
  expect(fingerprintOf({ ...parts, source: 'a', check: 'b/c' })).not.toBe(
    fingerprintOf({ ...parts, source: 'a/b', check: 'c' }),
  );
});
