import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MaintenanceWindow } from '../../../src/alert/model/rules.ts';
import { checkSchedule, openSince, quietAt } from '../../../src/alert/policy/silences.ts';
import { wallClock, wallTimeToInstant } from '../../../src/alert/policy/time-zone.ts';

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);
const iso = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString());

const cron = (pattern: string, timeZone: string, durationMs = 2 * HOUR): MaintenanceWindow => ({
  name: 'w',
  match: {},
  durationMs,
  timeZone,
  schedule: { kind: 'cron', pattern },
});
const rrule = (rule: string, start: string, timeZone: string, durationMs = 2 * HOUR): MaintenanceWindow => ({
  ...cron('', timeZone, durationMs),
  schedule: { kind: 'rrule', rule, start },
});

/** Sundays from 01:30 to 03:30 in Berlin, said both ways. */
const SUNDAYS: [string, MaintenanceWindow][] = [
  ['cron', cron('30 1 * * 0', 'Europe/Berlin')],
  ['rrule', rrule('FREQ=WEEKLY;BYDAY=SU', '2026-01-04T01:30:00', 'Europe/Berlin')],
];

describe.each(SUNDAYS)('a window by %s', (_kind, window) => {
  test.each<[string, string | undefined]>([
    ['2026-02-01T00:29:59.999Z', undefined],
    ['2026-02-01T00:30:00.000Z', '2026-02-01T00:30:00.000Z'],
    ['2026-02-01T02:29:59.999Z', '2026-02-01T00:30:00.000Z'],
    ['2026-02-01T02:30:00.000Z', undefined],
    // Summer time: the same wall time is an hour earlier.
    ['2026-07-04T23:30:00.000Z', '2026-07-04T23:30:00.000Z'],
    ['2026-07-05T01:30:00.000Z', undefined],
    // Clocks go forward at 02:00 on 29 March: two hours from 01:30 last until 04:30 by the clock.
    ['2026-03-29T00:30:00.000Z', '2026-03-29T00:30:00.000Z'],
    ['2026-03-29T02:29:00.000Z', '2026-03-29T00:30:00.000Z'],
    ['2026-03-29T02:30:00.000Z', undefined],
    // Clocks go back at 03:00 on 25 October.
    ['2026-10-24T23:30:00.000Z', '2026-10-24T23:30:00.000Z'],
    ['2026-10-25T01:29:00.000Z', '2026-10-24T23:30:00.000Z'],
    ['2026-10-25T01:30:00.000Z', undefined],
    // Saturday.
    ['2026-02-07T01:00:00.000Z', undefined],
  ])('at %s', async (now, expected) => expect(iso(await openSince(window, at(now)))).toBe(expected));
});

describe('times that a day leaves out or has twice', () => {
  test.each<[string, MaintenanceWindow, string, string | undefined]>([
    [
      'cron at 02:30, which is left out, begins at 03:00',
      cron('30 2 * * *', 'Europe/Berlin', HOUR),
      '2026-03-29T01:10:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'rrule at 02:30, which is left out, begins at 03:30',
      rrule('FREQ=DAILY', '2026-03-01T02:30:00', 'Europe/Berlin', HOUR),
      '2026-03-29T01:40:00Z',
      '2026-03-29T01:30:00.000Z',
    ],
    [
      'rrule at 02:30, which comes twice, begins the first time',
      rrule('FREQ=DAILY', '2026-10-01T02:30:00', 'Europe/Berlin', HOUR),
      '2026-10-25T00:40:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'and not the second time',
      rrule('FREQ=DAILY', '2026-10-01T02:30:00', 'Europe/Berlin', HOUR),
      '2026-10-25T01:40:00Z',
      undefined,
    ],
    [
      'cron at 02:30, which comes twice, begins the first time',
      cron('30 2 * * *', 'Europe/Berlin', HOUR),
      '2026-10-25T00:40:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'a zone at the other end of the world',
      cron('0 3 1 * *', 'Pacific/Auckland'),
      '2026-01-31T14:30:00Z',
      '2026-01-31T14:00:00.000Z',
    ],
    [
      'the last Friday of a month',
      rrule('FREQ=MONTHLY;BYDAY=-1FR', '2026-01-30T22:00:00', 'America/New_York'),
      '2026-02-28T04:00:00Z',
      '2026-02-28T03:00:00.000Z',
    ],
    [
      'an rrule that has ended',
      rrule('FREQ=DAILY;COUNT=3', '2026-01-01T00:00:00', 'UTC'),
      '2026-01-04T00:30:00Z',
      undefined,
    ],
    [
      'before an rrule begins',
      rrule('FREQ=DAILY', '2026-01-10T00:00:00', 'UTC'),
      '2026-01-09T00:30:00Z',
      undefined,
    ],
    [
      'a window longer than its period',
      cron('0 0 * * *', 'UTC', 48 * HOUR),
      '2026-01-09T13:00:00Z',
      '2026-01-09T00:00:00.000Z',
    ],
  ])('%s', async (_name, window, now, expected) =>
    expect(iso(await openSince(window, at(now)))).toBe(expected),
  );
});

test.each(['61 * * * *', 'x', '* * * * * *', ''])('the cron %j is refused', async (pattern) => {
  await expect(checkSchedule(cron(pattern, 'UTC'))).rejects.toThrow();
});
test.each(['FREQ=SOMETIMES', 'BYDAY=SU', 'FREQ=WEEKLY;BYDAY=XX', 'nonsense'])(
  'the rrule %j is refused',
  async (rule) => {
    await expect(checkSchedule(rrule(rule, '2026-01-01T00:00:00', 'UTC'))).rejects.toThrow();
  },
);

test('a silence holds from its beginning to its end, and says who and why', async () => {
  const silence = { match: {}, from: 1_000, until: 61_000, reason: 'load test', by: 'mona' };
  expect(await quietAt([silence], [], 999)).toEqual([]);
  expect(await quietAt([silence], [], 61_000)).toEqual([]);
  expect(await quietAt([silence], [], 1_000)).toMatchObject([
    { kind: 'silence', words: 'Silenced until 1970-01-01T00:01:01Z by mona: load test' },
  ]);
});

test('property: wall time and instant are each other’s inverse, but for the hour that is left out', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Pacific/Apia',
  ];
  fc.assert(
    fc.property(
      fc.integer({ min: at('2000-01-01T00:00:00Z'), max: at('2040-01-01T00:00:00Z') }),
      fc.constantFrom(...zones),
      (instant, zone) => {
        const wall = wallClock(instant, zone);
        const back = wallTimeToInstant(wall, zone);
        expect(wallClock(back, zone)).toBe(wall);
        expect(back).toBeLessThanOrEqual(instant);
        expect(instant - back).toBeLessThanOrEqual(24 * HOUR);
      },
    ),
  );
});
