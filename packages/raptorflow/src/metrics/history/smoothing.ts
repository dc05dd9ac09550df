/** A state of exponential smoothing: what the past has come to, and how fast it is forgotten. */
export interface Model {
  /** Steps of a season; 0 without one. */
  readonly season: number;
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly level: number;
  readonly trend: number;
  readonly seasonal: Float64Array;
  /** Where in the season the next step lies. */
  readonly phase: number;
}

/** A model that was fitted. */
export interface Fit {
  readonly model: Model;
  /** The standard deviation of the errors one step ahead. */
  readonly sigma: number;
  /** Akaike's criterion, corrected for small samples: of two models the smaller one is the better. */
  readonly criterion: number;
}

/** What smoothing begins with. */
interface Start {
  readonly level: number;
  readonly trend: number;
  readonly seasonal: Float64Array;
}

type Weights = readonly [alpha: number, beta: number, gamma: number];

const levels = [0.02, 0.1, 0.3, 0.6] as const;
const trends = [0, 0.01, 0.1] as const;
const seasonals = [0.02, 0.1, 0.3] as const;
const refinements = 5;
const weightMax = 0.98;
/** Longer series are fitted to their newest part; the weights are not better for more. */
const fittedStepsMax = 3_000;

/** Finds the weights with the smallest squared errors: on a coarse grid, then ever closer around the best. */
export function fit(values: Float64Array, season: number): Fit {
  const skip = Math.max(0, values.length - Math.max(fittedStepsMax, 4 * season));
  const used = values.subarray(skip);
  const start = startOf(used, season);
  const scratch = new Float64Array(season);
  const errorOf = (weights: Weights): number => squaredErrors(used, season, weights, start, scratch);
  let best: Weights = [0.3, 0.01, season > 0 ? 0.1 : 0];
  let least = Number.POSITIVE_INFINITY;
  const attempt = (weights: Weights): void => {
    const error = errorOf(weights);
    if (error < least) [least, best] = [error, weights];
  };
  for (const alpha of levels) {
    for (const beta of trends)
      for (const gamma of season > 0 ? seasonals : [0]) attempt([alpha, beta, gamma]);
  }
  let factor = 2;
  for (let round = 0; round < refinements; round += 1) {
    for (let weight = 0; weight < (season > 0 ? 3 : 2); weight += 1) {
      const present = best;
      const value = present[weight] ?? 0;
      for (const next of [value * factor, value / factor, value === 0 ? 0.003 : 0]) {
        attempt(
          present.map((each, index) =>
            index === weight ? Math.min(next, weightMax) : each,
          ) as unknown as Weights,
        );
      }
    }
    factor = Math.sqrt(factor);
  }
  return finished(used, season, best, start, least);
}

function finished(values: Float64Array, season: number, weights: Weights, start: Start, error: number): Fit {
  const seasonal = start.seasonal.slice();
  let { level, trend } = start;
  const [alpha, beta, gamma] = weights;
  let phase = 0;
  let count = 0;
  for (let index = 0; index < values.length; index += 1) {
    const base = level + trend;
    const swing = season > 0 ? (seasonal[phase] ?? 0) : 0;
    const value = values[index] ?? Number.NaN;
    const miss = Number.isNaN(value) ? 0 : value - base - swing;
    if (!Number.isNaN(value)) count += 1;
    level = base + alpha * miss;
    trend += alpha * beta * miss;
    if (season > 0) {
      seasonal[phase] = swing + gamma * (1 - alpha) * miss;
      phase = phase + 1 === season ? 0 : phase + 1;
    }
  }
  // Weights, level and trend, and one value for each step of a season.
  const parameters = 4 + (season > 0 ? season + 1 : 0);
  const spare = Math.max(1, count - parameters - 1);
  const criterion =
    count * Math.log(Math.max(error, Number.MIN_VALUE) / count) +
    2 * parameters +
    (2 * parameters * (parameters + 1)) / spare;
  const sigma = Math.sqrt(error / Math.max(1, count - Math.min(parameters, count >> 1)));
  return { model: { season, alpha, beta, gamma, level, trend, seasonal, phase }, sigma, criterion };
}

/** The same recursion as in `finished`, for the error alone: it runs some hundred times for one forecast. */
function squaredErrors(
  values: Float64Array,
  season: number,
  [alpha, beta, gamma]: Weights,
  start: Start,
  seasonal: Float64Array,
): number {
  seasonal.set(start.seasonal);
  let { level, trend } = start;
  const trendWeight = alpha * beta;
  const seasonWeight = gamma * (1 - alpha);
  let phase = 0;
  let total = 0;
  for (let index = 0; index < values.length; index += 1) {
    const base = level + trend;
    const swing = season > 0 ? (seasonal[phase] ?? 0) : 0;
    const value = values[index] ?? Number.NaN;
    const miss = Number.isNaN(value) ? 0 : value - base - swing;
    level = base + alpha * miss;
    trend += trendWeight * miss;
    if (season > 0) {
      seasonal[phase] = swing + seasonWeight * miss;
      phase += 1;
      if (phase === season) phase = 0;
    }
    total += miss * miss;
  }
  return total;
}

/** A straight line through everything, and the average distance from it at each step of the season. */
function startOf(values: Float64Array, season: number): Start {
  // Whole seasons only, so that a season's rise is not taken for a trend.
  const length = season > 0 ? Math.floor(values.length / season) * season : values.length;
  const line = lineThrough(values, length, season);
  const seasonal = new Float64Array(season);
  if (season > 0) {
    const counts = new Float64Array(season);
    for (let index = 0; index < length; index += 1) {
      const value = values[index] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      const place = index % season;
      seasonal[place] = (seasonal[place] ?? 0) + value - line.level - line.trend * index;
      counts[place] = (counts[place] ?? 0) + 1;
    }
    for (let place = 0; place < season; place += 1) {
      seasonal[place] = (seasonal[place] ?? 0) / Math.max(1, counts[place] ?? 0);
    }
  }
  return { level: line.level - line.trend, trend: line.trend, seasonal };
}

/** Least squares; with a season, through the distances from one season to the next, which the season itself does not bend. */
function lineThrough(values: Float64Array, length: number, season: number): { level: number; trend: number } {
  let [count, sumX, sumY, sumXX, sumXY] = [0, 0, 0, 0, 0];
  for (let index = 0; index < length; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    count += 1;
    sumX += index;
    sumY += value;
    sumXX += index * index;
    sumXY += index * value;
  }
  let trend = (count * sumXY - sumX * sumY) / Math.max(1e-12, count * sumXX - sumX * sumX);
  if (season > 0) {
    let [pairs, total] = [0, 0];
    const span = length - season;
    for (let index = 0; index < season; index += 1) {
      const [first, last] = [values[index] ?? Number.NaN, values[index + span] ?? Number.NaN];
      if (Number.isNaN(first) || Number.isNaN(last)) continue;
      pairs += 1;
      total += (last - first) / span;
    }
    if (pairs > 0 && span > 0) trend = total / pairs;
  }
  return { level: (sumY - trend * sumX) / Math.max(1, count), trend };
}
