import { z } from 'zod';
import { invariant, parseOptions, RaptorFlowError, systemClock, type Clock } from '../kernel/index.ts';
import { CounterSeries, GaugeSeries, HistogramSketchSeries, type Drops } from './bound.ts';
import type {
  Aggregation,
  BoundCounter,
  BoundGauge,
  BoundHistogram,
  Counter,
  Gauge,
  Histogram,
  InstrumentDefinition,
  InstrumentKind,
  Meter,
  MetricSnapshot,
  MetricsSnapshot,
  Tags,
} from './instrument.ts';
import { SeriesTable, type SeriesBudget, type SeriesLimits } from './series.ts';

/** The limits of a registry; all optional. */
export interface MetricsOptions {
  /** Metrics in the registry. Default 2,000. */
  readonly metricsMax?: number;
  /** Series of one metric before further ones fold into `other`. Default 2,000. */
  readonly seriesPerMetricMax?: number;
  /** Series over all metrics before further ones fold. Default 20,000. */
  readonly seriesMax?: number;
  /** Tags of one series; further ones are left out, by name in alphabetical order. Default 12. */
  readonly tagsMax?: number;
  /** Characters of a tag's value; longer ones are cut. Default 200. */
  readonly tagValueCharactersMax?: number;
}

/** What a registry needs from outside. */
export interface MetricsDeps {
  readonly clock?: Clock;
}

/** A registry of instruments. */
export interface Metrics extends Meter {
  /** All metrics by name, with their values now; gauges with callbacks are asked. Never throws because of a callback. */
  snapshot(): MetricsSnapshot;
}

const optionsSchema = z.strictObject({
  metricsMax: z.int().positive().default(2_000),
  seriesPerMetricMax: z.int().positive().default(2_000),
  seriesMax: z.int().positive().default(20_000),
  tagsMax: z.int().positive().max(100).default(12),
  tagValueCharactersMax: z.int().positive().max(10_000).default(200),
});

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
const histogramDefinitionSchema = definitionSchema.extend({
  lowest: z.number().positive().min(1e-300).max(1e290).optional(),
});

const aggregationsByKind: Readonly<Record<InstrumentKind, readonly Aggregation[]>> = {
  counter: ['sum', 'rate'],
  gauge: ['average', 'min', 'max'],
  histogram: ['count', 'average', 'min', 'max', 'p50', 'p95', 'p99'],
};
const lowestByUnit: Readonly<Record<string, number>> = { ms: 1e-3, s: 1e-6, bytes: 1 };
const lowestOtherwise = 1e-3;

/** Anything that can be a metric of the registry: the public instrument and how it is read. */
type Metric = (
  | { readonly kind: 'counter'; readonly instrument: Counter }
  | { readonly kind: 'gauge'; readonly instrument: Gauge }
  | { readonly kind: 'histogram'; readonly instrument: Histogram }
) & { readonly snapshot: () => MetricSnapshot };

type Shared = {
  readonly definition: InstrumentDefinition;
  readonly drops: Drops;
  readonly limits: SeriesLimits;
  readonly budget: SeriesBudget;
};

/** What every kind of snapshot says beside its series. */
function baseOf<H>(shared: Shared, table: SeriesTable<H>): Omit<MetricSnapshot, 'kind' | 'series'> {
  return {
    definition: shared.definition,
    valuesDropped: shared.drops.values,
    lookupsFolded: table.lookupsFolded,
    foldedExamples: [...table.foldedExamples],
  };
}

const noTags: Tags = Object.freeze({});

function counterMetric(shared: Shared): Metric {
  const table = new SeriesTable(() => new CounterSeries(shared.drops), shared.limits, shared.budget);
  let own: BoundCounter | undefined;
  const plain = (): BoundCounter => (own ??= table.lookup(noTags));
  const instrument: Counter = {
    add: (amount) => plain().add(amount),
    with: (tags) => table.lookup(tags),
  };
  return {
    kind: 'counter',
    instrument,
    snapshot: () => ({
      kind: 'counter',
      ...baseOf(shared, table),
      series: Array.from(table.all(), ({ tags, handle }) => ({ tags, value: handle.value })),
    }),
  };
}

function gaugeMetric(shared: Shared): Metric {
  const table = new SeriesTable(() => new GaugeSeries(shared.drops), shared.limits, shared.budget);
  let own: BoundGauge | undefined;
  const plain = (): BoundGauge => (own ??= table.lookup(noTags));
  const instrument: Gauge = {
    set: (value) => plain().set(value),
    add: (amount) => plain().add(amount),
    observe: (callback) => plain().observe(callback),
    with: (tags) => table.lookup(tags),
  };
  return {
    kind: 'gauge',
    instrument,
    snapshot: () => {
      // Read first: a callback that fails is counted in this very snapshot.
      const series = Array.from(table.all(), ({ tags, handle }) => ({ tags, value: handle.read() }));
      return { kind: 'gauge', ...baseOf(shared, table), series };
    },
  };
}

function histogramMetric(shared: Shared, lowest: number): Metric {
  const make = (): HistogramSketchSeries => new HistogramSketchSeries(lowest, shared.drops);
  const table = new SeriesTable(make, shared.limits, shared.budget);
  let own: BoundHistogram | undefined;
  const plain = (): BoundHistogram => (own ??= table.lookup(noTags));
  const instrument: Histogram = {
    record: (value) => plain().record(value),
    percentile: (p) => plain().percentile(p),
    with: (tags) => table.lookup(tags),
  };
  return {
    kind: 'histogram',
    instrument,
    snapshot: () => ({
      kind: 'histogram',
      ...baseOf(shared, table),
      series: Array.from(table.all(), ({ tags, handle }) => ({ tags, value: handle.read() })),
    }),
  };
}

/**
 * Builds a registry of metrics. Recording never throws and never blocks; what it refuses or folds is counted and shown
 * in the snapshot. Throws `invalid_options`.
 */
export function createMetrics(options: MetricsOptions = {}, deps: MetricsDeps = {}): Metrics {
  const limits = parseOptions('createMetrics', optionsSchema, options);
  const clock = deps.clock ?? systemClock;
  const budget: SeriesBudget = { seriesMax: limits.seriesMax, series: 0 };
  const metrics = new Map<string, Metric>();

  const register = (
    kind: InstrumentKind,
    definition: InstrumentDefinition,
    build: (s: Shared) => Metric,
  ): Metric => {
    const known = metrics.get(definition.name);
    if (known) {
      if (known.kind === kind) return known;
      throw new RaptorFlowError(
        'metric_conflict',
        `The metric "${definition.name}" is already a ${known.kind}; give the ${kind} another name.`,
      );
    }
    const schema = kind === 'histogram' ? histogramDefinitionSchema : definitionSchema;
    const parsed = parseOptions(`The metric "${definition.name}"`, schema, definition);
    if (metrics.size >= limits.metricsMax) {
      throw new RaptorFlowError(
        'exhausted',
        `The registry already holds metricsMax = ${limits.metricsMax} metrics; "${definition.name}" was not added.`,
      );
    }
    const complete = Object.freeze({
      ...parsed,
      aggregations: parsed.aggregations ?? aggregationsByKind[kind],
    });
    const metric = build({ definition: complete, drops: { values: 0 }, limits, budget });
    metrics.set(definition.name, metric);
    return metric;
  };

  return {
    counter: (definition) => {
      const metric = register('counter', definition, counterMetric);
      invariant(metric.kind === 'counter', 'a registered counter is a counter');
      return metric.instrument;
    },
    gauge: (definition) => {
      const metric = register('gauge', definition, gaugeMetric);
      invariant(metric.kind === 'gauge', 'a registered gauge is a gauge');
      return metric.instrument;
    },
    histogram: (definition) => {
      const lowest = definition.lowest ?? lowestByUnit[definition.unit] ?? lowestOtherwise;
      const metric = register('histogram', definition, (shared) => histogramMetric(shared, lowest));
      invariant(metric.kind === 'histogram', 'a registered histogram is a histogram');
      return metric.instrument;
    },
    snapshot: () => {
      const byName = [...metrics].toSorted(([a], [b]) => (a < b ? -1 : 1));
      const taken = byName.map(([, metric]) => metric.snapshot());
      return {
        takenAt: clock.now(),
        metrics: taken,
        series: budget.series,
        valuesDropped: taken.reduce((sum, metric) => sum + metric.valuesDropped, 0),
      };
    },
  };
}

const nothing = (): void => undefined;
const silentCounter: Counter = Object.freeze({ add: nothing, with: () => silentCounter });
const silentGauge: Gauge = Object.freeze({
  set: nothing,
  add: nothing,
  observe: () => nothing,
  with: () => silentGauge,
});
const silentHistogram: Histogram = Object.freeze({
  record: nothing,
  percentile: () => undefined,
  with: () => silentHistogram,
});

/** Takes every recording and keeps nothing; the default where no registry is passed. */
export const silentMeter: Meter = Object.freeze({
  counter: () => silentCounter,
  gauge: () => silentGauge,
  histogram: () => silentHistogram,
});
