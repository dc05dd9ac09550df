import { z } from 'zod';
import { isRaptorFlowError, parseOptions, RaptorFlowError } from '../../../kernel/index.ts';
import { notEnough, type NotEnoughData } from '../profile.ts';
import { detectSeason } from '../season.ts';
import type { UsagePoint } from '../usage.ts';
import { choose, type Comparison } from './choice.ts';
import { exhaustionOf, type Exhaustion } from './exhaustion.ts';
import { gridOf, isKnown } from './grid.ts';
import { holtWinters } from './holt-winters.ts';
import type { CapacityPoint, ForecastMethod, ForecastMethodName } from './method.ts';
import { loadMstlEts } from './mstl-ets.ts';
import { naive, seasonalNaive } from './naive.ts';

/** What is asked of a capacity forecast. */
export interface CapacityForecastOptions {
  /** Steps ahead, at the distance of the points; 1 to 10,000. */
  readonly horizon: number;
  /**
   * The length of the season, milliseconds; null where nothing repeats. By default it is looked for, a day and a week first of all. The points
   * must cover it twice.
   */
  readonly seasonMs?: number | null;
  /** The share of future values that the interval is to hold, 0.5 to 0.999. Default 0.95. */
  readonly coverage?: number;
  /** What the usage must not reach; then the forecast says when it will. */
  readonly limit?: number;
  /**
   * The methods that are compared. Default: all that the series allows; `mstl_ets` only where the optional package @bsull/augurs is installed. Named
   * here it is needed, and its absence rejects with `missing_dependency`.
   */
  readonly methods?: readonly ForecastMethodName[];
}

/** A forecast, how it was made and how good the same method was on values that it did not know. */
export interface CapacityForecast {
  readonly status: 'forecast';
  readonly method: ForecastMethodName;
  /** Null where no season shows. */
  readonly seasonMs: number | null;
  readonly stepMs: number;
  readonly samples: number;
  readonly coverage: number;
  readonly points: readonly CapacityPoint[];
  /** All methods that were tried on held-out values, from the simplest on; empty where there were too few for that. */
  readonly comparison: readonly Comparison[];
  /** What the method's own interval was multiplied by to hold what it promises on the held-out values. */
  readonly intervalScale: number;
  /** Null where no limit was given. */
  readonly exhaustion: Exhaustion | null;
}

const dayMs = 86_400_000;
const expectedSeasonsMs = [dayMs, 7 * dayMs] as const;
/** Without a season there are this many values at least. */
const samplesMin = 30;
const names = ['naive', 'seasonal_naive', 'holt_winters', 'mstl_ets'] as const;

const optionsSchema = z.strictObject({
  horizon: z.int().min(1).max(10_000),
  seasonMs: z.number().positive().nullable().optional(),
  coverage: z.number().min(0.5).max(0.999).default(0.95),
  limit: z.number().optional(),
  methods: z.array(z.enum(names)).min(1).readonly().optional(),
});

/**
 * Forecasts a usage: the last value or that of a season ago, Holt-Winters, and MSTL with ETS where the optional package is installed, are compared on
 * values that were held out, and the simplest of those that are nearly as good as the best is taken. The interval is scaled until it would have held
 * what it promises. With fewer than two seasons the answer is `not_enough_data` and how many samples are missing, never a guess.
 *
 * Points are in the order of time and evenly spaced, give or take gaps; up to 20,000 steps, of which older ones are left out. The event
 * loop gets its turn after each trial; see `docs/decisions/forecast-by-comparison.md`. Rejects with `invalid_options`, `invalid_input` for points out of order, and
 * `missing_dependency`.
 */
export async function forecastCapacity(
  points: readonly UsagePoint[],
  options: CapacityForecastOptions,
): Promise<CapacityForecast | NotEnoughData> {
  const { horizon, coverage, limit, seasonMs, methods } = parseOptions(
    'forecastCapacity',
    optionsSchema,
    options,
  );
  const grid = gridOf(points);
  if (grid === null) return notEnough(points.filter(isKnown).length, samplesMin);
  const { values, samples, stepMs, lastAt } = grid;
  const expected = seasonMs === undefined ? expectedSeasonsMs : seasonMs === null ? [] : [seasonMs];
  const seasons = expected.map((each) => Math.round(each / stepMs)).filter((steps) => steps >= 2);
  const shortest = seasons.length === 0 ? 0 : Math.min(...seasons);
  const needed = Math.max(samplesMin, 2 * shortest);
  // Gaps are forgiven up to a tenth, the length is not.
  if (values.length < needed || samples < Math.max(samplesMin, 0.9 * needed)) {
    return notEnough(Math.min(samples, values.length), needed);
  }
  const season = seasonMs === undefined ? detectSeason(values, seasons) : shortest;
  const tried = await methodsFor(season, methods);
  const parts = seasons.filter((steps) => steps < season && season % steps === 0);
  const chosen = await choose(values, season > 0 ? [...parts, season] : [], horizon, coverage, tried);
  const ahead: CapacityPoint[] = Array.from({ length: horizon }, (_, step) => {
    const [value, half] = [chosen.path.values[step] ?? 0, chosen.path.halves[step] ?? 0];
    return { at: lastAt + (step + 1) * stepMs, value, low: value - half, high: value + half };
  });
  return {
    status: 'forecast',
    method: chosen.method,
    seasonMs: season === 0 ? null : season * stepMs,
    stepMs,
    samples,
    coverage,
    points: ahead,
    comparison: chosen.comparison,
    intervalScale: chosen.scale,
    exhaustion: limit === undefined ? null : exhaustionOf(limit, grid, ahead),
  };
}

async function methodsFor(
  season: number,
  asked: readonly ForecastMethodName[] | undefined,
): Promise<readonly ForecastMethod[]> {
  const simple = season > 0 ? [seasonalNaive, holtWinters] : [naive, holtWinters];
  const wanted = simple.filter(({ name }) => asked === undefined || asked.includes(name));
  if (season > 0 && (asked === undefined || asked.includes('mstl_ets'))) {
    const mstl = await loadMstlEts().catch((error: unknown) => {
      if (asked === undefined && isRaptorFlowError(error, 'missing_dependency')) return null;
      throw error;
    });
    if (mstl !== null) wanted.push(mstl);
  }
  if (wanted.length > 0) return wanted;
  throw new RaptorFlowError(
    'invalid_options',
    season > 0
      ? 'The series has a season; name seasonal_naive, holt_winters or mstl_ets among the methods.'
      : 'The series has no season; name naive or holt_winters among the methods.',
    { details: { season, methods: asked } },
  );
}
