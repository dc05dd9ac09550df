import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseSpan, spanText } from './span.ts';
import { formatSpan } from './time.ts';

describe('a span of time', () => {
  it('is read as people type it', () => {
    expect(['90', '90 s', '5 min', '5m', '1 h 30 min', '2d', '1 w', '0', '0.5 h'].map(parseSpan)).toEqual([
      90, 90, 300, 300, 5_400, 172_800, 604_800, 0, 1_800,
    ]);
  });

  it('is written in parts, none of them zero', () => {
    expect([0, 90, 5_400, 604_800, 90_061].map(spanText)).toEqual([
      '0 s',
      '1 min 30 s',
      '1 h 30 min',
      '7 d',
      '1 d 1 h 1 min 1 s',
    ]);
  });

  it('is nothing else', () => {
    for (const bad of ['', 'soon', '5 x', '-1', '1 h 30', '1e3', 'min']) expect(parseSpan(bad)).toBeNull();
  });

  it('is read back as it was written', () => {
    assert(
      property(integer({ min: 0, max: 10_000_000 }), (value) => {
        expect(parseSpan(formatSpan(value))).toBe(value);
        expect(parseSpan(spanText(value))).toBe(value);
      }),
    );
  });
});
