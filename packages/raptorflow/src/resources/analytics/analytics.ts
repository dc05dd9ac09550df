import type { Service } from '../../kernel/index.ts';
import type {
  AdvicePriority,
  Application,
  OptimizationType,
  Recommendation,
} from './advice/recommendation.ts';
import type { CapacityForecast, CapacityForecastOptions } from './forecast/capacity.ts';
import type { PatternKind, Undecided, UsagePattern } from './patterns/pattern.ts';
import type { NotEnoughData, UsageProfile } from './profile.ts';

/** A pattern that was found, and for how long it has been seen. */
export interface KeptPattern extends UsagePattern {
  readonly firstSeenAt: number;
  readonly seenAt: number;
}

/** Narrows down what is listed; everything given has to match. */
export interface UsageFilter {
  readonly resourceType?: string;
  /** Only what belongs to this workspace; what belongs to none is left out. */
  readonly workspaceId?: string;
}

/** What is asked of one series' future. */
export interface SeriesForecast extends Pick<CapacityForecastOptions, 'coverage' | 'methods' | 'seasonMs'> {
  readonly seriesId: string;
  readonly horizonHours: number;
  /** By default the capacity of the series. */
  readonly limit?: number;
  /** Then a series of another workspace is not found. */
  readonly workspaceId?: string;
}

/** What the analysis has done and could not do. */
export interface AnalyticsReport {
  readonly rounds: number;
  readonly roundsFailed: number;
  /** Why the last round failed; null when it did not. */
  readonly lastFailure: string | null;
  /** End of the last round, epoch milliseconds; null before the first. */
  readonly lastRoundAt: number | null;
  readonly lastRoundMs: number | null;
  /** Series of the last round, and those beyond `seriesMax`. */
  readonly series: number;
  readonly seriesLeftOut: number;
  /** Patterns and advice that were not kept because there are more than the limits allow. */
  readonly patternsRefused: number;
  readonly recommendationsRefused: number;
}

/**
 * Looks at usage every few minutes: how each resource is used, which patterns that usage has, what to do about them, and when a limit will be
 * reached. What the samples do not support is listed as undecided, with how many are missing.
 */
export interface Analytics extends Service {
  /** Makes a round now; one that is under way is joined. Rejects when the source cannot be read. */
  analyze(): Promise<AnalyticsReport>;
  /** Usage by series and window, as of the last round. */
  profiles(filter?: UsageFilter): readonly UsageProfile[];
  /** The newest first; also those that are no longer seen, until they are forgotten. */
  patterns(filter?: UsageFilter & { readonly pattern?: PatternKind }): readonly KeptPattern[];
  /** Patterns that could not be decided in the last round, and what is missing. */
  undecided(filter?: UsageFilter): readonly Undecided[];
  /** The newest first. */
  recommendations(
    filter?: UsageFilter & { readonly type?: OptimizationType; readonly priority?: AdvicePriority },
  ): readonly Recommendation[];
  /**
   * Makes the recommended change, in the name of `by`, and records who did it, when and with what result. Rejects with `not_found`, with
   * `conflict` when it is or was applied or the data no longer support it, with `invalid_input` where only people can do it, with `unavailable`
   * without an executor, and with the executor's own error; after that it may be tried again.
   */
  applyRecommendation(
    id: string,
    options: { readonly by: string; readonly workspaceId?: string },
  ): Promise<Application>;
  /**
   * The future of a series from the longest window, and when its limit is reached. Rejects with `not_found` for a series that the source does not
   * have, and like `forecastCapacity`.
   */
  forecast(query: SeriesForecast): Promise<CapacityForecast | NotEnoughData>;
  report(): AnalyticsReport;
}
