import type {
  GaugeDefinition,
  HistogramDefinition,
  InstrumentDefinition,
  RateDefinition,
  Tags,
} from './definition.ts';
import type { HistogramValue } from './sketch.ts';

/** The value of one series of a counter or gauge. */
export interface NumberSeries {
  readonly tags: Tags;
  readonly value: number;
}

/** One recorded value and the request behind it. */
export interface Exemplar {
  readonly value: number;
  readonly correlationId: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The values of one series of a histogram. */
export interface HistogramSeries {
  readonly tags: Tags;
  readonly value: HistogramValue;
  /** The last exemplar of each classic bucket that has one, by value; absent when there is none. */
  readonly exemplars?: readonly Exemplar[];
}

/** What a rate has counted. */
export interface RateValue {
  /** All events since the series began. */
  readonly total: number;
  /** Events per second, one for each window of the definition, in its order. */
  readonly perSecond: readonly number[];
}

/** The value of one series of a rate. */
export interface RateSeries {
  readonly tags: Tags;
  readonly value: RateValue;
}

/** The value of one series of a kind of one's own: what its `encode` gave. */
export interface CustomSeries {
  readonly tags: Tags;
  readonly value: unknown;
}

/** A tag set that was folded, and how heavy it is. */
export interface FoldedTags {
  readonly tags: Tags;
  /** At most this much was recorded under these tags while they were folded; see `SeriesLimits` for what weighs how much. */
  readonly weight: number;
  /** And at least `weight - errorMax`. */
  readonly errorMax: number;
}

/** What the limits made of a metric. */
export interface FoldReport {
  /** Weight of all recordings that went into `other`. */
  readonly weight: number;
  /** How often a newcomer took the place of the lightest series. */
  readonly replaced: number;
  /** The heaviest folded tag sets, heaviest first; at most 16. */
  readonly heaviest: readonly FoldedTags[];
}

/** What all kinds of snapshots share. */
export interface MetricSnapshotBase {
  /** Values dropped because they were no valid numbers. */
  readonly valuesDropped: number;
  /** How often a series was asked for that the limit folded into `other`. */
  readonly lookupsFolded: number;
  /** The first few tag sets that were folded. */
  readonly foldedExamples: readonly Tags[];
  readonly folded: FoldReport;
}

/** One metric with all its series at one moment. Plain data; merges across processes by name and tags. */
export type MetricSnapshot = MetricSnapshotBase &
  (
    | {
        readonly kind: 'counter';
        readonly definition: InstrumentDefinition;
        readonly series: readonly NumberSeries[];
      }
    | {
        readonly kind: 'gauge';
        readonly definition: GaugeDefinition;
        readonly series: readonly NumberSeries[];
      }
    | {
        readonly kind: 'histogram';
        readonly definition: HistogramDefinition;
        readonly series: readonly HistogramSeries[];
      }
    | {
        readonly kind: 'rate';
        readonly definition: RateDefinition;
        readonly series: readonly RateSeries[];
      }
    | {
        readonly kind: 'custom';
        /** The kind's own name. */
        readonly customKind: string;
        readonly definition: InstrumentDefinition;
        readonly series: readonly CustomSeries[];
      }
  );

/** Everything a registry holds at one moment. */
export interface MetricsSnapshot {
  /** Epoch milliseconds. */
  readonly takenAt: number;
  readonly metrics: readonly MetricSnapshot[];
  /** Series held, over all metrics. */
  readonly series: number;
  /** Values dropped, over all metrics, those of calls that fitted no metric included. */
  readonly valuesDropped: number;
}
