import { describe, expect, it } from 'vitest';
import { sparkline } from './sparkline.ts';

describe('a sparkline', () => {
  it('rises from nothing to the largest value, with gaps where nothing was measured', () => {
    expect(sparkline([0, 1, 2, 3, 4, null, 7, 8], 80)).toBe('▁▂▃▄▅ ██');
    expect(sparkline([0, 0], 80)).toBe('▁▁');
    expect(sparkline([], 80)).toBe('');
    expect(sparkline([null, null], 80)).toBe('  ');
  });

  it('keeps peaks when there is less room than values', () => {
    expect(sparkline([0, 0, 9, 0, 0, 0, null, null], 4)).toBe('▁█▁ ');
  });

  it('measures against what is full, where that is given', () => {
    expect(sparkline([0, 49, 100, 140], 4, 100)).toBe('▁▄██');
  });
});
