import { describe, expect, it } from 'vitest';
import { formatValue, millisIn } from './metrics.ts';

describe('raptorflow metrics', () => {
  it('reads times as people write them, and says how when it cannot', () => {
    expect(['15m', '1h', '7d'].map(millisIn)).toEqual([900_000, 3_600_000, 604_800_000]);
    for (const text of ['', '0h', '1w', 'h', '-1h', '1h30m']) {
      expect(() => millisIn(text)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
    }
  });

  it('writes values in their unit', () => {
    expect(formatValue(12.3456, 'ms')).toBe('12.3 ms');
    expect(formatValue(1_400_000, 'bytes')).toBe('1.4 MB');
    expect(formatValue(250_000, 'micro_usd')).toBe('$0.25');
    expect(formatValue(0.5, '1')).toBe('0.5');
    expect(formatValue(1_234.5, 'events')).toBe('1235 events');
  });
});
