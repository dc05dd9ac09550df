import { quantileOf, sortedValues } from '../distribution.ts';
import type { ForecastMethod, Path } from './method.ts';

/** What was is what will be: the last value. */
export const naive: ForecastMethod = {
  name: 'naive',
  ahead: (values, _seasons, horizon, coverage) => repeat(values, 1, horizon, coverage),
};

/** What was a season ago is what will be. */
export const seasonalNaive: ForecastMethod = {
  name: 'seasonal_naive',
  ahead: (values, seasons, horizon, coverage) => repeat(values, seasons.at(-1) ?? 1, horizon, coverage),
};

/** The error of one season ahead is that of the past; further seasons add to it as in a random walk. */
function repeat(values: Float64Array, season: number, horizon: number, coverage: number): Path {
  const { length } = values;
  const misses = values.map((value, index) => Math.abs(value - (values[index - season] ?? Number.NaN)));
  const miss = quantileOf(sortedValues(misses), coverage);
  const path = { values: new Float64Array(horizon), halves: new Float64Array(horizon) };
  for (let step = 0; step < horizon; step += 1) {
    let place = length - season + (step % season);
    // A gap is bridged by the season before.
    while (place >= 0 && Number.isNaN(values[place] ?? Number.NaN)) place -= season;
    path.values[step] = values[place] ?? Number.NaN;
    path.halves[step] = (Number.isNaN(miss) ? 0 : miss) * Math.sqrt(Math.floor(step / season) + 1);
  }
  return path;
}
