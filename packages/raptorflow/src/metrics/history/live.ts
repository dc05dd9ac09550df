import type { Tags } from './sampled.ts';
import type { Percentile } from '../sketch.ts';

/** What a series did in a window. */
export interface WindowSummary {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly first: number;
  readonly last: number;
}

/** One series as it was lately, held in memory. */
export interface LiveSeries {
  readonly tags: Tags;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /**
   * Sums up the samples with from < at <= to; null when there is none. Counters: count = samples, sum = increase, first and last = the
   * increases of the first and the last step. Histograms: count, sum, min and max of what was recorded, min and max as bounds; first and last =
   * the averages of the first and the last step in which something was; null when nothing was recorded.
   */
  window(from: number, to: number): WindowSummary | null;
  /**
   * A percentile of the window, with its bound; null when nothing was recorded in it. Gauges: of the samples, exact. Counters have none:
   * always null.
   */
  percentile(p: number, from: number, to: number): Percentile | null;
}

/** The recent past of all series of this process, without waiting. */
export interface LiveHistory {
  /** Changes when series come or go, so that a selection may be kept until then. */
  readonly generation: number;
  /** The grid moment of the newest sample; null before the first. */
  readonly latestAt: number | null;
  /** How far back windows reach, in milliseconds. */
  readonly spanMs: number;
  /** Series of a metric whose tags contain all of these. */
  select(metric: string, tags: Tags): readonly LiveSeries[];
}
