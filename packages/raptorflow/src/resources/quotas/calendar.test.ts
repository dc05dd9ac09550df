import { describe, expect, it } from 'vitest';
import { PeriodClock, type ClockedPeriod } from './calendar.ts';

const hourMs = 3_600_000;
const hoursOf = (period: ClockedPeriod, zone: string, at: string): number => {
  const { start, end } = new PeriodClock(period, zone).at(Date.parse(at));
  return (end - start) / hourMs;
};

describe('the periods of a quota', () => {
  it('make a day of 23 hours when clocks go forward and of 25 when they go back', () => {
    expect(hoursOf('day', 'Europe/Berlin', '2026-03-29T12:00:00Z')).toBe(23);
    expect(hoursOf('day', 'Europe/Berlin', '2026-10-25T12:00:00Z')).toBe(25);
    expect(hoursOf('day', 'Europe/Berlin', '2026-07-01T12:00:00Z')).toBe(24);
    expect(hoursOf('week', 'Europe/Berlin', '2026-03-25T12:00:00Z')).toBe(7 * 24 - 1);
    expect(hoursOf('month', 'America/New_York', '2026-11-15T12:00:00Z')).toBe(30 * 24 + 1);
  });

  it('begin at midnight of the wall, weeks on Monday, months on the first', () => {
    const at = Date.parse('2026-11-28T08:30:00Z');
    const start = (period: ClockedPeriod): string =>
      new Date(new PeriodClock(period, 'Asia/Tokyo').at(at).start).toISOString();
    expect(start('day')).toBe('2026-11-27T15:00:00.000Z');
    expect(start('week')).toBe('2026-11-22T15:00:00.000Z');
    expect(start('month')).toBe('2026-10-31T15:00:00.000Z');
    expect(start('hour')).toBe('2026-11-28T08:00:00.000Z');
  });

  it('begin when clocks skip midnight at the moment in which they do', () => {
    // Cairo goes from 23:59:59 on Thursday to 01:00 on Friday.
    const { start, end } = new PeriodClock('day', 'Africa/Cairo').at(Date.parse('2026-04-24T10:00:00Z'));
    expect(new Date(start).toISOString()).toBe('2026-04-23T22:00:00.000Z');
    expect((end - start) / hourMs).toBe(23);
  });

  it('leave out the day that a zone left out', () => {
    const clock = new PeriodClock('day', 'Pacific/Apia');
    const before = clock.at(Date.parse('2011-12-30T09:59:59Z'));
    const after = clock.at(Date.parse('2011-12-30T10:00:01Z'));
    expect(before.end).toBe(after.start);
    expect(after.end - after.start).toBe(24 * hourMs);
  });

  it('follow each other without a gap over every change of many zones', () => {
    const zones = [
      'Europe/London',
      'America/Havana',
      'Australia/Lord_Howe',
      'Asia/Beirut',
      'America/St_Johns',
    ];
    for (const zone of zones) {
      const clock = new PeriodClock('day', zone);
      let at = Date.UTC(2025, 0, 1);
      let last = clock.at(at);
      while (at < Date.UTC(2027, 0, 1)) {
        const next = clock.at(last.end);
        expect({ zone, index: next.index, start: next.start }).toEqual({
          zone,
          index: last.index + 1,
          start: last.end,
        });
        expect(clock.at(last.end - 1)).toEqual(last);
        last = next;
        at = next.end;
      }
    }
  });
});
