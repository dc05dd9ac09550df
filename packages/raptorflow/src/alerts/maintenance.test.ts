import { describe, expect, it } from 'vitest';
import { maintenanceSchema, timesOf, type MaintenanceSchedule } from './maintenance.ts';

const at = (text: string): number => Date.parse(text);

/** The moments of a day, hour by hour, at which there is maintenance. */
function hoursOf(schedule: MaintenanceSchedule, day: string): number[] {
  const times = timesOf(schedule);
  const from = at(`${day}T00:00:00Z`);
  return Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => times(from + hour * 3_600_000));
}

describe('a window of maintenance', () => {
  it('that happens once begins and ends as it says', () => {
    const times = timesOf({ kind: 'once', from: 1_000, to: 2_000 });
    expect([999, 1_000, 1_999, 2_000].map(times)).toEqual([false, true, true, false]);
  });

  it('recurs on its days of the week, on the walls of its zone, and over midnight', () => {
    const schedule = {
      kind: 'weekly',
      days: ['sat'],
      start: '23:00',
      durationMinutes: 180,
      timeZone: 'Europe/Berlin',
    } as const;
    // 23:00 in Berlin in winter is 22:00 UTC; 2026-01-03 is a Saturday.
    expect(hoursOf(schedule, '2026-01-03')).toEqual([22, 23]);
    expect(hoursOf(schedule, '2026-01-04')).toEqual([0]);
    expect(hoursOf(schedule, '2026-01-05')).toEqual([]);
    // In summer it is 21:00 UTC.
    expect(hoursOf(schedule, '2026-07-04')).toEqual([21, 22, 23]);
  });

  it('lasts as long as it says on days on which clocks are set', () => {
    const daily = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
    const schedule = {
      kind: 'weekly',
      days: daily,
      start: '02:30',
      durationMinutes: 60,
      timeZone: 'America/New_York',
    } as const;
    const times = timesOf(schedule);
    // 2026-03-08: from 02:00 clocks go to 03:00, so 02:30 does not come; it is as much later: 03:30 EDT.
    expect(['07:29', '07:30', '08:29', '08:30'].map((time) => times(at(`2026-03-08T${time}:00Z`)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    const early = timesOf({ ...schedule, start: '01:30' });
    // 2026-11-01: 01:30 comes twice; the first is 05:30 UTC, the second 06:30.
    expect(['05:29', '05:30', '06:29', '06:30'].map((time) => early(at(`2026-11-01T${time}:00Z`)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('recurs on a day of the month, or on the last one', () => {
    const base = { start: '10:00', durationMinutes: 60, timeZone: 'UTC' } as const;
    const fifteenth = { kind: 'monthly', day: 15, ...base } as const;
    expect(hoursOf(fifteenth, '2026-02-15')).toEqual([10]);
    expect(hoursOf(fifteenth, '2026-02-16')).toEqual([]);
    const last = { kind: 'monthly', day: 'last', ...base } as const;
    expect(hoursOf(last, '2026-02-28')).toEqual([10]);
    expect(hoursOf(last, '2028-02-28')).toEqual([]);
    expect(hoursOf(last, '2028-02-29')).toEqual([10]);
  });

  it('may last for days', () => {
    const schedule = {
      kind: 'weekly',
      days: ['fri'],
      start: '18:00',
      durationMinutes: 62 * 60,
      timeZone: 'UTC',
    } as const;
    const times = timesOf(schedule);
    expect(times(at('2026-01-05T07:59:00Z'))).toBe(true);
    expect(times(at('2026-01-05T08:00:00Z'))).toBe(false);
  });

  it('is refused with a zone that does not exist, no days, or an end before its beginning', () => {
    const rest = { name: 'a', workspaceId: null, matchers: [], author: 'Ada', comment: '' };
    const isFine = (schedule: unknown): boolean => maintenanceSchema.safeParse({ ...rest, schedule }).success;
    const weekly = {
      kind: 'weekly',
      days: ['sat'],
      start: '23:00',
      durationMinutes: 60,
      timeZone: 'Europe/Berlin',
    };
    expect(isFine(weekly)).toBe(true);
    expect(isFine({ ...weekly, timeZone: 'Europe/Atlantis' })).toBe(false);
    expect(isFine({ ...weekly, days: [] })).toBe(false);
    expect(isFine({ ...weekly, start: '24:00' })).toBe(false);
    expect(isFine({ kind: 'once', from: 2, to: 1 })).toBe(false);
  });
});
