import { describe, expect, it } from 'vitest';

import { formatAgo, formatClock, formatDay, formatDuration, formatMonth, formatSpan } from './time.ts';

const start = '2026-01-31T12:00:00.120Z';
const at = (seconds: number) => Date.parse(start) + seconds * 1000;

describe('durations', () => {
  it('use the unit that reads best', () => {
    expect([0.4, 340, 4_200, 59_960, 185_000, 7_800_000, 273_600_000].map(formatDuration)).toEqual([
      '<1 ms',
      '340 ms',
      '4.2 s',
      '1 min 00 s',
      '3 min 05 s',
      '2 h 10 min',
      '3 d 4 h',
    ]);
  });

  it('say configured spans in their own unit', () => {
    expect([60, 90, 3600, 604_800].map(formatSpan)).toEqual(['1 min', '90 s', '1 h', '7 d']);
  });
});

describe('moments', () => {
  it('are told from now backwards', () => {
    expect([0, 12, 305, 10_800, 172_800].map((seconds) => formatAgo(start, at(seconds)))).toEqual([
      'just now',
      '12 s ago',
      '5 min ago',
      '3 h ago',
      '2 d ago',
    ]);
    expect(formatAgo(start, at(8 * 86_400))).toBe('31 Jan 2026');
  });

  it('show hours, minutes, seconds and milliseconds', () => {
    expect(formatClock(start)).toMatch(/^\d{2}:\d{2}:00\.120$/u);
  });

  it('keep a calendar day and month whatever the zone', () => {
    expect(formatDay('2026-01-31')).toBe('Sat 31 Jan');
    expect(formatDay('2027-03-31', { year: true })).toBe('Wed 31 Mar 2027');
    expect(formatMonth('2026-01')).toBe('January 2026');
  });
});
