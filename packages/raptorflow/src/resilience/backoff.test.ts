import { describe, expect, test } from 'vitest';
import { seededRandom } from '../kernel/index.ts';
import { exponentialBackoff } from './backoff.ts';

describe('exponentialBackoff', () => {
  test('doubles from the base up to the cap, and gives up after the last retry', () => {
    const backoff = exponentialBackoff({ baseMs: 100, capMs: 500, jitter: 'none', retriesMax: 4 });
    expect([1, 2, 3, 4, 5].map((retry) => backoff.delayMs(retry))).toEqual([100, 200, 400, 500, undefined]);
  });

  test('spreads waits evenly between nothing and the whole wait', () => {
    const backoff = exponentialBackoff({ baseMs: 1_000, retriesMax: 1 }, { random: seededRandom(7) });
    const waits = Array.from({ length: 2_000 }, () => backoff.delayMs(1) ?? -1);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...waits)).toBeLessThan(1_000);
    expect(waits.reduce((sum, wait) => sum + wait, 0) / waits.length).toBeCloseTo(500, -2);
  });

  test('refuses options that make no sense', () => {
    expect(() => exponentialBackoff({ factor: 0.5 })).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    );
  });
});
