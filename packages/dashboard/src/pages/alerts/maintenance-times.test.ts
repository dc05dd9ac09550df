import { describe, expect, it } from 'vitest';

import { type Schedule, windowState } from './maintenance-times.ts';

const stateAt = (schedule: Schedule, at: string) => {
  const found = windowState(schedule, Date.parse(at));
  return found && `${found.state} ${new Date(found.at).toISOString().slice(0, 16)}`;
};
const berlin = { start: '23:00', duration_minutes: 180, time_zone: 'Europe/Berlin' } as const;

describe('a window of maintenance', () => {
  it('comes once, holds, and is over', () => {
    const once: Schedule = {
      kind: 'once',
      from: '2026-01-10T10:00:00.000Z',
      to: '2026-01-10T12:00:00.000Z',
    };
    expect(stateAt(once, '2026-01-10T09:59:59.999Z')).toBe('to come 2026-01-10T10:00');
    expect(stateAt(once, '2026-01-10T10:00:00.000Z')).toBe('holds 2026-01-10T12:00');
    expect(stateAt(once, '2026-01-10T12:00:00.000Z')).toBe('over 2026-01-10T12:00');
  });

  it('comes on days of the week, and holds beyond midnight', () => {
    const saturdays: Schedule = { kind: 'weekly', days: ['sat'], ...berlin };
    expect(stateAt(saturdays, '2026-01-10T21:59:00.000Z')).toBe('to come 2026-01-10T22:00');
    expect(stateAt(saturdays, '2026-01-10T22:00:00.000Z')).toBe('holds 2026-01-11T01:00');
    expect(stateAt(saturdays, '2026-01-11T00:59:00.000Z')).toBe('holds 2026-01-11T01:00');
    expect(stateAt(saturdays, '2026-01-11T01:00:00.000Z')).toBe('to come 2026-01-17T22:00');
  });

  it('follows the walls when clocks are set forward', () => {
    const saturdays: Schedule = { kind: 'weekly', days: ['sat'], ...berlin };
    expect(stateAt(saturdays, '2026-03-22T12:00:00.000Z')).toBe('to come 2026-03-28T22:00');
    expect(stateAt(saturdays, '2026-03-29T12:00:00.000Z')).toBe('to come 2026-04-04T21:00');
  });

  it('comes on a day of the month, in months that have it', () => {
    const last: Schedule = { kind: 'monthly', day: 'last', ...berlin };
    expect(stateAt(last, '2026-02-10T12:00:00.000Z')).toBe('to come 2026-02-28T22:00');
    const thirtyFirst: Schedule = { kind: 'monthly', day: 31, ...berlin };
    expect(stateAt(thirtyFirst, '2026-02-01T12:00:00.000Z')).toBe('to come 2026-03-31T21:00');
    expect(stateAt(thirtyFirst, '2026-07-31T22:00:00.000Z')).toBe('holds 2026-08-01T00:00');
  });

  it('holds until the one that began last ends, where they overlap', () => {
    const daily: Schedule = {
      kind: 'weekly',
      days: ['mon', 'tue'],
      start: '00:00',
      duration_minutes: 2_880,
      time_zone: 'UTC',
    };
    expect(stateAt(daily, '2026-01-06T06:00:00.000Z')).toBe('holds 2026-01-08T00:00');
  });

  it('never comes when it names no day', () => {
    expect(stateAt({ kind: 'weekly', days: [], ...berlin }, '2026-01-06T06:00:00.000Z')).toBeNull();
  });
});
