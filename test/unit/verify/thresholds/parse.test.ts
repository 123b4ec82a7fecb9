import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../../../../src/verify/metrics/catalogue.ts';
import type { Condition } from '../../../../src/verify/thresholds/condition.ts';
import { explainThresholdError, parseThreshold } from '../../../../src/verify/thresholds/parse.ts';

const EXAMPLE = 'Write it like this: http_req_duration{target:api}: p(95)<500ms, warn p(95)<200ms';

const LABEL = 'Write `{target:api}`.';

/** What is wrong with a line, whole: message, hint, and the text that the caret is under. */
function refusal(text: string) {
  const result = parseThreshold(text);
  if (result.ok) throw new Error('it parsed');
  const { message, hint, at, length } = result.error;
  return [message, hint, text.slice(at, at + length)];
}

function condition(text: string): Condition {
  const result = parseThreshold(text);
  if (!result.ok) throw new Error(result.error.message);
  const found = result.threshold.fail ?? result.threshold.warn;
  if (!found) throw new Error('no condition');
  return found;
}

function parsed(text: string) {
  const result = parseThreshold(text);
  if (!result.ok) throw new Error(explainThresholdError(text, result.error));
  return result.threshold;
}

describe('what is refused says what to write instead', () => {
  test.each<[string, string, string | undefined, string]>([
    ['5', 'expected the name of a metric', EXAMPLE, '5'],
    ['-http_req_failed: rate<1%', 'expected the name of a metric', EXAMPLE, '-'],
    ['http_req_failed rate<1%', 'expected `:` after the metric', EXAMPLE, 'r'],
    [
      'zzzzzzzzzzzz: rate<1%',
      'unknown metric `zzzzzzzzzzzz`',
      `Known metrics: ${[...METRICS.keys()].join(', ')}.`,
      'zzzzzzzzzzzz',
    ],
    [
      'http_req_faild: rate<1%',
      'unknown metric `http_req_faild`',
      'Did you mean `http_req_failed`?',
      'http_req_faild',
    ],
    ['http_req_failed{}: rate<1%', 'expected the name of a label', LABEL, '}'],
    ['http_req_failed{ 1target:a}: rate<1%', 'expected the name of a label', LABEL, '1'],
    ['http_req_failed{target:a, target:b}: rate<1%', 'label `target` is given twice', undefined, 'target'],
    ['http_req_failed{target a}: rate<1%', 'expected `:` after the label', LABEL, 'a'],
    ['http_req_failed{target:}: rate<1%', 'expected a value for the label `target`', LABEL, '}'],
    ['http_req_failed{target: ,}: rate<1%', 'expected a value for the label `target`', LABEL, ','],
    ['http_req_failed{target:""}: rate<1%', 'expected a value for the label `target`', LABEL, '}'],
    ['http_req_failed{target:a"b"}: rate<1%', 'expected `}` after the labels', LABEL, '"'],
    [
      'http_req_failed{target:api}: rate<1% "xy"',
      'expected the end of the line, or a comma and a warning level',
      EXAMPLE,
      '"xy"',
    ],
    [
      'http_req_failed{host:a}: rate<1%',
      '`http_req_failed` has no label `host`',
      'Its labels: target.',
      'host',
    ],
    [
      'mongodb_up{a:b}: rate==1',
      '`mongodb_up` has no label `a`',
      'It has no labels: leave the braces out.',
      'a',
    ],
    ['http_req_failed: <1%', 'expected an aggregate', '`http_req_failed` has rate, count.', '<'],
    ['http_req_failed: 1rate<1%', 'expected an aggregate', '`http_req_failed` has rate, count.', '1'],
    ['http_req_duration: p<1s', 'a percentile needs its number in parentheses', 'Write `p(95)`.', 'p'],
    ['http_req_duration: p x(5)<1s', 'a percentile needs its number in parentheses', 'Write `p(95)`.', 'p'],
    ['http_req_duration: p(a)<1s', 'a percentile needs its number in parentheses', 'Write `p(95)`.', 'p'],
    ['http_req_duration: p(100.5)<1s', 'a percentile lies between 0 and 100', 'Write `p(95)`.', 'p(100.5)'],
    [
      'app_response_time: p(90)<1s',
      '`app_response_time` is not known at p(90)',
      'It has p(50), p(95), p(99).',
      'p(90)',
    ],
    ['http_req_failed: p(95)<1%', '`http_req_failed` has no percentiles', 'It has rate, count.', 'p(95)'],
    ['http_req_duration: p95<1s', 'unknown aggregate `p95`', 'Write `p(95)`.', 'p95'],
    ['http_req_failed: p95<1%', 'unknown aggregate `p95`', '`http_req_failed` has rate, count.', 'p95'],
    [
      'http_req_duration: p95x<1s',
      'unknown aggregate `p95x`',
      '`http_req_duration` has p(N), avg, min, max, med, count.',
      'p95x',
    ],
    [
      'http_req_duration: xp95<1s',
      'unknown aggregate `xp95`',
      '`http_req_duration` has p(N), avg, min, max, med, count.',
      'xp95',
    ],
    [
      'http_req_failed: rat<1%',
      'unknown aggregate `rat`',
      'Did you mean `rate`? `http_req_failed` has rate, count.',
      'rat',
    ],
    [
      'http_req_failed: value<1%',
      '`http_req_failed` has no `value`',
      '`http_req_failed` has rate, count.',
      'value',
    ],
    ['http_req_failed: rate 1%', 'expected a comparison', 'One of <, <=, >, >=, ==, !=.', '1'],
    ['http_req_failed: rate x<1%', 'expected a comparison', 'One of <, <=, >, >=, ==, !=.', 'x'],
    [
      'http_req_failed: rate<x1%',
      'expected a number',
      'Write a number and its unit, such as `500ms`, `1%` or `+10%`.',
      'x',
    ],
    [
      'http_req_failed: rate<.',
      'expected a number',
      'Write a number and its unit, such as `500ms`, `1%` or `+10%`.',
      '.',
    ],
    [
      'http_req_failed: rate<1ms',
      '`ms` is not a unit of `http_req_failed`',
      'It is a share: write `0.01` or `1%`.',
      'ms',
    ],
    ['app_cpu: value<80ms', '`ms` is not a unit of `app_cpu`', 'It is a percentage: write `80%`.', 'ms'],
    [
      'mongodb_storage_size: value<5TB',
      '`TB` is not a unit of `mongodb_storage_size`',
      'It is a size: B, KB, MB or GB.',
      'TB',
    ],
    [
      'http_req_duration: avg<5%',
      '`%` is not a unit of `http_req_duration`',
      'It is a time: ms, s, m or h.',
      '%',
    ],
    [
      'mongodb_open_cursors: value<5%',
      '`%` is not a unit of `mongodb_open_cursors`',
      'It is a plain number: leave the unit out.',
      '%',
    ],
    [
      'http_req_duration: count>5ms',
      '`ms` is not a unit of `http_req_duration`',
      'It is a plain number: leave the unit out.',
      'ms',
    ],
    ['tls_cert_expiry: value>30', '`tls_cert_expiry` needs a unit', 'Write it with its unit: `30h`.', '30'],
    [
      'http_req_failed: rate<1% 5',
      'expected the end of the line, or a comma and a warning level',
      EXAMPLE,
      '5',
    ],
    ['http_req_failed: rate<1%,', 'expected an aggregate', '`http_req_failed` has rate, count.', ''],
    [
      'http_req_failed: rate<1%, rate<2%',
      'a threshold has one failing level',
      'Put each further one on a line of its own, or write `warn` before it for a warning level.',
      'rate<2%',
    ],
    [
      'http_req_failed: warn rate<1%, warn rate<2%',
      'a threshold has one warning level',
      'Put each further one on a line of its own.',
      'warn rate<2%',
    ],
    [
      'mongodb_storage_size: value<0',
      '`mongodb_storage_size` is never below 0, so this can never hold',
      'Write a limit that can be kept.',
      '<0',
    ],
    [
      'http_req_failed: rate<5',
      '`http_req_failed` lies between 0 and 1, so this always holds',
      'Did you mean `5%`?',
      '<5',
    ],
    [
      'http_req_failed: rate > 2',
      '`http_req_failed` lies between 0 and 1, so this can never hold',
      'Did you mean `2%`?',
      '> 2',
    ],
  ])('%s', (text, message, hint, place) => expect(refusal(text)).toEqual([message, hint, place]));
});

describe('a limit that can be neither broken nor kept is refused, and only that', () => {
  const open = undefined;
  const never = 'can never hold';
  const always = 'always holds';
  /** A share: from 0 to 1. */
  test.each<[string, string | undefined]>([
    ['<0', never],
    ['<0.5', open],
    ['<1', open],
    ['<1.5', always],
    ['<=0', open],
    ['<=0.5', open],
    ['<=1', always],
    ['<=1.5', always],
    ['>0', open],
    ['>0.5', open],
    ['>1', never],
    ['>1.5', never],
    ['>=0', always],
    ['>=0.5', open],
    ['>=1', open],
    ['>=1.5', never],
    ['==0', open],
    ['==1', open],
    ['==1.5', never],
    ['!=0', open],
    ['!=1', open],
    ['!=1.5', always],
  ])('a share %s', (limit, expected) => {
    const result = parseThreshold(`mongodb_up: rate${limit}`);
    if (expected === undefined) expect(result.ok).toBe(true);
    else {
      expect(result).toMatchObject({
        error: { message: `\`mongodb_up\` lies between 0 and 1, so this ${expected}` },
      });
      const percent = /1\.5$/.test(limit);
      const hint = percent
        ? 'Did you mean `1.5%`?'
        : expected === never
          ? 'Write a limit that can be kept.'
          : 'Write a limit that can be broken.';
      expect(result).toMatchObject({ error: { hint } });
    }
  });

  /** Counts and times: from 0, without an end. */
  test.each<[string, string | undefined]>([
    ['<0', never],
    ['<1', open],
    ['<=0', open],
    ['>0', open],
    ['>1000000', open],
    ['>=0', always],
    ['>=1', open],
    ['==0', open],
    ['==1000000', open],
    ['!=0', open],
  ])('a count %s', (limit, expected) => {
    for (const text of [
      `http_req_failed: count${limit}`,
      `mongodb_open_cursors: value${limit}`,
      `http_req_duration: avg${limit}`,
    ]) {
      const result = parseThreshold(text);
      if (expected === undefined) expect(result.ok).toBe(true);
      else {
        expect(result).toMatchObject({
          error: {
            message: `\`${text.split(':')[0]}\` is never below 0, so this ${expected}`,
            hint:
              expected === never ? 'Write a limit that can be kept.' : 'Write a limit that can be broken.',
          },
        });
      }
    }
  });

  test.each<[string, string | undefined]>([
    ['<100', open],
    ['<101', always],
    ['>=100', open],
    ['>100', never],
    ['>=101', never],
    ['==101', never],
    ['!=101', always],
  ])('a percentage %s', (limit, expected) => {
    const result = parseThreshold(`mongodb_connections_used: value${limit}`);
    if (expected === undefined) expect(result.ok).toBe(true);
    else {
      expect(result).toMatchObject({
        error: {
          message: `\`mongodb_connections_used\` lies between 0 and 100, so this ${expected}`,
          hint: expected === never ? 'Write a limit that can be kept.' : 'Write a limit that can be broken.',
        },
      });
    }
  });

  test('time left has no end on either side, and a change from the baseline may be anything', () => {
    for (const limit of ['<0', '>0', '>=0', '<=0h', '==0']) {
      expect(parseThreshold(`tls_cert_expiry: value${limit}`).ok).toBe(true);
    }
    for (const limit of ['<+500%', '>=-500%', '<=+5', '>=-5']) {
      expect(parseThreshold(`http_req_failed: rate${limit}`).ok).toBe(true);
    }
  });
});

describe('numbers and units', () => {
  test.each<[string, number]>([
    ['http_req_duration: avg<1.25s', 1_250],
    ['http_req_duration: avg<12.75', 12.75],
    ['http_req_duration: avg<.25s', 250],
    ['http_req_duration: avg<.125s', 125],
    ['http_req_duration: avg<10 ms', 10],
    ['http_req_duration: avg<2m', 120_000],
    ['http_req_duration: avg<1h', 3_600_000],
    ['mongodb_replication_lag: value<10', 10],
    ['mongodb_replication_lag: value<500ms', 0.5],
    ['mongodb_replication_lag: value<2m', 120],
    ['mongodb_storage_size: value<5', 5],
    ['mongodb_storage_size: value<5B', 5],
    ['mongodb_storage_size: value<2KB', 2_048],
    ['mongodb_storage_size: value<2MB', 2 * 1_024 ** 2],
    ['mongodb_storage_size: value<2GB', 2 * 1_024 ** 3],
    ['app_cpu: value<80', 80],
    ['app_cpu: value<80%', 80],
    ['http_req_failed: rate<0.05', 0.05],
    ['http_req_failed: rate<5%', 0.05],
    ['http_req_duration: count>=7', 7],
    ['tls_cert_expiry: value>0', 0],
  ])('%s is %d', (text, value) => expect(condition(text).value).toBeCloseTo(value, 12));

  test.each<[string, object]>([
    ['http_req_duration: avg<=+1.5s', { value: 1_500, relative: 'absolute' }],
    ['http_req_duration: avg>=-10ms', { value: -10, relative: 'absolute' }],
    ['http_req_failed: rate<=+5%', { value: 5, relative: 'percent' }],
    ['http_req_duration: p(100)<1s', { aggregate: { name: 'p', p: 100 } }],
    ['http_req_duration: p(99.95)<1s', { aggregate: { name: 'p', p: 99.95 } }],
    ['http_req_duration: p( 95 )<1s', { aggregate: { name: 'p', p: 95 }, text: 'p(95)<1s' }],
    ['app_response_time: p(95)<1s', { aggregate: { name: 'p', p: 95 } }],
  ])('%s', (text, expected) => expect(condition(text)).toMatchObject(expected));
});

test('blanks anywhere, and what is kept as written', () => {
  const result = parseThreshold(
    '  http_req_duration  {  target  :  my api  }  :   p(95)   <   500  ms  ,  warn   avg  <=  200ms  ',
  );
  expect(result).toEqual({
    ok: true,
    threshold: {
      metric: 'http_req_duration',
      labels: { target: 'my api' },
      fail: { aggregate: { name: 'p', p: 95 }, operator: '<', value: 500, text: 'p(95)<500ms' },
      warn: { aggregate: { name: 'avg' }, operator: '<=', value: 200, text: 'avg<=200ms' },
      text: 'http_req_duration  {  target  :  my api  }  :   p(95)   <   500  ms  ,  warn   avg  <=  200ms',
    },
  });
  expect(parseThreshold('http_req_failed:warn  rate<1%,rate<5%')).toMatchObject({
    threshold: { fail: { value: 0.05 }, warn: { value: 0.01 } },
  });
});

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
    ['http_req_duration: p(95)<500km', '                            ^^', 'is not a unit', 'ms, s, m or h'],
    ['http_req_duration: p(95)<5MB', '                          ^^', 'is not a unit', 'time'],
    ['mongodb_collection_documents: value>5s', '                                     ^', 'is not a unit'],
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
