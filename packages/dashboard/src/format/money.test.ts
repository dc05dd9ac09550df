import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatMoney, microsOf, parseMoney, shareOf, wireMoney } from './money.ts';

describe('money', () => {
  it('is read from the wire and written back without loss', () => {
    assert(
      property(
        integer({ min: 0, max: 9_000_000_000_000 }),
        (micros) => microsOf(wireMoney(micros)) === micros,
      ),
    );
  });

  it('never shows something spent as nothing', () => {
    expect(formatMoney('0.000000')).toBe('$0');
    expect(formatMoney('0.000001')).toBe('$0.000001');
    expect(formatMoney('0.003400')).toBe('$0.0034');
    expect(formatMoney('0.184213')).toBe('$0.1842');
    expect(formatMoney('12.500000')).toBe('$12.50');
    expect(formatMoney('12345.678901')).toBe('$12,345.68');
  });

  it('may be less than nothing, where something was given back', () => {
    expect(microsOf('-0.600000')).toBe(-600_000);
    expect(formatMoney('-0.600000')).toBe('−$0.60');
  });

  it('is read from what people type', () => {
    expect(parseMoney('12')).toBe('12.000000');
    expect(parseMoney(' $1,250.5 ')).toBe('1250.500000');
    for (const bad of ['', 'ten', '-1', '1.2345678', '1e3']) expect(parseMoney(bad)).toBeNull();
  });

  it('knows its share of a whole, also of nothing', () => {
    expect(shareOf('2.500000', '10.000000')).toBe(0.25);
    expect(shareOf('12.000000', '10.000000')).toBe(1);
    expect(shareOf('1.000000', '0.000000')).toBe(0);
  });
});
