import type { Tags } from '../definition.ts';
import type { HistogramValue } from '../sketch.ts';

export type { Aggregation, Tags } from '../definition.ts';

/** What can be kept of a series over time. */
export type SeriesKind = 'counter' | 'gauge' | 'histogram';

/** How the gauges of several processes become one. */
export type GaugeMerging = 'sum' | 'max' | 'min' | 'last';

/** A metric as a registry shows it, as far as a history looks at it. Kinds that it does not know are left out. */
export interface SampledMetric {
  readonly kind: string;
  readonly definition: {
    readonly name: string;
    readonly unit: string;
    readonly description: string;
    readonly category: string;
    /** Of gauges: how those of several processes become one. Default `sum`. */
    readonly merge?: GaugeMerging;
  };
  readonly series: readonly SampledSeries[];
}

/** One series of a metric: the number of a counter or gauge, the sketch of a histogram. */
export interface SampledSeries {
  readonly tags: Tags;
  readonly value: unknown;
}

/** What is sampled: a registry of metrics, or whatever shows itself as one. */
export interface SampledMetrics {
  snapshot(): { readonly metrics: readonly SampledMetric[] };
  /** The same metrics one by one, so that the event loop gets its turn in between; used where it is offered. */
  snapshotEach?(): Iterable<SampledMetric>;
}

/** The kind that a metric is kept as; undefined for kinds that have no history. A rate is kept as the counter of its events. */
export function keptKind(kind: string): SeriesKind | undefined {
  if (kind === 'counter' || kind === 'gauge' || kind === 'histogram') return kind;
  return kind === 'rate' ? 'counter' : undefined;
}

/** The value that is kept of a series; undefined for what is none. */
export function keptValue(kind: SeriesKind, value: unknown): number | HistogramValue | undefined {
  if (kind === 'histogram') {
    return typeof value === 'object' && value !== null && 'buckets' in value
      ? (value as HistogramValue)
      : undefined;
  }
  const number = typeof value === 'object' && value !== null && 'total' in value ? value.total : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
