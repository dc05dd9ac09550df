import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { seededRandom, systemClock } from '../../../kernel/index.ts';
import { beginning, hourMs, normal, pointsOf, type Generator } from '../testing/generated.ts';
import type { UsagePoint } from '../usage.ts';
import { forecastCapacity, type CapacityForecast, type CapacityForecastOptions } from './capacity.ts';

const dayMs = 24 * hourMs;
const twoWeeks = 14 * 24;
const ahead = 48;
const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

/** The stated generator: a trend, a day of two waves, and noise of about 1 %. */
function usage(seed: number): Generator {
  const draw = normal(seededRandom(seed));
  return (hour) => {
    const angle = (2 * Math.PI * hour) / 24;
    return 200 + 0.1 * hour + 40 * Math.sin(angle) + 10 * Math.sin(2 * angle) + 2 * draw();
  };
}

async function made(
  points: readonly UsagePoint[],
  options: CapacityForecastOptions,
): Promise<CapacityForecast> {
  const found = await forecastCapacity(points, options);
  expect(found.status).toBe('forecast');
  return found as CapacityForecast;
}

const middleOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

describe('a capacity forecast', () => {
  test('of two weeks by the hour is at most 1.5 % wrong two days ahead in the median of 20 seeds, and its interval holds 90 to 98 %', async ({
    annotate,
  }) => {
    const errors: number[] = [];
    const times: number[] = [];
    let inside = 0;
    for (const seed of seeds) {
      const generator = usage(seed);
      const points = pointsOf(generator, twoWeeks);
      const begunAt = systemClock.monotonic();
      const found = await made(points, { horizon: ahead });
      times.push(systemClock.monotonic() - begunAt);
      expect(found.seasonMs).toBe(dayMs);
      let error = 0;
      for (const [step, { at, value, low, high }] of found.points.entries()) {
        const truth = generator(twoWeeks + step);
        expect(at).toBe(beginning + (twoWeeks + 1 + step) * hourMs);
        error += Math.abs(value - truth) / truth / ahead;
        if (truth >= low && truth <= high) inside += 1;
      }
      errors.push(error);
    }
    const covered = inside / (seeds.length * ahead);
    await annotate(
      `error ${(100 * middleOf(errors)).toFixed(2)} %, interval ${(100 * covered).toFixed(1)} %, ${middleOf(times).toFixed(1)} ms`,
    );
    expect(middleOf(errors)).toBeLessThanOrEqual(0.015);
    expect(covered).toBeGreaterThanOrEqual(0.9);
    expect(covered).toBeLessThanOrEqual(0.98);
    // The fastest of many, and twice the target: the test shares its processors with others; the benchmark measures the figure.
    expect(Math.min(...times)).toBeLessThan(50);
  });

  test('compares all methods on values that they do not know, and takes the simplest of the good ones', async () => {
    const { method, comparison } = await made(pointsOf(usage(1), twoWeeks), { horizon: ahead });
    expect(comparison.map((each) => each.method)).toEqual(['seasonal_naive', 'holt_winters', 'mstl_ets']);
    expect(comparison.filter(({ taken }) => taken).map((each) => each.method)).toEqual([method]);
    const errorOf = (name: string): number => comparison.find((each) => each.method === name)?.error ?? 0;
    expect(method).toBe('holt_winters');
    expect(errorOf('holt_winters')).toBeLessThan(0.9 * errorOf('seasonal_naive'));

    const same = await made(
      pointsOf((hour) => 100 + 50 * Math.sin((2 * Math.PI * hour) / 24), twoWeeks),
      { horizon: ahead },
    );
    expect(same.method).toBe('seasonal_naive');
    const flat = await made(
      pointsOf(() => 7, twoWeeks),
      { horizon: 3 },
    );
    expect(flat).toMatchObject({ method: 'naive', seasonMs: null });
    expect(flat.points.map(({ value, low, high }) => [value, low, high])).toEqual(
      Array.from({ length: 3 }, () => [7, 7, 7]),
    );
  });

  test('is made by MSTL when that is asked for by name', async () => {
    const { method, seasonMs } = await made(pointsOf(usage(2), twoWeeks), {
      horizon: ahead,
      methods: ['mstl_ets'],
    });
    expect([method, seasonMs]).toEqual(['mstl_ets', dayMs]);
  });

  test('finds a season that nobody named, and believes one that was', async () => {
    const draw = normal(seededRandom(5));
    const tide = (hour: number): number => 50 + 20 * Math.sin((2 * Math.PI * hour) / 31) + draw();
    const found = await made(pointsOf(tide, 400), { horizon: 62 });
    expect(found.seasonMs).toBe(31 * hourMs);
    for (const [step, { value }] of found.points.entries()) {
      expect(Math.abs(value - 50 - 20 * Math.sin((2 * Math.PI * (400 + step)) / 31))).toBeLessThan(5);
    }
    const named = await made(pointsOf(tide, 400), { horizon: 5, seasonMs: 7 * hourMs });
    expect(named.seasonMs).toBe(7 * hourMs);
  });

  test('says not enough data below two seasons, and how many samples are missing', async () => {
    const points = (hours: number): UsagePoint[] => pointsOf(usage(1), hours);
    expect(await forecastCapacity(points(40), { horizon: 5 })).toEqual({
      status: 'not_enough_data',
      samples: 40,
      needed: 48,
      missing: 8,
    });
    const week = { horizon: 5, seasonMs: 7 * dayMs };
    expect(await forecastCapacity(points(300), week)).toMatchObject({ needed: 336, missing: 36 });
    expect(await forecastCapacity(points(29), { horizon: 5, seasonMs: null })).toMatchObject({ missing: 1 });
    expect(await forecastCapacity([], { horizon: 5 })).toMatchObject({ samples: 0, missing: 30 });
    const young = points(336).map((point, index) => (index < 335 ? { ...point, value: null } : point));
    expect(await forecastCapacity(young, { horizon: 5 })).toMatchObject({ samples: 1, missing: 29 });
    const exactly = await made(points(48), { horizon: 5, methods: ['seasonal_naive'] });
    expect(exactly).toMatchObject({ method: 'seasonal_naive', comparison: [] });
    const holes = points(336).map((point, index) => (index % 7 === 0 ? point : { ...point, value: null }));
    expect(await forecastCapacity(holes, week)).toMatchObject({ status: 'not_enough_data', samples: 48 });
  });

  test('bridges gaps and ends at the last value', async () => {
    const points = pointsOf(usage(3), twoWeeks, 0.05, 9);
    const found = await made([...points, { at: beginning + 400 * hourMs, value: null }], { horizon: ahead });
    const lastAt = points.findLast(({ value }) => value !== null)?.at ?? 0;
    expect(found.points[0]?.at).toBe(lastAt + hourMs);
    const truth = usage(99);
    const errors = found.points.map(({ at, value }) =>
      Math.abs(value - truth(Math.round((at - beginning) / hourMs) - 1)),
    );
    expect(middleOf(errors)).toBeLessThan(6);
  });

  test('refuses points out of order, wrong options, and methods that do not fit the series', async () => {
    const points = pointsOf(usage(1), twoWeeks);
    const code = (name: string): unknown => expect.objectContaining({ code: name });
    await expect(forecastCapacity(points.toReversed(), { horizon: 1 })).rejects.toEqual(
      code('invalid_input'),
    );
    await expect(forecastCapacity(points, { horizon: 0 })).rejects.toEqual(code('invalid_options'));
    await expect(forecastCapacity(points, { horizon: 1, methods: ['naive'] })).rejects.toEqual(
      code('invalid_options'),
    );
  });
});

describe('the time until a limit is reached', () => {
  test('is right within a tenth in the median, with an interval around it', async ({ annotate }) => {
    const errors: number[] = [];
    let held = 0;
    for (const seed of seeds) {
      const draw = normal(seededRandom(seed));
      const truth = (hour: number): number => 300 + 0.5 * hour + 20 * Math.sin((2 * Math.PI * hour) / 24);
      const limit = 300 + 0.5 * (twoWeeks + 120) + 15;
      let reached = twoWeeks;
      while (truth(reached) < limit) reached += 1;
      const { exhaustion } = await made(
        pointsOf((hour) => truth(hour) + 3 * draw(), twoWeeks),
        { horizon: 14 * 24, limit },
      );
      const { at, earliest, latest, remainingMs } = exhaustion ?? {};
      errors.push(
        Math.abs((remainingMs ?? 0) / hourMs - (reached - twoWeeks + 1)) / (reached - twoWeeks + 1),
      );
      expect(earliest ?? Infinity).toBeLessThanOrEqual(at ?? 0);
      expect(latest ?? Infinity).toBeGreaterThanOrEqual(at ?? 0);
      const when = beginning + (reached + 1) * hourMs;
      if ((earliest ?? Infinity) <= when && (latest ?? Infinity) >= when) held += 1;
    }
    await annotate(`error ${(100 * middleOf(errors)).toFixed(1)} %, within the interval ${held} of 20`);
    expect(middleOf(errors)).toBeLessThanOrEqual(0.1);
    expect(held).toBeGreaterThanOrEqual(18);
  });

  test('is now when it is reached already, and nothing beyond the horizon', async () => {
    const points = pointsOf((hour) => 100 + hour, 100);
    const lastAt = points.at(-1)?.at;
    expect((await made(points, { horizon: 5, limit: 150 })).exhaustion).toMatchObject({
      at: lastAt,
      remainingMs: 0,
    });
    expect((await made(points, { horizon: 5, limit: 500 })).exhaustion).toMatchObject({
      at: null,
      latest: null,
      remainingMs: null,
    });
    expect((await made(points, { horizon: 5 })).exhaustion).toBeNull();
  });
});

describe('a forecast of a real series', () => {
  const { hourly } = JSON.parse(
    readFileSync(new URL('../../../../test/fixtures/taxi-passengers/hourly.json', import.meta.url), 'utf8'),
  ) as { hourly: number[] };

  test('of taxi passengers is at most 8 % wrong in the median of 14 origins, and its interval holds what it promises', async ({
    annotate,
  }) => {
    const shares: number[] = [];
    let inside = 0;
    let all = 0;
    for (let day = 0; (day + 30) * 24 <= hourly.length; day += 2) {
      const known = hourly.slice(day * 24, (day + 28) * 24);
      const points = known.map((value, hour) => ({ at: beginning + hour * hourMs, value }));
      const found = await made(points, { horizon: ahead });
      expect(found.seasonMs).toBe(7 * dayMs);
      let [miss, size] = [0, 0];
      for (const [step, { value, low, high }] of found.points.entries()) {
        const truth = hourly[(day + 28) * 24 + step] ?? Number.NaN;
        miss += Math.abs(value - truth);
        size += truth;
        all += 1;
        if (truth >= low && truth <= high) inside += 1;
      }
      shares.push(miss / size);
    }
    await annotate(
      `error ${(100 * middleOf(shares)).toFixed(1)} % over ${shares.length} origins, interval ${((100 * inside) / all).toFixed(1)} %`,
    );
    expect(middleOf(shares)).toBeLessThan(0.08);
    expect(inside / all).toBeGreaterThanOrEqual(0.88);
  });
});
