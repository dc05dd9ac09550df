import { boundsOf, windowsOf, type Tags } from '../definition.ts';
import type { ExposedSample } from '../custom-kind.ts';
import { bandsOf, saneSamples, type AnyKind } from '../exposition/family.ts';
import { sketchOf } from '../sketch.ts';
import type { Exemplar, HistogramSeries, MetricSnapshot } from '../snapshot.ts';

/*
 * The JSON form of OTLP 1: lowerCamelCase names, 64-bit integers as decimal texts, enumerations as numbers, and the texts `NaN`,
 * `Infinity` and `-Infinity` for doubles that JSON cannot write (opentelemetry-proto, metrics/v1/metrics.proto).
 */

/** One name and value of a resource or a point. */
export interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}

/** One metric of a request, with some or all of its points. */
export interface OtlpMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly sum?: {
    readonly aggregationTemporality: 2;
    readonly isMonotonic: true;
    readonly dataPoints: readonly OtlpPoint[];
  };
  readonly gauge?: { readonly dataPoints: readonly OtlpPoint[] };
  readonly histogram?: { readonly aggregationTemporality: 2; readonly dataPoints: readonly OtlpPoint[] };
}

/** A point of any of these metrics; its fields are those of NumberDataPoint and HistogramDataPoint. */
export type OtlpPoint = Readonly<Record<string, unknown>>;

/** The moments of a request, in nanoseconds since 1970 as decimal texts. */
export interface OtlpTimes {
  readonly start: string;
  readonly now: string;
}

/** UCUM codes of our units; others stand in braces, as annotations. */
const ucum: Readonly<Record<string, string>> = {
  ms: 'ms',
  s: 's',
  us: 'us',
  ns: 'ns',
  minutes: 'min',
  hours: 'h',
  bytes: 'By',
  kb: 'kBy',
  mb: 'MBy',
  gb: 'GBy',
  '1': '1',
};

/** Nanoseconds of epoch milliseconds, as OTLP writes them. */
export function nanoseconds(epochMs: number): string {
  // Whole milliseconds first: their nanoseconds are beyond what a double holds.
  return String(BigInt(Math.trunc(epochMs)) * 1_000_000n);
}

/** Attributes of names and values. */
export function attributesOf(tags: Tags): OtlpAttribute[] {
  return Object.entries(tags).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function double(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** A metric as OTLP metrics: one, or several for rates and kinds of one's own. Kinds that are not among `kinds` give none. */
export function otlpMetricsOf(
  metric: MetricSnapshot,
  times: OtlpTimes,
  kinds: readonly AnyKind[],
): OtlpMetric[] {
  const { name, description } = metric.definition;
  const unit = unitOf(metric.definition.unit);
  const point = (tags: Tags, value: number): OtlpPoint => numberPoint(tags, value, times);
  switch (metric.kind) {
    case 'counter': {
      const dataPoints = metric.series.map(({ tags, value }) => point(tags, value));
      return [{ name, description, unit, ...sumOf(dataPoints) }];
    }
    case 'gauge': {
      const dataPoints = metric.series.map(({ tags, value }) => point(tags, value));
      return [{ name, description, unit, gauge: { dataPoints } }];
    }
    case 'histogram': {
      const bounds = boundsOf(metric.definition);
      const dataPoints = metric.series.map((series) => histogramPoint(series, bounds, times));
      return [{ name, description, unit, histogram: { aggregationTemporality: 2, dataPoints } }];
    }
    case 'rate': {
      const totals = metric.series.map(({ tags, value }) => point(tags, value.total));
      const rates = metric.series.flatMap(({ tags, value }) =>
        windowsOf(metric.definition).map((seconds, index) =>
          point({ ...tags, window: `${seconds}s` }, value.perSecond[index] ?? 0),
        ),
      );
      return [
        { name, description, unit, ...sumOf(totals) },
        { name: `${name}_per_second`, description, unit: `${unit}/s`, gauge: { dataPoints: rates } },
      ];
    }
    case 'custom':
      return customMetrics(metric, times, kinds);
  }
}

function unitOf(unit: string): string {
  return (Object.hasOwn(ucum, unit) ? ucum[unit] : undefined) ?? `{${unit}}`;
}

function sumOf(dataPoints: readonly OtlpPoint[]): Pick<OtlpMetric, 'sum'> {
  return { sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } };
}

function numberPoint(tags: Tags, value: number, times: OtlpTimes): OtlpPoint {
  return {
    attributes: attributesOf(tags),
    startTimeUnixNano: times.start,
    timeUnixNano: times.now,
    asDouble: double(value),
  };
}

function histogramPoint(series: HistogramSeries, bounds: readonly number[], times: OtlpTimes): OtlpPoint {
  const { tags, value, exemplars = [] } = series;
  const upTo = new Float64Array(bounds.length);
  sketchOf(value).countUpTo(bandsOf(bounds), upTo);
  const bucketCounts = [...upTo, value.count].map((count, index, all) =>
    String(count - (all[index - 1] ?? 0)),
  );
  return {
    attributes: attributesOf(tags),
    startTimeUnixNano: times.start,
    timeUnixNano: times.now,
    count: String(value.count),
    sum: double(value.sum),
    bucketCounts,
    explicitBounds: bounds,
    ...(value.count > 0 && { min: double(value.min), max: double(value.max) }),
    ...(exemplars.length > 0 && { exemplars: exemplars.map((exemplar) => exemplarOf(exemplar)) }),
  };
}

function exemplarOf({ value, correlationId, at }: Exemplar): OtlpPoint {
  return {
    timeUnixNano: nanoseconds(at),
    asDouble: double(value),
    filteredAttributes: attributesOf({ correlation_id: correlationId }),
  };
}

function customMetrics(
  metric: Extract<MetricSnapshot, { readonly kind: 'custom' }>,
  times: OtlpTimes,
  kinds: readonly AnyKind[],
): OtlpMetric[] {
  const { name, description } = metric.definition;
  const kind = kinds.find((each) => each.kind === metric.customKind);
  const bySuffix = new Map<string, { readonly sample: ExposedSample; readonly points: OtlpPoint[] }>();
  for (const { tags, value } of metric.series) {
    for (const sample of saneSamples(() => kind?.expose(value) ?? [])) {
      let found = bySuffix.get(sample.suffix);
      if (!found) bySuffix.set(sample.suffix, (found = { sample, points: [] }));
      found.points.push(numberPoint({ ...tags, ...sample.tags }, sample.value, times));
    }
  }
  return [...bySuffix].map(([suffix, { sample, points }]) => ({
    name: suffix === '' ? name : `${name}_${suffix}`,
    description,
    unit: unitOf(sample.unit ?? metric.definition.unit),
    ...(sample.type === 'counter' ? sumOf(points) : { gauge: { dataPoints: points } }),
  }));
}

/** The points of a metric. */
export function pointsOf(metric: OtlpMetric): readonly OtlpPoint[] {
  return (metric.sum ?? metric.gauge ?? metric.histogram)?.dataPoints ?? [];
}

/** The metric with these points instead of its own. */
export function withPoints(metric: OtlpMetric, dataPoints: readonly OtlpPoint[]): OtlpMetric {
  if (metric.sum) return { ...metric, sum: { ...metric.sum, dataPoints } };
  if (metric.histogram) return { ...metric, histogram: { ...metric.histogram, dataPoints } };
  return { ...metric, gauge: { dataPoints } };
}
