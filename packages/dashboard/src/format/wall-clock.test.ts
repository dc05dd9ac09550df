import { describe, expect, it } from 'vitest';

import { dayAt, isLastOfMonth, isTimeZone, momentIn, timeZones, wallText, weekdayOf } from './wall-clock.ts';

const berlin = 'Europe/Berlin';
const iso = (text: string) => {
  const at = momentIn(berlin, text);
  return at === null ? null : new Date(at).toISOString();
};

describe('the walls of a time zone', () => {
  it('show another time than UTC, in summer and in winter', () => {
    expect(iso('2026-01-31T22:05')).toBe('2026-01-31T21:05:00.000Z');
    expect(iso('2026-07-31T22:05')).toBe('2026-07-31T20:05:00.000Z');
    expect(iso('soon')).toBeNull();
    expect(wallText(berlin, Date.parse('2026-07-31T22:05:00.000Z'))).toBe('2026-08-01T00:05');
    expect(wallText(berlin, Date.parse('2026-07-31T22:05:07.000Z'))).toBe('2026-08-01T00:05:07');
    expect(iso('2026-08-01T00:05:07')).toBe('2026-07-31T22:05:07.000Z');
  });

  it('have no half past two when clocks are set forward, and two of them when they are set back', () => {
    expect(iso('2026-03-29T02:30')).toBe('2026-03-29T01:30:00.000Z');
    expect(iso('2026-10-25T02:30')).toBe('2026-10-25T00:30:00.000Z');
  });

  it('have days before and after', () => {
    const at = Date.parse('2026-02-28T23:30:00.000Z');
    expect(dayAt(berlin, at)).toEqual({ year: 2026, month: 3, day: 1 });
    expect(dayAt(berlin, at, 1)).toEqual({ year: 2026, month: 2, day: 28 });
    expect(dayAt(berlin, at, -1)).toEqual({ year: 2026, month: 3, day: 2 });
    expect(weekdayOf(dayAt(berlin, at))).toBe(0);
    expect([0, 1].map((before) => isLastOfMonth(dayAt(berlin, at, before)))).toEqual([false, true]);
  });

  it('are known by the names of the IANA database', () => {
    expect(['UTC', berlin, 'Mars/Olympus', ''].map(isTimeZone)).toEqual([true, true, false, false]);
    expect(timeZones()[0]).toBe('UTC');
    expect(timeZones()).toContain(berlin);
  });
});
