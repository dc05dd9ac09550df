import { describe, expect, it } from 'vitest';

import { countOf, formatBytes, formatCount, formatPercent, formatRate } from './number.ts';

describe('numbers', () => {
  it('are exact until they no longer fit', () => {
    expect(formatCount(0)).toBe('0');
    expect(formatCount(48_213)).toBe('48,213');
    expect(formatCount(1_204_331)).toBe('1.2M');
  });

  it('agree with their noun', () => {
    expect(countOf(1, 'run')).toBe('1 run');
    expect(countOf(0, 'run')).toBe('0 runs');
    expect(countOf(2, 'entry', 'entries')).toBe('2 entries');
  });

  it('carry their unit', () => {
    expect(formatBytes(7)).toBe('7 B');
    expect(formatBytes(4321)).toBe('4.3 KB');
    expect(formatBytes(5_000_000)).toBe('5.0 MB');
    expect(formatRate(0)).toBe('0/s');
    expect(formatRate(0.01)).toBe('<0.1/s');
    expect(formatRate(1.44)).toBe('1.4/s');
    expect(formatRate(1234)).toBe('1,234/s');
    expect(formatPercent(0.42)).toBe('42 %');
    expect(formatPercent(0.004)).toBe('0.4 %');
  });
});
