import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './index.ts';

describe('parseDuration', () => {
  it('adds up numbers with units', () => {
    expect(parseDuration('1h30m')).toBe(5_400_000);
    expect(parseDuration('1.5s 20ms')).toBe(1_520);
    expect(parseDuration(' 7d ')).toBe(604_800_000);
    expect(parseDuration(250)).toBe(250);
  });

  it('refuses anything else with the way to write it', () => {
    for (const bad of ['', '5', 'm', '5 parsecs', '1h-', '-5s', Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      expect(() => parseDuration(bad)).toThrow('write a number of milliseconds');
    }
  });
});

describe('formatDuration', () => {
  it('writes at most two units', () => {
    expect([0.25, 12, 999, 2_500, 61_000, 5_400_000, 90_061_000].map(formatDuration)).toEqual([
      '0.3ms',
      '12ms',
      '999ms',
      '2.5s',
      '1m 1s',
      '1h 30m',
      '1d 1h',
    ]);
  });

  it('is read back by parseDuration to within its smaller unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 * 86_400_000 }), (ms) => {
        const back = parseDuration(formatDuration(ms));
        const tolerance = ms < 60_000 ? 50 : ms < 3_600_000 ? 500 : ms < 86_400_000 ? 60_000 : 3_600_000;
        expect(Math.abs(back - ms)).toBeLessThanOrEqual(tolerance);
      }),
    );
  });
});
