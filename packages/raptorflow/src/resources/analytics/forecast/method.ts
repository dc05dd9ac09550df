/** The ways of forecasting, from the simplest to the most elaborate. */
export type ForecastMethodName = 'naive' | 'seasonal_naive' | 'holt_winters' | 'mstl_ets';

/** What a method says of the steps ahead. */
export interface Path {
  readonly values: Float64Array;
  /** Half of the interval at each step, as the method itself sees it. */
  readonly halves: Float64Array;
}

/** One way of forecasting. */
export interface ForecastMethod {
  readonly name: ForecastMethodName;
  /**
   * Foretells `horizon` steps from the values so far, NaN where nothing was measured, with an interval that is meant to hold `coverage`. Seasons in
   * steps, from short to long, each a part of the next; none where nothing repeats. Pure; may throw where it cannot do it.
   */
  ahead(values: Float64Array, seasons: readonly number[], horizon: number, coverage: number): Path;
}

/** One step ahead. */
export interface CapacityPoint {
  readonly at: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
