import { describe, expect, it } from 'vitest';
import { formatBytes, formatDistance, formatMoney, formatTime } from './figures.ts';

describe('figures for people', () => {
  it('writes sizes in decimal units', () => {
    expect([0, 999, 1_000, 1_449_000, 250_000_000].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '1.4 MB',
      '250 MB',
    ]);
  });

  it('writes money with two digits or as many as it needs', () => {
    expect(['0.000000', '12.500000', '0.012345', '3.100000'].map(formatMoney)).toEqual([
      '$0.00',
      '$12.50',
      '$0.012345',
      '$3.10',
    ]);
    expect(formatMoney('-0.650000')).toBe('-$0.65');
  });

  it('writes times without fractions, and a dash for none', () => {
    expect(formatTime('2026-03-04T05:06:07.890Z')).toMatch(/^2026-03-0[345] \d\d:\d\d:07$/);
    expect(formatTime(null)).toBe('–');
  });

  it('writes how far a time is from now, in whole seconds', () => {
    const now = Date.parse('2026-03-04T12:00:00Z');
    const distances = ['2026-03-04T12:05:00.400Z', '2026-03-04T08:40:00Z', '2026-03-04T12:00:00.400Z', null];
    expect(distances.map((each) => formatDistance(each, now))).toEqual(['in 5m', '3h 20m ago', 'now', '–']);
  });
});
