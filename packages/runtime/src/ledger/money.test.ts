import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatUsd, parseUsd } from './money.ts';

describe('amounts', () => {
  test('are written with six digits and read back', () => {
    expect(formatUsd(12_345)).toBe('0.012345');
    expect(formatUsd(10_000_000)).toBe('10.000000');
    expect(parseUsd('10')).toBe(10_000_000);
    expect(parseUsd(0.5)).toBe(500_000);
    expect(parseUsd('0.0000001')).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(), (micro) => {
        expect(parseUsd(formatUsd(micro))).toBe(micro);
      }),
    );
  });
});
