const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * The wall time of an instant in a zone, as epoch milliseconds of the same figures in UTC.
 * @throws RangeError for a zone that is not known.
 */
export function wallClock(instant: number, timeZone: string): number {
  const parts = Object.fromEntries(
    formatFor(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((instant % 1_000) + 1_000) % 1_000);
}

/**
 * The instant at which clocks in a zone show a wall time (given as in `wallClock`). A time that occurs
 * twice means the first; one that is left out when clocks go forward means the same time after the gap.
 */
export function wallTimeToInstant(wall: number, timeZone: string): number {
  // The offset changes at most once around; the two candidates are those before and after.
  const before = wall - offsetAt(wall - 86_400_000, timeZone);
  const after = wall - offsetAt(wall + 86_400_000, timeZone);
  const fitting = [before, after].filter((instant) => wallClock(instant, timeZone) === wall);
  return fitting.length > 0 ? Math.min(...fitting) : before;
}

function offsetAt(instant: number, timeZone: string): number {
  return wallClock(instant, timeZone) - instant;
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}
