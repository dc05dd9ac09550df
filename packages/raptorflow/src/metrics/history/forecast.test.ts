import { describe, expect, test } from 'vitest';
import { seededRandom, systemClock } from '../../kernel/index.ts';
import { forecast, type ForecastInput } from './forecast.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 5);

/** Hourly values with two waves a day, a trend and noise, as monitoring sees them. */
function daily(seed: number): (index: number) => number {
  const random = seededRandom(seed);
  return (index) => {
    const noise = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    const angle = (2 * Math.PI * index) / 24;
    return 100 + 0.1 * index + 30 * Math.sin(angle) + 10 * Math.sin(2 * angle) + 3 * noise;
  };
}

const series = (length: number, valueAt: (index: number) => number | null, stepMs = hour): ForecastInput[] =>
  Array.from({ length }, (_, index) => ({ at: start + index * stepMs, value: valueAt(index) }));

describe('a forecast', () => {
  test('of two weeks by the hour is at most 4 % wrong over two days, and its interval holds what it promises', () => {
    const errors: number[] = [];
    let [inside, all] = [0, 0];
    for (let seed = 1; seed <= 20; seed += 1) {
      const valueAt = daily(seed);
      const found = forecast(series(14 * 24, valueAt), { horizon: 48 });
      expect(found).toMatchObject({ seasonMs: 24 * hour, stepMs: hour });
      let error = 0;
      for (const [index, { at, value, low, high }] of found.points.entries()) {
        const truth = valueAt(14 * 24 + index);
        expect(at).toBe(start + (14 * 24 + index) * hour);
        error += Math.abs(value - truth) / truth / 48;
        all += 1;
        if (truth >= low && truth <= high) inside += 1;
      }
      errors.push(error);
    }
    expect(Math.max(...errors)).toBeLessThan(0.04);
    expect(inside / all).toBeGreaterThan(0.9);
    expect(inside / all).toBeLessThan(0.98);
  });

  test('takes about a millisecond', () => {
    const points = series(14 * 24, daily(3));
    const times: number[] = [];
    for (let round = 0; round < 30; round += 1) {
      const begunAt = systemClock.monotonic();
      forecast(points, { horizon: 48 });
      times.push(systemClock.monotonic() - begunAt);
    }
    // The fastest of many: the test shares its processors with others.
    expect(Math.min(...times)).toBeLessThan(2);
  });

  test('is level and trend where the data does not cover a season twice', () => {
    const found = forecast(
      series(30, (index) => 10 + 2 * index),
      { horizon: 5 },
    );
    expect(found.seasonMs).toBeNull();
    for (const [index, { value }] of found.points.entries())
      expect(value).toBeCloseTo(10 + 2 * (30 + index), 6);
  });

  test('prefers the week where days differ, and level and trend where nothing repeats', () => {
    const weekly = (index: number): number =>
      (Math.floor(index / 24) % 7 >= 5 ? 20 : 100) + 10 * Math.sin((2 * Math.PI * index) / 24);
    const random = seededRandom(9);
    const found = forecast(
      series(6 * 7 * 24, (index) => weekly(index) + random.next()),
      { horizon: 7 * 24 },
    );
    expect(found.seasonMs).toBe(7 * 24 * hour);
    for (const [index, { value }] of found.points.entries()) {
      expect(Math.abs(value - weekly(6 * 7 * 24 + index) - 0.5)).toBeLessThan(2);
    }
    let walk = 0;
    const wandering = forecast(
      series(14 * 24, () => (walk += random.next() - 0.5)),
      { horizon: 1 },
    );
    expect(wandering.seasonMs).toBeNull();
  });

  test('bridges gaps, and its interval widens with the distance', () => {
    const valueAt = daily(4);
    const found = forecast(
      series(14 * 24, (index) => (index % 10 === 3 ? null : valueAt(index))),
      { horizon: 200 },
    );
    const widths = found.points.map(({ low, high }) => high - low);
    expect(widths.every((width, index) => index === 0 || width >= (widths[index - 1] ?? 0) - 1e-9)).toBe(
      true,
    );
    expect(found.seasonMs).toBe(24 * hour);
    let level = 50;
    const random = seededRandom(1);
    const steps = forecast(
      series(200, () => (level += random.next() - 0.5)),
      { horizon: 20 },
    );
    const first = steps.points[0];
    const last = steps.points.at(-1);
    expect((last?.high ?? 0) - (last?.low ?? 0)).toBeGreaterThan(
      2 * ((first?.high ?? 0) - (first?.low ?? 0)),
    );
  });

  test('refuses too little data, points out of order and wrong options', () => {
    const refused = expect.objectContaining({ code: 'invalid_input' });
    const good = series(10, (index) => index);
    expect(() => forecast(good.slice(0, 3), { horizon: 1 })).toThrow(refused);
    expect(() => forecast(good.toReversed(), { horizon: 1 })).toThrow(refused);
    expect(() => forecast(good, { horizon: 0 })).toThrow(refused);
    expect(() => forecast(good, { horizon: 1, coverage: 1 })).toThrow(refused);
  });
});
