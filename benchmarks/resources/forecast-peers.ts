import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What a contestant says of the steps ahead; the interval only where it has one. */
export interface Foretold {
  readonly values: ArrayLike<number>;
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
}

/** Foretells so many hours from the hours so far, told the seasons that there are, from short to long, in hours. */
export type Foreteller = (values: Float64Array, horizon: number, seasons: readonly number[]) => Foretold;

/** Weights of level, trend and season that textbooks begin with. */
const [alpha, beta, gamma] = [0.3, 0.05, 0.1] as const;

/** What Prometheus offers: `predict_linear`, a least-squares line through the range. */
export const predictLinear: Foreteller = (values, horizon) => {
  const count = values.length;
  const middle = (count - 1) / 2;
  const average = values.reduce((sum, value) => sum + value, 0) / count;
  let [covariance, variance] = [0, 0];
  for (let index = 0; index < count; index += 1) {
    covariance += (index - middle) * ((values[index] ?? 0) - average);
    variance += (index - middle) ** 2;
  }
  const slope = covariance / variance;
  return {
    values: Float64Array.from({ length: horizon }, (_, step) => average + slope * (count + step - middle)),
  };
};

/** Holt-Winters as it is usually written by hand: additive, with the longest season, weights that nobody fitted, begun by the first two seasons. */
export const fixedHoltWinters: Foreteller = (values, horizon, seasons) => {
  const period = seasons.at(-1) ?? 1;
  const mean = (from: number): number =>
    values.subarray(from, from + period).reduce((sum, value) => sum + value, 0) / period;
  let level = mean(0);
  let trend = (mean(period) - level) / period;
  const season = Float64Array.from({ length: period }, (_, hour) => (values[hour] ?? 0) - level);
  for (let index = period; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    const swing = season[index % period] ?? 0;
    const before = level;
    level = alpha * (value - swing) + (1 - alpha) * (level + trend);
    trend = beta * (level - before) + (1 - beta) * trend;
    season[index % period] = gamma * (value - level) + (1 - gamma) * swing;
  }
  return {
    values: Float64Array.from(
      { length: horizon },
      (_, step) => level + trend * (step + 1) + (season[(values.length + step) % period] ?? 0),
    ),
  };
};

/** The package alone: MSTL with these seasons, the trend by ETS, and its own interval of 95 %. */
export async function augurs(): Promise<Foreteller> {
  const { initSync, MSTL } = await import('@bsull/augurs/mstl');
  const code = import.meta.resolve('@bsull/augurs/mstl').replace(/\.js$/u, '_bg.wasm');
  initSync({ module: await readFile(fileURLToPath(code)) });
  return (values, horizon, seasons) => {
    const model = MSTL.ets([...seasons], { impute: true });
    model.fit(values);
    const { point, intervals } = model.predict(horizon, 0.95);
    model.free();
    return { values: point, ...(intervals && { low: intervals.lower, high: intervals.upper }) };
  };
}
