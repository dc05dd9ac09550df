import { describe, expect, it } from 'vitest';

import { axisTimes } from './time-axis.ts';

// In the zone of whoever runs the test, as the axis is in the reader's.
const second = (day: number, hour: number, minute = 0, at = 0) =>
  new Date(2026, 0, day, hour, minute, at).getTime() / 1_000;

describe('the times of an axis', () => {
  it('are of 24 hours, and name each day once', () => {
    expect(axisTimes([second(30, 22), second(30, 23), second(31, 0), second(31, 1)], 3_600)).toEqual([
      '22:00\n30 Jan',
      '23:00',
      '00:00\n31 Jan',
      '01:00',
    ]);
  });

  it('have seconds only where lines are closer than a minute', () => {
    expect(axisTimes([second(31, 14, 5), second(31, 14, 6)], 60)).toEqual(['14:05\n31 Jan', '14:06']);
    expect(axisTimes([second(31, 14, 5), second(31, 14, 5, 30)], 30)).toEqual([
      '14:05:00\n31 Jan',
      '14:05:30',
    ]);
  });

  it('are days where lines are days apart, and name each year once', () => {
    const lines = [new Date(2025, 11, 31), new Date(2026, 0, 1), new Date(2026, 0, 2)];
    expect(
      axisTimes(
        lines.map((day) => day.getTime() / 1_000),
        86_400,
      ),
    ).toEqual(['31 Dec\n2025', '1 Jan\n2026', '2 Jan']);
    expect(axisTimes([], 60)).toEqual([]);
  });
});
