import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MaintenanceWindow } from '../../../src/alert/model/rules.ts';
import { checkSchedule, openSince, quietAt } from '../../../src/alert/policy/silences.ts';
import { wallClock, wallTimeToInstant } from '../../../src/alert/policy/time-zone.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (text: string) => Date.parse(text);
const iso = (time: number) => new Date(time).toISOString();

let spellings = 0;
/** The zone in a spelling that was not used before: formats are kept by name, and each is to be made anew. */
function fresh(zone: string): string {
  const number = spellings++;
  return [...zone]
    .map((letter, index) => ((number >> index) & 1 ? letter.toUpperCase() : letter.toLowerCase()))
    .join('');
}

const window = (
  schedule: MaintenanceWindow['schedule'],
  durationMs: number,
  over: Partial<MaintenanceWindow> = {},
): MaintenanceWindow => ({
  name: 'nightly',
  match: { type: ['high-*'] },
  durationMs,
  timeZone: 'Europe/Berlin',
  schedule,
  ...over,
});
const cron = (pattern: string) => ({ kind: 'cron' as const, pattern });
const rrule = (rule: string, start: string) => ({ kind: 'rrule' as const, rule, start });

describe('what is quiet at a moment', () => {
  const silence = (from: number | undefined, until: number, by?: string) => ({
    match: { source: ['api'] },
    ...(from === undefined ? {} : { from }),
    until,
    reason: 'load test',
    ...(by === undefined ? {} : { by }),
  });

  test('silences, then windows, each with its matcher, its end and its words', async () => {
    const windows = [
      window(cron('0 3 * * *'), HOUR),
      window(cron('0 5 * * *'), HOUR, { name: 'not now' }),
      window(rrule('FREQ=DAILY', '2026-01-01T02:00:00'), 2 * HOUR + 500, { name: 'backup', match: {} }),
    ];
    const now = at('2026-02-01T02:30:00Z');
    expect(
      await quietAt([silence(undefined, now + 1), silence(now, now + 1_500, 'mona')], windows, now),
    ).toEqual([
      {
        kind: 'silence',
        match: { source: ['api'] },
        until: now + 1,
        words: 'Silenced until 2026-02-01T02:30:00.001Z: load test',
      },
      {
        kind: 'silence',
        match: { source: ['api'] },
        until: now + 1_500,
        words: 'Silenced until 2026-02-01T02:30:01.500Z by mona: load test',
      },
      {
        kind: 'maintenance',
        match: { type: ['high-*'] },
        until: at('2026-02-01T03:00:00Z'),
        words: 'In the maintenance window nightly, which ends at 2026-02-01T03:00:00Z.',
      },
      {
        kind: 'maintenance',
        match: {},
        until: at('2026-02-01T03:00:00.500Z'),
        words: 'In the maintenance window backup, which ends at 2026-02-01T03:00:00.500Z.',
      },
    ]);
    expect(
      await quietAt([silence(now + 1, now + 2), silence(undefined, now)], windows, now + 5 * HOUR),
    ).toEqual([]);
  });

  test.each<[string, MaintenanceWindow, string, string | undefined]>([
    ['a cron that never comes', window(cron('0 0 30 2 *'), HOUR), '2026-02-01T00:00:00Z', undefined],
    [
      'a cron whose second day it is',
      window(cron('0 0 1 * *'), 3 * DAY, { timeZone: 'UTC' }),
      '2026-02-03T23:59:59.999Z',
      '2026-02-01T00:00:00.000Z',
    ],
    [
      'an rrule whose third day it is',
      window(rrule('FREQ=WEEKLY', '2026-01-04T02:00:00'), 3 * DAY, { timeZone: 'UTC' }),
      '2026-01-14T01:59:59.999Z',
      '2026-01-11T02:00:00.000Z',
    ],
    [
      'an rrule that has just ended',
      window(rrule('FREQ=WEEKLY', '2026-01-04T02:00:00'), 3 * DAY, { timeZone: 'UTC' }),
      '2026-01-14T02:00:00.000Z',
      undefined,
    ],
    [
      // 02:30 is left out and means 03:30, which is later than 03:00.
      'starts that change places where clocks go forward',
      window(rrule('FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30;BYSETPOS=2,3', '2026-03-01T02:30:00'), 2 * HOUR),
      '2026-03-29T01:40:00Z',
      '2026-03-29T01:30:00.000Z',
    ],
    [
      'of those, the one that has begun',
      window(rrule('FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30;BYSETPOS=2,3', '2026-03-01T02:30:00'), 2 * HOUR),
      '2026-03-29T01:20:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'an rrule in small letters, not with FREQ first',
      window(rrule('interval=2;freq=daily', '2026-01-01T00:00:00'), HOUR, { timeZone: 'UTC' }),
      '2026-01-03T00:30:00Z',
      '2026-01-03T00:00:00.000Z',
    ],
  ])('%s', async (_name, given, now, expected) => {
    const since = await openSince(given, at(now));
    expect(since === undefined ? undefined : iso(since)).toBe(expected);
  });

  test.each([cron('0 3 * * *'), rrule('FREQ=DAILY', '2026-01-01T02:00:00')])(
    '%j can be read',
    async (schedule) => {
      await expect(checkSchedule({ schedule, timeZone: 'Asia/Kolkata' })).resolves.toBeUndefined();
    },
  );
  test.each(['BYDAY=SU', 'XFREQ=DAILY', 'FREQ'])('the rrule %j names no frequency', async (rule) => {
    const schedule = rrule(rule, '2026-01-01T02:00:00');
    await expect(checkSchedule({ schedule, timeZone: 'UTC' })).rejects.toThrow('the rule names no FREQ');
  });
  test.each([cron('0 3 * * *'), rrule('FREQ=DAILY', '2026-01-01T02:00:00')])(
    '%j in no known zone is refused',
    async (schedule) => {
      await expect(checkSchedule({ schedule, timeZone: 'Europe/Atlantis' })).rejects.toThrow();
    },
  );
});

describe('wall time', () => {
  test.each<[string, string, string]>([
    ['UTC', '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z'],
    ['UTC', '1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
    ['UTC', '2026-12-31T00:00:00.000Z', '2026-12-31T00:00:00.000Z'],
    ['Europe/Berlin', '2026-01-31T23:00:00.001Z', '2026-02-01T00:00:00.001Z'],
    ['Europe/Berlin', '2026-07-01T12:00:59.000Z', '2026-07-01T14:00:59.000Z'],
    ['America/New_York', '2026-01-01T00:30:00.000Z', '2025-12-31T19:30:00.000Z'],
    ['Asia/Kolkata', '2026-01-01T00:00:00.000Z', '2026-01-01T05:30:00.000Z'],
    ['Australia/Lord_Howe', '2026-01-01T00:00:00.000Z', '2026-01-01T11:00:00.000Z'],
  ])('in %s at %s is %s', (zone, instant, wall) => {
    expect(iso(wallClock(at(instant), fresh(zone)))).toBe(wall);
    expect(iso(wallTimeToInstant(at(wall), fresh(zone)))).toBe(instant);
  });

  test.each<[string, string, string, string]>([
    [
      'left out when clocks go forward: after the gap',
      'Europe/Berlin',
      '2026-03-29T02:30:00Z',
      '2026-03-29T01:30:00.000Z',
    ],
    ['just before the gap', 'Europe/Berlin', '2026-03-29T01:59:59Z', '2026-03-29T00:59:59.000Z'],
    ['just after the gap', 'Europe/Berlin', '2026-03-29T03:00:00Z', '2026-03-29T01:00:00.000Z'],
    ['twice: the first', 'Europe/Berlin', '2026-10-25T02:30:00Z', '2026-10-25T00:30:00.000Z'],
    ['before those that come twice', 'Europe/Berlin', '2026-10-25T01:59:59Z', '2026-10-24T23:59:59.000Z'],
    ['after those that come twice', 'Europe/Berlin', '2026-10-25T03:00:00Z', '2026-10-25T02:00:00.000Z'],
    ['a whole day that is left out', 'Pacific/Apia', '2011-12-30T12:00:00Z', '2011-12-30T22:00:00.000Z'],
    [
      'half an hour that is left out',
      'Australia/Lord_Howe',
      '2026-10-04T02:15:00Z',
      '2026-10-03T15:45:00.000Z',
    ],
  ])('%s', (_name, zone, wall, instant) => {
    expect(iso(wallTimeToInstant(at(wall), fresh(zone)))).toBe(instant);
  });

  test('a zone that is not known is refused', () => {
    expect(() => wallClock(0, 'Europe/Atlantis')).toThrow(RangeError);
  });

  test('property: it is what the platform shows, to the millisecond', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Chatham'];
    fc.assert(
      fc.property(
        fc.integer({ min: at('1990-01-01T00:00:00Z'), max: at('2037-01-01T00:00:00Z') }),
        fc.constantFrom(...zones),
        (instant, timeZone) => {
          const shown = new Date(instant).toLocaleString('sv-SE', { timeZone });
          const millis = String(instant % 1_000).padStart(3, '0');
          expect(iso(wallClock(instant, fresh(timeZone)))).toBe(`${shown.replace(' ', 'T')}.${millis}Z`);
        },
      ),
    );
  });
});
