import { z } from 'zod';
import { parseOptions } from '../kernel/index.ts';

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

/** The kinds of instruments a registry makes. A timer is a histogram; `custom` are those of `defineInstrument`. */
export type InstrumentKind = 'counter' | 'gauge' | 'histogram' | 'rate' | 'custom';

/** Names and values that tell one series of a metric from another. An empty value is the same as no tag. */
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

/** How the gauges of several processes, or of several folded series, become one: `last` is the one that was set last. */
export type GaugeMerge = 'sum' | 'max' | 'min' | 'last';

/** A gauge's definition also says how gauges of several processes become one. */
export interface GaugeDefinition extends InstrumentDefinition {
  /** Default `sum`, which is right for what each process has its own part of: connections, queued items, bytes held. */
  readonly merge?: GaugeMerge;
}

/** A histogram's definition also says where its range begins. */
export interface HistogramDefinition extends InstrumentDefinition {
  /**
   * The smallest positive value told apart, in the histogram's unit. The range spans 2^32 times this value and holds
   * the relative error bound; values outside are counted, and a percentile that falls on them is marked clipped.
   * Default: one microsecond for `ms` and `s`, 1 for `bytes`, otherwise 0.001.
   */
  readonly lowest?: number;
  /**
   * Upper bounds, ascending and in the histogram's unit, of the classic buckets that Prometheus and OTLP get; at most 40.
   * Percentiles do not depend on them. Default: powers of two, from 1 ms to 16 s for durations, from 1 KiB to 1 GiB in steps
   * of four for bytes, from 1/8 to 65,536 in steps of two otherwise.
   */
  readonly bounds?: readonly number[];
}

/** A timer's definition is that of a histogram whose unit is a duration. */
export interface TimerDefinition extends Omit<HistogramDefinition, 'unit'> {
  /** Default `ms`. */
  readonly unit?: 'ms' | 's';
}

/** A rate's definition also says over which windows it is shown. */
export interface RateDefinition extends InstrumentDefinition {
  /**
   * Windows in seconds, ascending; at most 8, the longest at most 100 times the shortest. Counted in tenths of the shortest.
   * Default 10, 60 and 300.
   */
  readonly windowsSeconds?: readonly number[];
}

const aggregationSchema = z.enum(['sum', 'average', 'min', 'max', 'count', 'p50', 'p95', 'p99', 'rate']);

const definitionSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,99}$/, 'must be snake_case, at most 100 characters'),
  unit: z.string().min(1).max(40),
  description: z.string().min(1).max(500),
  category: z.enum([
    'system',
    'performance',
    'business',
    'security',
    'reliability',
    'resource',
    'user',
    'agent',
  ]),
  aggregations: z.array(aggregationSchema).optional(),
});

const ascending = (values: readonly number[]): boolean =>
  values.every((value, index) => index === 0 || value > (values[index - 1] ?? value));

const histogramSchema = definitionSchema.extend({
  lowest: z.number().positive().min(1e-300).max(1e290).optional(),
  bounds: z
    .array(z.number().positive())
    .min(1)
    .max(40)
    .refine(ascending, 'must be ascending and without repetitions')
    .optional(),
});

const rateSchema = definitionSchema.extend({
  windowsSeconds: z
    .array(z.number().min(0.01).max(86_400))
    .min(1)
    .max(8)
    .refine(ascending, 'must be ascending and without repetitions')
    .refine((windows) => (windows.at(-1) ?? 0) <= 100 * (windows[0] ?? 0), {
      message: 'the longest may be at most 100 times the shortest',
    })
    .optional(),
});

/** The checks of a definition, by kind. */
const definitionSchemas = {
  counter: definitionSchema,
  gauge: definitionSchema.extend({ merge: z.enum(['sum', 'max', 'min', 'last']).optional() }),
  histogram: histogramSchema,
  rate: rateSchema,
  custom: definitionSchema,
} as const;

const aggregationsByKind: Readonly<Record<InstrumentKind, readonly Aggregation[]>> = {
  counter: ['sum', 'rate'],
  gauge: ['average', 'min', 'max'],
  histogram: ['count', 'average', 'min', 'max', 'p50', 'p95', 'p99'],
  rate: ['rate', 'sum'],
  custom: [],
};

/** The definition with its defaults, frozen. Throws `invalid_options`. */
export function completeDefinition<D extends InstrumentDefinition>(
  kind: InstrumentKind,
  definition: D,
): D & { readonly aggregations: readonly Aggregation[] } {
  const parsed = parseOptions(`The metric "${definition.name}"`, definitionSchemas[kind], definition);
  const aggregations = Object.freeze([...(parsed.aggregations ?? aggregationsByKind[kind])]);
  // What was parsed has the fields of the definition and nothing else, since the schemas are strict.
  return Object.freeze({ ...definition, ...parsed, aggregations });
}

const lowestByUnit: Readonly<Record<string, number>> = { ms: 1e-3, s: 1e-6, bytes: 1 };

/** The smallest value that a histogram tells apart. */
export function lowestOf(definition: HistogramDefinition): number {
  return definition.lowest ?? lowestByUnit[definition.unit] ?? 1e-3;
}

const powers = (first: number, count: number, factor: number): readonly number[] =>
  Object.freeze(Array.from({ length: count }, (_, index) => first * factor ** index));

const durationBounds = powers(1, 15, 2);
const boundsByUnit: Readonly<Record<string, readonly number[]>> = {
  ms: durationBounds,
  s: Object.freeze(durationBounds.map((bound) => bound / 1_000)),
  bytes: powers(1_024, 11, 4),
};
const boundsOtherwise = powers(0.125, 20, 2);

/** The upper bounds of a histogram's classic buckets. */
export function boundsOf(definition: HistogramDefinition): readonly number[] {
  return definition.bounds ?? boundsByUnit[definition.unit] ?? boundsOtherwise;
}

const windowsByDefault: readonly number[] = Object.freeze([10, 60, 300]);

/** The windows of a rate, in seconds. */
export function windowsOf(definition: RateDefinition): readonly number[] {
  return definition.windowsSeconds ?? windowsByDefault;
}
