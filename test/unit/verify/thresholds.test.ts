import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../../../src/verify/metrics/catalogue.ts';
import { holds } from '../../../src/verify/thresholds/condition.ts';
import { withImplied } from '../../../src/verify/thresholds/defaults.ts';
import { explainThresholdError, parseThreshold } from '../../../src/verify/thresholds/parse.ts';

function parsed(text: string) {
  const result = parseThreshold(text);
  if (!result.ok) throw new Error(explainThresholdError(text, result.error));
  return result.threshold;
}

describe('what parses', () => {
  test.each([
    ['http_req_duration: p(95)<500ms', { aggregate: { name: 'p', p: 95 }, operator: '<', value: 500 }],
    [
      'http_req_duration:p(99.9) <= 1.5s',
      { aggregate: { name: 'p', p: 99.9 }, operator: '<=', value: 1_500 },
    ],
    ['http_req_duration: avg<200', { aggregate: { name: 'avg' }, operator: '<', value: 200 }],
    ['http_req_duration: med<2m', { aggregate: { name: 'med' }, operator: '<', value: 120_000 }],
    ['http_req_duration: count>=5', { aggregate: { name: 'count' }, operator: '>=', value: 5 }],
    ['http_req_failed: rate<1%', { aggregate: { name: 'rate' }, operator: '<', value: 0.01 }],
    ['http_req_failed: rate===0', { aggregate: { name: 'rate' }, operator: '==', value: 0 }],
    ['tls_cert_expiry: value>72h', { aggregate: { name: 'value' }, operator: '>', value: 259_200_000 }],
    ['mongodb_up: rate==1', { aggregate: { name: 'rate' }, operator: '==', value: 1 }],
    ['mongodb_collection_documents: value!=0', { aggregate: { name: 'value' }, operator: '!=', value: 0 }],
    ['http_req_duration: p(95)<=+10%', { operator: '<=', value: 10, relative: 'percent' }],
    ['http_req_duration: p(95)<=+50ms', { operator: '<=', value: 50, relative: 'absolute' }],
    ['http_req_duration: p(95)>=-10%', { operator: '>=', value: -10, relative: 'percent' }],
  ])('%s', (text, condition) => {
    expect(parsed(text).fail).toMatchObject(condition);
  });

  test('labels, quoted ones too', () => {
    expect(parsed('http_req_duration{target:api}: avg<1s').labels).toEqual({ target: 'api' });
    expect(parsed('http_req_duration { target : "a, {b}" } : avg<1s').labels).toEqual({ target: 'a, {b}' });
    expect(parsed('http_req_duration{}: avg<1s'.replace('{}', '')).labels).toEqual({});
  });

  test('warning levels, with a failing one and alone', () => {
    expect(parsed('http_req_duration: p(95)<500ms, warn p(95)<200ms')).toMatchObject({
      fail: { value: 500 },
      warn: { value: 200 },
    });
    expect(parsed('http_req_duration: warn p(95)<200ms')).not.toHaveProperty('fail');
  });
});

describe('what is refused, with a caret under the place', () => {
  test.each([
    ['', '^', 'expected the name of a metric'],
    ['http_req_durtion: p(95)<1s', '^^^^^^^^^^^^^^^^', 'unknown metric', 'http_req_duration'],
    ['http_req_duration p(95)<1s', '                  ^', 'expected `:`'],
    ['http_req_duration: p95<1s', '                   ^^^', 'unknown aggregate', 'p(95)'],
    ['http_req_duration: rate<1s', '                   ^^^^', 'has no `rate`'],
    ['http_req_duration: averag<1s', '                   ^^^^^^', 'unknown aggregate', 'avg'],
    ['http_req_failed: p(95)<1%', '                 ^^^^^', 'has no percentiles'],
    ['http_req_duration: p(101)<1s', '                   ^^^^^^', 'between 0 and 100'],
    ['http_req_duration: p(95)1s', '                        ^', 'expected a comparison'],
    ['http_req_duration: p(95)=1s', '                        ^', 'expected a comparison'],
    ['http_req_duration: p(95)<fast', '                         ^', 'expected a number'],
    ['http_req_duration: p(95)<500km', '                            ^^', 'is no unit', 'ms, s, m or h'],
    ['http_req_duration: p(95)<5MB', '                          ^^', 'is no unit', 'time'],
    ['mongodb_collection_documents: value>5s', '                                     ^', 'is no unit'],
    ['tls_cert_expiry: value>30', '                       ^^', 'needs a unit', '30h'],
    ['http_req_duration{host:api}: p(95)<1s', '                  ^^^^', 'has no label', 'target'],
    ['http_req_duration{target:api: p(95)<1s', '                            ^', 'expected `}`'],
    ['mongodb_up{target:x}: rate==1', '           ^^^^^^', 'has no label', 'no labels'],
    ['http_req_duration: p(95)<1s p(99)<2s', '                            ^^^^^^^^', 'expected the end'],
    [
      'http_req_duration: p(95)<1s, p(99)<2s',
      '                             ^^^^^^^^',
      'one failing level',
      'line',
    ],
    ['http_req_duration: p(95)<0ms', '                        ^^^^', 'can never hold'],
    ['http_req_duration: p(95)>=0ms', '                        ^^^^^', 'always holds'],
    ['http_req_failed: rate<5', '                     ^^', 'always holds', '5%'],
    ['http_req_failed: rate<=100%', '                     ^^^^^^', 'always holds'],
    ['mongodb_up: rate>1', '                ^^', 'can never hold'],
  ])('%s', (text, caret, message, hint = '') => {
    const result = parseThreshold(text);
    if (result.ok) throw new Error('it parsed');
    const lines = explainThresholdError(text, result.error).split('\n');
    expect(lines[0]).toContain(message);
    expect(lines[1]).toBe(`    ${text}`);
    expect(lines[2]).toBe(`    ${caret}`);
    expect(result.error.hint ?? '').toContain(hint);
  });

  test('never throws, and points into the line, whatever is written', () => {
    const piece = fc.constantFrom(
      ...METRICS.keys(),
      '{',
      'target',
      ':',
      '}',
      'p(95)',
      'rate',
      '<',
      '==',
      '5',
      'ms',
      ',',
      ' ',
      'warn ',
      '%',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((parts) => parts.join('')),
        ),
        (text) => {
          const result = parseThreshold(text);
          if (result.ok) expect(result.threshold.fail ?? result.threshold.warn).toBeDefined();
          else expect(result.error.at).toBeLessThanOrEqual(text.length);
        },
      ),
    );
  });
});

test('comparisons', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
      expect(holds(a, '<', b)).toBe(!holds(a, '>=', b));
      expect(holds(a, '>', b)).toBe(!holds(a, '<=', b));
      expect(holds(a, '==', b)).toBe(!holds(a, '!=', b));
    }),
  );
  expect(holds(0.1 + 0.2, '==', 0.3)).toBe(true);
});

test.each([
  ['mongodb_collection_documents: value>=-5%', false],
  ['mongodb_collection_documents: warn value>=-5%', false],
  ['mongodb_collection_documents: value>=100', true],
  ['mongodb_up: rate==1', true],
])('with %s of your own, that collections do not shrink is implied: %s', (text, implied) => {
  const own = parseThreshold(text);
  if (!own.ok) throw new Error(own.error.message);
  const all = withImplied([own.threshold], { targets: [], mongodb: true, compared: true });
  const found = all.filter((one) => one.metric === 'mongodb_collection_documents' && one.implied);
  expect(found.map((one) => one.text)).toEqual(
    implied ? ['mongodb_collection_documents: warn value>=-10%'] : [],
  );
});
