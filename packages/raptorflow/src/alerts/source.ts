import type { Tags } from '../metrics/index.ts';
import type { RuleAggregation } from './rule.ts';

/** One value of the past; null where the series had no samples. */
export interface PastPoint {
  /** The end of the step, epoch milliseconds. */
  readonly at: number;
  readonly value: number | null;
  readonly relativeError: number | null;
}

/** One series of the past. */
export interface PastSeries {
  readonly tags: Tags;
  readonly points: readonly PastPoint[];
}

/** What is asked of the past. */
export interface PastQuery {
  readonly metric: string;
  readonly tags: Tags;
  /** Epoch milliseconds, not included. A source may widen the range to whole steps. */
  readonly from: number;
  /** Epoch milliseconds, included. */
  readonly to: number;
  /** Milliseconds that one point sums up. A source may answer in longer steps where it keeps no shorter ones. */
  readonly step: number;
  readonly aggregation: RuleAggregation;
  /** Most series of the answer. */
  readonly limit: number;
  /** Series to pass over. */
  readonly offset: number;
}

/** What the past answers. */
export interface PastAnswer {
  readonly series: readonly PastSeries[];
  /** Series that match, also beyond `limit`; absent when these are all. */
  readonly total?: number;
}

/** Stored history of metrics, for windows that memory does not hold, for forecasts and for back-tests. */
export interface PastSource {
  query(query: PastQuery): Promise<PastAnswer>;
}

/** How a forecast is made. */
export interface ForecastOptions {
  /** Length of the season, milliseconds. */
  readonly seasonMs: number;
  /** Points to foretell after the last one, at the distance of those that are given. */
  readonly horizon: number;
  /** The share of future values that the band is to hold, such as 0.99. */
  readonly coverage: number;
}

/** What is expected at one moment, and the band around it. */
export interface ForecastPoint {
  readonly at: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Foretells a series from its past. Pure. Throws `invalid_input` when the past is too short for it. */
export type Forecast = (
  points: readonly { readonly at: number; readonly value: number | null }[],
  options: ForecastOptions,
) => { readonly points: readonly ForecastPoint[] };
