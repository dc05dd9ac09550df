import type { Percentile, Tags } from '../metrics/index.ts';
import type { RuleAggregation } from './rule.ts';

/** What the samples of one window amount to. */
export interface WindowSummary {
  /** Samples; of a histogram the values recorded. */
  readonly count: number;
  /** Of a counter: how much it grew. */
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** The oldest sample of the window; of a counter the increase of its first step. */
  readonly first: number;
  /** The newest one; of a counter the increase of its last step. */
  readonly last: number;
}

/** One series as it can be read at once, without waiting. */
export interface LiveSeries {
  readonly tags: Tags;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** Sums up the samples with from < at <= to; null when there is none. Counters: count = samples, sum = increase, first/last = increases of the first and last step. */
  window(from: number, to: number): WindowSummary | null;
  /** The p-th percentile (0 to 100) of the same samples with its error bound; null when there is none. */
  percentile(p: number, from: number, to: number): Percentile | null;
}

/** The newest part of the history of metrics, held in memory. The metrics room provides it; alerts read nothing else in a round. */
export interface LiveHistory {
  /** Changes when series come or go, so that a selection may be kept until then. */
  readonly generation: number;
  /** When the newest samples were taken, epoch milliseconds; null before the first. */
  readonly latestAt: number | null;
  /** How far back the samples reach. */
  readonly spanMs: number;
  /** The series of a metric that carry all of these tags. */
  select(metric: string, tags: Tags): readonly LiveSeries[];
}

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
