import { describe, expect, it } from 'vitest';

import { boundText, columnsOf, describeChart, valueAt } from './chart-data.ts';

const fast = {
  label: 'fast',
  points: [
    [1_000, 1],
    [2_000, null],
    [3_000, 3],
  ] as const,
};
const slow = {
  label: 'slow',
  points: [
    [2_000, 20],
    [4_000, 40],
  ] as const,
};

describe('a chart', () => {
  it('lays all series over one axis of time, with gaps where nothing was measured', () => {
    expect(columnsOf([fast, slow])).toEqual([
      [1, 2, 3, 4],
      [1, null, 3, null],
      [null, 20, null, 40],
    ]);
    expect(columnsOf([])).toEqual([[]]);
  });

  it('reads values at a moment, and the last one without', () => {
    expect([valueAt(fast, 1_000), valueAt(fast, 2_000), valueAt(fast, 9_000)]).toEqual([1, null, null]);
    expect([valueAt(fast, null), valueAt({ label: 'none', points: [] }, null)]).toEqual([3, null]);
  });

  it('says how wrong a value can be', () => {
    expect([0.00775, 0, null, undefined, Infinity].map(boundText)).toEqual([
      '±0.8 %',
      '',
      '',
      '',
      'out of range',
    ]);
  });

  it('is told in words', () => {
    const words = describeChart('Delay', [fast, { label: 'none', points: [] }], (value) => `${value} ms`);
    expect(words).toBe('Delay. fast: now 3 ms, between 1 ms and 3 ms; none: no data');
    expect(describeChart('Delay', [], String)).toBe('Delay: no data');
    expect(describeChart('Delay', [{ ...slow, kind: 'expected' }], String)).toBe(
      'Delay. slow: at the end 40, between 20 and 40',
    );
  });
});
