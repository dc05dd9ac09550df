import { RaptorFlowError } from '../../kernel/index.ts';
import { fit, type Fit, type Model } from './smoothing.ts';

/** A moment and what was measured then; null when nothing was. */
export interface ForecastInput {
  readonly at: number;
  readonly value: number | null;
}

/** What is asked of a forecast. */
export interface ForecastOptions {
  /**
   * The length of the season, or several of which the best is taken; milliseconds. Seasons that the data does not cover twice are left out;
   * without any the forecast is level and trend. Default: a day and a week.
   */
  readonly seasonMs?: number | readonly number[];
  /** How many steps ahead, 1 to 10,000. */
  readonly horizon: number;
  /** The share of future values that the interval is to hold, 0.5 to 0.999. Default 0.95. */
  readonly coverage?: number;
}

/** One step ahead. */
export interface ForecastPoint {
  readonly at: number;
  readonly value: number;
  /** The interval that holds the true value with the coverage that was asked for, if the errors are like those of the past. */
  readonly low: number;
  readonly high: number;
}

/** A forecast and what it rests on. */
export interface Forecast {
  readonly points: readonly ForecastPoint[];
  /** The season that was found best; null for level and trend alone. */
  readonly seasonMs: number | null;
  /** The distance of the steps, taken from the data. */
  readonly stepMs: number;
  /** Weights of the newest error on level, trend and season, between 0 and 1. */
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  /** The standard deviation of the errors one step ahead. */
  readonly sigma: number;
}

const day = 86_400_000;
const defaultSeasons = [day, 7 * day] as const;
const inputMin = 4;
const inputMax = 100_000;
const horizonMax = 10_000;
const coverageByDefault = 0.95;

/**
 * Forecasts a series by additive exponential smoothing: level, trend and, where the data shows one, a season (Holt 1957, Winters 1960). The weights are
 * those with the smallest squared errors one step ahead, and the interval follows Hyndman, Koehler, Ord and Snyder, "Forecasting with
 * Exponential Smoothing", 2008. Steps without a value are bridged by the forecast itself.
 *
 * Points are in the order of time and evenly spaced, give or take gaps. Throws `invalid_input` for fewer than 4 values, more than 100,000 steps and
 * a horizon out of range.
 */
export function forecast(points: readonly ForecastInput[], options: ForecastOptions): Forecast {
  const { horizon, coverage = coverageByDefault } = options;
  if (!Number.isInteger(horizon) || horizon < 1 || horizon > horizonMax) {
    throw refused(`The horizon is 1 to ${horizonMax} steps.`, { horizon });
  }
  if (!(coverage >= 0.5 && coverage <= 0.999))
    throw refused('The coverage is between 0.5 and 0.999.', { coverage });
  const { values, stepMs, lastAt } = onGrid(points);
  const asked = options.seasonMs ?? defaultSeasons;
  const seasons = (typeof asked === 'number' ? [asked] : asked)
    .map((seasonMs) => Math.round(seasonMs / stepMs))
    .filter((steps) => steps >= 2 && values.length >= 2 * steps);
  const best = [0, ...new Set(seasons)]
    .map((season) => fit(values, season))
    .reduce((winner, next) => (next.criterion < winner.criterion ? next : winner));
  const z = normalQuantile(0.5 + coverage / 2);
  const { model } = best;
  return {
    points: ahead(best, horizon, z).map((point, index) => ({ at: lastAt + (index + 1) * stepMs, ...point })),
    seasonMs: model.season === 0 ? null : model.season * stepMs,
    stepMs,
    alpha: model.alpha,
    beta: model.beta,
    gamma: model.gamma,
    sigma: best.sigma,
  };
}

/** The values at even steps; NaN where there is none. */
function onGrid(points: readonly ForecastInput[]): { values: Float64Array; stepMs: number; lastAt: number } {
  const known = points.filter(({ value }) => value !== null && Number.isFinite(value));
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last || known.length < inputMin) {
    throw refused(`A forecast needs at least ${inputMin} values.`, { values: known.length });
  }
  const gaps = new Float64Array(points.length - 1);
  for (let index = 1; index < points.length; index += 1) {
    gaps[index - 1] = (points[index]?.at ?? 0) - (points[index - 1]?.at ?? 0);
  }
  gaps.sort();
  const stepMs = gaps[gaps.length >> 1] ?? 0;
  if (!((gaps[0] ?? 0) > 0))
    throw refused('The points of a forecast are in the order of time, one for each moment.', {});
  const length = Math.round((last.at - first.at) / stepMs) + 1;
  if (length > inputMax)
    throw refused(`A forecast is made from at most ${inputMax} steps.`, { steps: length });
  const values = new Float64Array(length).fill(Number.NaN);
  for (const { at, value } of known) values[Math.round((at - first.at) / stepMs)] = value ?? Number.NaN;
  return { values, stepMs, lastAt: last.at };
}

/** The forecast of each step ahead; its error grows with what the errors of the steps between have changed. */
function ahead(
  { model, sigma }: Fit,
  horizon: number,
  z: number,
): { value: number; low: number; high: number }[] {
  const { season, alpha, beta, gamma, level, trend, seasonal, phase } = model;
  const result: { value: number; low: number; high: number }[] = [];
  let variance = 1;
  for (let step = 1; step <= horizon; step += 1) {
    const value = level + trend * step + (season === 0 ? 0 : (seasonal[(phase + step - 1) % season] ?? 0));
    const half = z * sigma * Math.sqrt(variance);
    result.push({ value, low: value - half, high: value + half });
    const weight = responseOf({ season, alpha, beta, gamma }, step);
    variance += weight * weight;
  }
  return result;
}

/** How much of an error is still felt so many steps later. */
function responseOf(
  { season, alpha, beta, gamma }: Pick<Model, 'season' | 'alpha' | 'beta' | 'gamma'>,
  step: number,
): number {
  const seasonal = season > 0 && step % season === 0 ? gamma * (1 - alpha) : 0;
  return alpha * (1 + step * beta) + seasonal;
}

/** The quantile of the normal distribution (P. Acklam's rational approximation, relative error below 1.2e-9; only its upper half is needed). */
function normalQuantile(p: number): number {
  const tail = 1 - 0.02425;
  if (p > tail) {
    const q = Math.sqrt(-2 * Math.log(1 - p));
    const top =
      ((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) *
        q +
        4.374664141464968) *
        q +
      2.938163982698783;
    const bottom =
      (((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) *
        q +
      1;
    return -top / bottom;
  }
  const q = p - 0.5;
  const r = q * q;
  const top =
    (((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
      2.506628277459239) *
    q;
  const bottom =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
    1;
  return top / bottom;
}

function refused(message: string, details: Readonly<Record<string, unknown>>): RaptorFlowError {
  return new RaptorFlowError('invalid_input', message, { details });
}
