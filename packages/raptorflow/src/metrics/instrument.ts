import type { HistogramValue, Percentile } from './sketch.ts';

/** What a metric is about; used to group metrics where they are shown. */
export type MetricCategory =
  | 'system'
  | 'performance'
  | 'business'
  | 'security'
  | 'reliability'
  | 'resource'
  | 'user'
  | 'agent';

/** A way of summing up the values of a metric that is worth showing. */
export type Aggregation = 'sum' | 'average' | 'min' | 'max' | 'count' | 'p50' | 'p95' | 'p99' | 'rate';

/** The kinds of instruments a registry makes. */
export type InstrumentKind = 'counter' | 'gauge' | 'histogram';

/** Names and values that tell one series of a metric from another. */
export type Tags = Readonly<Record<string, string>>;

/** What an instrument measures. */
export interface InstrumentDefinition {
  /** snake_case, at most 100 characters, unique in one registry; a duration ends in `_ms`. */
  readonly name: string;
  /** The unit of one recorded value: `ms`, `s`, `bytes`, `events`, `calls`, `usd`, `1` for ratios. */
  readonly unit: string;
  /** One sentence for the person who looks at the value. */
  readonly description: string;
  readonly category: MetricCategory;
  /** The aggregations worth showing; chosen by kind when absent. */
  readonly aggregations?: readonly Aggregation[];
}

/** A histogram's definition also says where its range begins. */
export interface HistogramDefinition extends InstrumentDefinition {
  /**
   * The smallest positive value told apart, in the histogram's unit. The range spans 2^32 times this value and holds
   * the relative error bound; values outside are counted, and a percentile that falls on them is marked clipped.
   * Default: one microsecond for `ms` and `s`, 1 for `bytes`, otherwise 0.001.
   */
  readonly lowest?: number;
}

/** One series of a counter. Calls never throw and allocate nothing. */
export interface BoundCounter {
  /** Adds a finite amount that is not negative (default 1); anything else is dropped and counted. */
  add(amount?: number): void;
}

/** A value that only grows. Called directly, it records the series without tags. */
export interface Counter extends BoundCounter {
  /** The series of these tags; keep the handle where calls are hot. Never throws. */
  with(tags: Tags): BoundCounter;
}

/** One series of a gauge. Calls never throw; `set` and `add` allocate nothing. */
export interface BoundGauge {
  /** Replaces the value; a value that is not finite is dropped and counted. */
  set(value: number): void;
  /** Changes the value by a finite amount, which may be negative. */
  add(amount: number): void;
  /**
   * Asks the callback for the value at every snapshot. A callback that throws or answers no finite number leaves the
   * last value and is counted as dropped. Returns a function that stops the observation.
   */
  observe(callback: () => number): () => void;
}

/** A value that goes up and down. Called directly, it records the series without tags. */
export interface Gauge extends BoundGauge {
  /** The series of these tags. Never throws. */
  with(tags: Tags): BoundGauge;
}

/** One series of a histogram. Calls never throw; `record` allocates nothing once the series has seen its range. */
export interface BoundHistogram {
  /** Records a finite value that is not negative; anything else is dropped and counted. */
  record(value: number): void;
  /** The p-th percentile (0 to 100) of everything recorded, with its error bound; undefined before the first value. */
  percentile(p: number): Percentile | undefined;
}

/** A distribution of values. Called directly, it records the series without tags. */
export interface Histogram extends BoundHistogram {
  /** The series of these tags. Never throws. */
  with(tags: Tags): BoundHistogram;
}

/**
 * The part of a registry that other rooms take as a dependency: it makes instruments. Asking twice for one name
 * gives the same instrument.
 *
 * Throws `invalid_options` for a malformed definition and `metric_conflict` when the name is taken by another kind.
 */
export interface Meter {
  counter(definition: InstrumentDefinition): Counter;
  gauge(definition: InstrumentDefinition): Gauge;
  histogram(definition: HistogramDefinition): Histogram;
}

/** The value of one series of a counter or gauge. */
export interface NumberSeries {
  readonly tags: Tags;
  readonly value: number;
}

/** The values of one series of a histogram. */
export interface HistogramSeries {
  readonly tags: Tags;
  readonly value: HistogramValue;
}

interface MetricSnapshotBase {
  readonly definition: InstrumentDefinition;
  /** Values dropped because they were no valid numbers. */
  readonly valuesDropped: number;
  /** How often a series was asked for that the limit folded into `other`. */
  readonly lookupsFolded: number;
  /** The first few tag sets that were folded. */
  readonly foldedExamples: readonly Tags[];
}

/** One metric with all its series at one moment. Plain data; merges across processes by name and tags. */
export type MetricSnapshot =
  | (MetricSnapshotBase & { readonly kind: 'counter'; readonly series: readonly NumberSeries[] })
  | (MetricSnapshotBase & { readonly kind: 'gauge'; readonly series: readonly NumberSeries[] })
  | (MetricSnapshotBase & { readonly kind: 'histogram'; readonly series: readonly HistogramSeries[] });

/** Everything a registry holds at one moment. */
export interface MetricsSnapshot {
  /** Epoch milliseconds. */
  readonly takenAt: number;
  readonly metrics: readonly MetricSnapshot[];
  /** Series held, over all metrics. */
  readonly series: number;
  /** Values dropped, over all metrics. */
  readonly valuesDropped: number;
}
