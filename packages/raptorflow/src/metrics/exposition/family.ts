import type { CustomKind, ExposedSample } from '../custom-kind.ts';
import {
  boundsOf,
  windowsOf,
  type HistogramDefinition,
  type InstrumentDefinition,
  type Tags,
} from '../definition.ts';
import type { Exemplar, MetricSnapshot, MetricsSnapshot, RateValue } from '../snapshot.ts';
import { bucketOf, sketchOf, type Sketch } from '../sketch.ts';

/** A series as an exposition reads it: a live one, or one of a snapshot. */
export interface ExposedSeries<V> {
  readonly tags: Tags;
  /** Its labels as text, kept from one exposition to the next. */
  labels: string | undefined;
  /** Set when the series lost its place meanwhile: its content is in `other`. */
  readonly fold?: unknown;
  /** The exemplars of a histogram, by band. */
  readonly exemplars?: readonly (Exemplar | undefined)[] | undefined;
  read(): V;
}

/** A metric as an exposition reads it. */
export type ExposedFamily =
  | {
      readonly kind: 'counter' | 'gauge';
      readonly definition: InstrumentDefinition;
      readonly series: readonly ExposedSeries<number>[];
    }
  | {
      readonly kind: 'histogram';
      readonly definition: HistogramDefinition;
      readonly series: readonly ExposedSeries<Sketch>[];
    }
  | {
      readonly kind: 'rate';
      readonly definition: InstrumentDefinition;
      readonly windowsSeconds: readonly number[];
      readonly series: readonly ExposedSeries<RateValue>[];
    }
  | {
      readonly kind: 'custom';
      readonly definition: InstrumentDefinition;
      readonly expose: (value: unknown) => ReturnType<AnyKind['expose']>;
      readonly series: readonly ExposedSeries<unknown>[];
    };

/** A kind of one's own whose types do not matter here. */
export type AnyKind = CustomKind<unknown, unknown, unknown>;

/** The bucket number of each classic bound. */
export function bandsOf(bounds: readonly number[]): Int32Array {
  return Int32Array.from(bounds, bucketOf);
}

/** Exemplars sorted into the bands of these bounds; the last band is above all of them. */
export function exemplarsByBand(
  exemplars: readonly Exemplar[],
  bands: Int32Array,
): readonly (Exemplar | undefined)[] {
  const sorted: (Exemplar | undefined)[] = Array.from({ length: bands.length + 1 }, () => undefined);
  for (const exemplar of exemplars) {
    const bucket = exemplar.value === 0 ? 0 : bucketOf(exemplar.value);
    const band = bands.findIndex((bound) => bucket <= bound);
    sorted[band === -1 ? bands.length : band] = exemplar;
  }
  return sorted;
}

/** The samples that a kind of one's own gives, without those that no scraper could read; none when its code fails. */
export function saneSamples(expose: () => readonly ExposedSample[]): readonly ExposedSample[] {
  try {
    return expose().filter(
      ({ suffix, value }) => typeof value === 'number' && /^(?:[a-z][a-z0-9_]*)?$/.test(suffix),
    );
  } catch {
    return [];
  }
}

function still<V>(tags: Tags, value: V): ExposedSeries<V> {
  return { tags, labels: undefined, read: () => value };
}

/** The families of a snapshot. Metrics of kinds that are not among `kinds` are left out. */
export function familiesOf(snapshot: MetricsSnapshot, kinds: readonly AnyKind[]): ExposedFamily[] {
  return snapshot.metrics.flatMap((metric) => familyOf(metric, kinds) ?? []);
}

function familyOf(metric: MetricSnapshot, kinds: readonly AnyKind[]): ExposedFamily | undefined {
  const { definition } = metric;
  switch (metric.kind) {
    case 'counter':
    case 'gauge':
      return {
        kind: metric.kind,
        definition,
        series: metric.series.map(({ tags, value }) => still(tags, value)),
      };
    case 'histogram': {
      const bands = bandsOf(boundsOf(metric.definition));
      const series = metric.series.map(({ tags, value, exemplars }) => ({
        tags,
        labels: undefined,
        exemplars: exemplars && exemplarsByBand(exemplars, bands),
        read: () => sketchOf(value),
      }));
      return { kind: 'histogram', definition: metric.definition, series };
    }
    case 'rate':
      return {
        kind: 'rate',
        definition,
        windowsSeconds: windowsOf(metric.definition),
        series: metric.series.map(({ tags, value }) => still(tags, value)),
      };
    case 'custom': {
      const kind = kinds.find((each) => each.kind === metric.customKind);
      if (!kind) return undefined;
      const series = metric.series.map(({ tags, value }) => still(tags, value));
      return { kind: 'custom', definition, expose: (value) => kind.expose(value), series };
    }
  }
}
