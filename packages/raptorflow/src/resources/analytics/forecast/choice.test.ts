import { describe, expect, test } from 'vitest';
import { choose } from './choice.ts';
import type { ForecastMethod, ForecastMethodName } from './method.ts';

/** Level values, of which a method foretells so much too little or too much in turn. */
const values = new Float64Array(100).fill(10);

function wrongBy(
  name: ForecastMethodName,
  miss: number,
  half = 1,
  atOrigin = (_known: number) => miss,
): ForecastMethod {
  return {
    name,
    ahead: ({ length }, _seasons, horizon) => ({
      values: Float64Array.from(
        { length: horizon },
        (_, step) => 10 + (step % 2 === 0 ? 1 : -1) * atOrigin(length),
      ),
      halves: new Float64Array(horizon).fill(half),
    }),
  };
}

const failing: ForecastMethod = {
  name: 'holt_winters',
  ahead: () => {
    throw new RangeError('too hard');
  },
};

const taken = async (...methods: ForecastMethod[]): Promise<string> =>
  (await choose(values, [], 10, 0.95, methods)).method;

describe('the choice of a method', () => {
  test('is the simpler one unless the other is better by a tenth', async () => {
    expect(await taken(wrongBy('naive', 1), wrongBy('holt_winters', 0.95))).toBe('naive');
    expect(await taken(wrongBy('naive', 1), wrongBy('holt_winters', 0.85))).toBe('holt_winters');
    expect(await taken(wrongBy('naive', 1e-12), wrongBy('holt_winters', 0))).toBe('naive');
  });

  test('tries the elaborate one from the two newest origins, and compares it there only', async () => {
    const early = (known: number): number => (known >= 80 ? 2 : 0);
    const simple = wrongBy('naive', 0, 1, early);
    const { method, comparison } = await choose(values, [], 10, 0.95, [simple, wrongBy('mstl_ets', 1)]);
    expect(comparison.map(({ origins }) => origins)).toEqual([6, 2]);
    expect(comparison[0]?.error).toBeLessThan(1);
    expect(method).toBe('mstl_ets');
  });

  test('passes over a method that fails, and says so', async () => {
    const { method, comparison } = await choose(values, [], 10, 0.95, [wrongBy('naive', 1), failing]);
    expect([method, comparison[1]]).toEqual([
      'naive',
      { method: 'holt_winters', origins: 0, error: null, errorShare: null, taken: false },
    ]);
    expect(await taken(failing, wrongBy('mstl_ets', 5))).toBe('mstl_ets');
  });

  test('scales the interval to what the held-out values needed, within bounds', async () => {
    const scaleOf = async (miss: number): Promise<number> =>
      (await choose(values, [], 10, 0.95, [wrongBy('naive', miss)])).scale;
    expect(await scaleOf(2)).toBeCloseTo(2, 9);
    expect(await scaleOf(50)).toBe(3);
    expect(await scaleOf(0.1)).toBe(0.8);
    const { path } = await choose(values, [], 10, 0.95, [wrongBy('naive', 2)]);
    expect(path.halves[0]).toBeCloseTo(2, 9);
  });

  test('is the simplest, with its own interval, where there is nothing to hold out', async () => {
    const short = values.subarray(0, 14);
    const found = await choose(short, [7], 10, 0.95, [
      wrongBy('seasonal_naive', 5),
      wrongBy('holt_winters', 0),
    ]);
    expect(found).toMatchObject({ method: 'seasonal_naive', scale: 1, comparison: [] });
  });
});
