import { z } from 'zod';
import { listIssues, RaptorFlowError } from '../kernel/index.ts';
import {
  completeDefinition,
  type InstrumentDefinition,
  type InstrumentKind,
  type Tags,
} from './definition.ts';
import type { HistogramValue } from './sketch.ts';
import type { Exemplar, FoldReport, HistogramSeries, MetricSnapshot, MetricsSnapshot } from './snapshot.ts';

/*
 * The form, version 1. Everything that repeats is a list without names; numbers that JSON has no sign for are texts.
 *
 *   snapshot   { v: 1, at, dropped, series, metrics: [metric …] }
 *   metric     [kind, custom kind or '', definition, [dropped, lookups folded, examples, fold report], [[tags, value …] …]]
 *   tags       { name: value … }
 *   counter, gauge   [tags, number]
 *   histogram  [tags, [count, sum, min, max, lowest, zeros, below, above], [bucket, count, step to the next, count …], exemplars]
 *   rate       [tags, total, [per second …]]
 *   custom     [tags, value]
 */

/** A snapshot as plain data that survives JSON, half the size of the snapshot or less; made to be passed on, not read. */
export interface EncodedSnapshot {
  readonly v: 1;
  readonly at: EncodedNumber;
  readonly dropped: EncodedNumber;
  readonly series: EncodedNumber;
  readonly metrics: readonly EncodedMetric[];
}

/** A number, or the text of one that JSON cannot write. */
export type EncodedNumber = number | '-0' | 'NaN' | 'Infinity' | '-Infinity';

/** One metric of an encoded snapshot. */
export type EncodedMetric = readonly [
  kind: MetricSnapshot['kind'],
  customKind: string,
  definition: Readonly<Record<string, unknown>>,
  base: readonly unknown[],
  series: readonly (readonly unknown[])[],
];

function number(value: number): EncodedNumber {
  if (Object.is(value, -0)) return '-0';
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** The compact form of a snapshot, for passing it between processes. Values of kinds of one's own stand in it as they are. */
export function encodeSnapshot(snapshot: MetricsSnapshot): EncodedSnapshot {
  return {
    v: 1,
    at: number(snapshot.takenAt),
    dropped: number(snapshot.valuesDropped),
    series: number(snapshot.series),
    metrics: snapshot.metrics.map((metric) => encodeMetric(metric)),
  };
}

function encodeMetric(metric: MetricSnapshot): EncodedMetric {
  const { weight, replaced, heaviest } = metric.folded;
  const folded = heaviest.map((each) => [each.tags, number(each.weight), number(each.errorMax)]);
  return [
    metric.kind,
    metric.kind === 'custom' ? metric.customKind : '',
    { ...metric.definition },
    [
      metric.valuesDropped,
      metric.lookupsFolded,
      [...metric.foldedExamples],
      [number(weight), replaced, folded],
    ],
    encodeSeries(metric),
  ];
}

function encodeSeries(metric: MetricSnapshot): unknown[][] {
  switch (metric.kind) {
    case 'counter':
    case 'gauge':
      return metric.series.map(({ tags, value }) => [tags, number(value)]);
    case 'histogram':
      return metric.series.map((series) => encodeHistogram(series));
    case 'rate':
      return metric.series.map(({ tags, value }) => [
        tags,
        number(value.total),
        value.perSecond.map((each) => number(each)),
      ]);
    case 'custom':
      return metric.series.map(({ tags, value }) => [tags, value]);
  }
}

function encodeHistogram({ tags, value, exemplars }: HistogramSeries): unknown[] {
  const { count, sum, min, max, lowest, zeros, below, above, buckets } = value;
  const steps: EncodedNumber[] = [];
  let before = 0;
  for (const [bucket, inBucket] of buckets) {
    steps.push(bucket - before, inBucket);
    before = bucket;
  }
  const figures = [count, sum, min, max, lowest, zeros, below, above].map((each) => number(each));
  const kept = (exemplars ?? []).map((each) => [number(each.value), each.correlationId, number(each.at)]);
  return [tags, figures, steps, kept];
}

const numberSchema = z.union([
  z.number(),
  z.enum(['-0', 'NaN', 'Infinity', '-Infinity']).transform((text) => Number(text)),
]);
const countSchema = z.number().nonnegative();
const tagsSchema = z.record(z.string(), z.string());
const baseSchema = z.tuple([
  countSchema,
  countSchema,
  z.array(tagsSchema),
  z.tuple([numberSchema, countSchema, z.array(z.tuple([tagsSchema, numberSchema, numberSchema]))]),
]);
const numbersSchema = z.array(z.tuple([tagsSchema, numberSchema]));
const exemplarsSchema = z.array(z.tuple([numberSchema, z.string(), numberSchema]));
// Checked by hand: there are hundreds of these numbers in each of thousands of series.
const stepsSchema = z.custom<readonly number[]>(
  (steps) =>
    Array.isArray(steps) &&
    steps.length % 2 === 0 &&
    steps.every((step) => Number.isSafeInteger(step) && step >= 0),
  'must be pairs of whole numbers',
);
const histogramsSchema = z.array(
  z.tuple([
    tagsSchema,
    z.tuple([
      countSchema,
      numberSchema,
      numberSchema,
      numberSchema,
      z.number().positive(),
      countSchema,
      countSchema,
      countSchema,
    ]),
    stepsSchema,
    exemplarsSchema,
  ]),
);
const ratesSchema = z.array(z.tuple([tagsSchema, numberSchema, z.array(numberSchema)]));
const customsSchema = z.array(z.tuple([tagsSchema, z.unknown()]));
const metricSchema = z.tuple([
  z.enum(['counter', 'gauge', 'histogram', 'rate', 'custom']),
  z.string(),
  z.custom<InstrumentDefinition>((value) => typeof value === 'object' && value !== null, 'must be an object'),
  baseSchema,
  z.array(z.unknown()),
]);
const snapshotSchema = z.strictObject({
  v: z.literal(1),
  at: numberSchema,
  dropped: numberSchema,
  series: numberSchema,
  metrics: z.array(metricSchema),
});

/** The snapshot of an encoded one, equal to the one that was encoded. Throws `malformed_input` for anything else. */
export function decodeSnapshot(encoded: unknown): MetricsSnapshot {
  const { at, dropped, series, metrics } = parsed(snapshotSchema, encoded);
  return {
    takenAt: at,
    valuesDropped: dropped,
    series,
    metrics: metrics.map((metric) => decodeMetric(metric)),
  };
}

function parsed<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = listIssues(result.error).slice(0, 5);
  throw new RaptorFlowError(
    'malformed_input',
    `This is no encoded snapshot: ${issues.map(({ path, message }) => `${path}: ${message}`).join('; ')}.`,
    { details: { issues } },
  );
}

function decodeMetric([kind, customKind, given, base, series]: z.output<
  typeof metricSchema
>): MetricSnapshot {
  const [valuesDropped, lookupsFolded, foldedExamples, [weight, replaced, heaviest]] = base;
  const folded: FoldReport = {
    weight,
    replaced,
    heaviest: heaviest.map(([tags, most, errorMax]) => ({ tags, weight: most, errorMax })),
  };
  const rest = { valuesDropped, lookupsFolded, foldedExamples, folded };
  const definition = decodeDefinition(kind, given);
  switch (kind) {
    case 'counter':
    case 'gauge': {
      const decoded = parsed(numbersSchema, series).map(([tags, value]) => ({ tags, value }));
      return { kind, definition, ...rest, series: decoded };
    }
    case 'histogram': {
      const decoded = parsed(histogramsSchema, series).map((each) => decodeHistogram(...each));
      return { kind, definition, ...rest, series: decoded };
    }
    case 'rate': {
      const decoded = parsed(ratesSchema, series).map(([tags, total, perSecond]) => ({
        tags,
        value: { total, perSecond },
      }));
      return { kind, definition, ...rest, series: decoded };
    }
    case 'custom': {
      const decoded = parsed(customsSchema, series).map(([tags, value]) => ({ tags, value }));
      return { kind, customKind, definition, ...rest, series: decoded };
    }
  }
}

function decodeDefinition(kind: InstrumentKind, given: InstrumentDefinition): InstrumentDefinition {
  try {
    return completeDefinition(kind, given);
  } catch (error) {
    throw new RaptorFlowError('malformed_input', 'This is no encoded snapshot: a definition is refused.', {
      cause: error,
    });
  }
}

function decodeHistogram(
  tags: Tags,
  figures: readonly [number, number, number, number, number, number, number, number],
  steps: readonly number[],
  kept: z.output<typeof exemplarsSchema>,
): HistogramSeries {
  const [count, sum, min, max, lowest, zeros, below, above] = figures;
  const buckets: (readonly [number, number])[] = [];
  let bucket = 0;
  for (let index = 0; index < steps.length; index += 2) {
    bucket += steps[index] ?? 0;
    buckets.push([bucket, steps[index + 1] ?? 0]);
  }
  const value: HistogramValue = { count, sum, min, max, lowest, zeros, below, above, buckets };
  if (kept.length === 0) return { tags, value };
  const exemplars: Exemplar[] = kept.map(([each, correlationId, at]) => ({ value: each, correlationId, at }));
  return { tags, value, exemplars };
}
