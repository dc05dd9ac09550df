import { forecast } from '../../../metrics/index.ts';
import type { ForecastMethod } from './method.ts';

/** Level, trend and season by exponential smoothing, fitted: the forecast that the history of metrics has. */
export const holtWinters: ForecastMethod = {
  name: 'holt_winters',
  ahead(values, seasons, horizon, coverage) {
    const season = seasons.at(-1) ?? 0;
    const points = Array.from(values, (value, index) => ({
      at: index,
      value: Number.isNaN(value) ? null : value,
    }));
    const found = forecast(points, { seasonMs: season > 0 ? season : [], horizon, coverage });
    // Gaps at the end are before the first point that is asked for.
    const late = found.points.findIndex(({ at }) => at >= values.length);
    const ahead = late <= 0 ? found.points : longer(points, season, horizon + late, coverage).slice(late);
    return {
      values: Float64Array.from(ahead, ({ value }) => value),
      halves: Float64Array.from(ahead, ({ low, high }) => (high - low) / 2),
    };
  },
};

function longer(
  points: Parameters<typeof forecast>[0],
  season: number,
  horizon: number,
  coverage: number,
): ReturnType<typeof forecast>['points'] {
  return forecast(points, { seasonMs: season > 0 ? season : [], horizon, coverage }).points;
}
