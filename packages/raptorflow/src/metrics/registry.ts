import { z } from 'zod';
import {
  invariant,
  parseOptions,
  RaptorFlowError,
  systemClock,
  type Clock,
  type Logger,
} from '../kernel/index.ts';
import type { CustomKind } from './custom-kind.ts';
import {
  completeDefinition,
  type InstrumentDefinition,
  type InstrumentKind,
  type TimerDefinition,
} from './definition.ts';
import { Diagnosis, Drops } from './diagnosis.ts';
import { exposeFamilies, joined } from './exposition/expose.ts';
import type { ExpositionFormat } from './exposition/text.ts';
import type { CustomInstrument, Meter, Timer } from './instrument.ts';
import {
  counterMetric,
  customMetric,
  gaugeMetric,
  histogramMetric,
  rateMetric,
  type Metric,
  type MetricParts,
} from './metric.ts';
import { namedRecording, type NamedRecording } from './named-recording.ts';
import { selfFamilies } from './self-report.ts';
import type { SeriesBudget } from './series.ts';
import type { MetricSnapshot, MetricsSnapshot } from './snapshot.ts';

/** The limits of a registry; all optional. */
export interface MetricsOptions {
  /** Metrics in the registry. Default 2,000. */
  readonly metricsMax?: number;
  /** Series of one metric before the lightest fold into `other`. Default 2,000. */
  readonly seriesPerMetricMax?: number;
  /** Series over all metrics before the lightest of each fold. Default 20,000. */
  readonly seriesMax?: number;
  /** Tags of one series; further ones are left out, by name in alphabetical order. Default 12. */
  readonly tagsMax?: number;
  /** Characters of a tag's value; longer ones are cut. Default 200. */
  readonly tagValueCharactersMax?: number;
  /**
   * Folded tag sets of one metric that are weighed, to find those that deserve a place of their own: any that has more than one in so
   * many parts of what is folded is found. Default 512.
   */
  readonly foldedTrackedMax?: number;
}

/** What a registry needs from outside. */
export interface MetricsDeps {
  readonly clock?: Clock;
  /** Gets what `setDebug(true)` asks for, at level `info`. */
  readonly logger?: Logger;
}

/** A registry of instruments. */
export interface Metrics extends Meter, NamedRecording {
  /** All metrics by name, with their values now; gauges with callbacks are asked. Never throws because of a callback. */
  snapshot(): MetricsSnapshot;
  /**
   * The same metrics, each read when it is its turn: for those who give the event loop a turn in between, because a snapshot of tens
   * of thousands of series takes tens of milliseconds.
   */
  snapshotEach(): Iterable<MetricSnapshot>;
  /** When the registry was made and everything counted from 0, in epoch milliseconds. */
  readonly startedAt: number;
  /**
   * Everything as text for a scraper; see `negotiateExposition` for the format. The event loop gets its turn after every few thousand
   * lines, so series of one text may be some milliseconds apart.
   */
  expose(format: ExpositionFormat): Promise<string>;
  /** The same in slices of UTF-8, each of whole lines, for an answer that is sent while it is written. */
  exposeSlices(format: ExpositionFormat): AsyncIterable<Uint8Array>;
  /** Logs each fold, drop and slow callback from now on, at most 20 lines in a second, or stops doing so. */
  setDebug(enabled: boolean): void;
}

const optionsSchema = z.strictObject({
  metricsMax: z.int().positive().default(2_000),
  seriesPerMetricMax: z.int().positive().max(1_000_000).default(2_000),
  seriesMax: z.int().positive().max(10_000_000).default(20_000),
  tagsMax: z.int().positive().max(100).default(12),
  tagValueCharactersMax: z.int().positive().max(10_000).default(200),
  foldedTrackedMax: z.int().positive().max(100_000).default(512),
});

/**
 * Builds a registry of metrics. Recording never throws and never blocks; what it refuses or folds is counted and shown
 * in the snapshot. Throws `invalid_options`.
 */
export function createMetrics(options: MetricsOptions = {}, deps: MetricsDeps = {}): Metrics {
  const limits = parseOptions('createMetrics', optionsSchema, options);
  const clock = deps.clock ?? systemClock;
  const diagnosis = new Diagnosis(clock, deps.logger);
  const budget: SeriesBudget = { seriesMax: limits.seriesMax, series: 0 };
  const metrics = new Map<string, Metric>();

  const register = <D extends InstrumentDefinition>(
    kind: InstrumentKind,
    definition: D,
    build: (complete: D, parts: MetricParts) => Metric,
  ): Metric => {
    const known = metrics.get(definition.name);
    if (known) {
      if (known.kind === kind) return known;
      throw conflict(definition.name, `a ${known.kind}`, `the ${kind}`);
    }
    const complete = completeDefinition(kind, definition);
    if (metrics.size >= limits.metricsMax) throw tooMany(definition.name, limits.metricsMax);
    const { name } = complete;
    const drops = new Drops(name, diagnosis);
    const metric = build(complete, { name, limits, budget, diagnosis, clock, drops });
    metrics.set(name, metric);
    return metric;
  };

  const sorted = (): Metric[] =>
    [...metrics].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, metric]) => metric);
  const families = function* (): Generator<ReturnType<Metric['family']>> {
    for (const metric of sorted()) yield metric.family();
    yield* selfFamilies(sorted(), budget.series, diagnosis.misfits);
  };
  const recording = namedRecording(
    metrics,
    (kind, definition) =>
      kind === 'counter'
        ? register(kind, definition, counterMetric)
        : kind === 'gauge'
          ? register(kind, definition, gaugeMetric)
          : register(kind, definition, histogramMetric),
    diagnosis,
  );

  return Object.freeze({
    ...instrumentsOf(register),
    ...recording,
    snapshot: () => {
      const taken = sorted().map((metric) => metric.snapshot());
      return {
        takenAt: clock.now(),
        metrics: taken,
        series: budget.series,
        valuesDropped: taken.reduce((sum, metric) => sum + metric.valuesDropped, diagnosis.misfits),
      };
    },
    snapshotEach: function* () {
      for (const metric of sorted()) yield metric.snapshot();
    },
    startedAt: clock.now(),
    expose: (format) => joined(exposeFamilies(families(), format)),
    exposeSlices: (format) => exposeFamilies(families(), format),
    setDebug: (enabled) => {
      diagnosis.enabled = enabled;
    },
  } satisfies Metrics);
}

function tooMany(name: string, metricsMax: number): RaptorFlowError {
  return new RaptorFlowError(
    'exhausted',
    `The registry already holds metricsMax = ${metricsMax} metrics; "${name}" was not added.`,
  );
}

type Register = <D extends InstrumentDefinition>(
  kind: InstrumentKind,
  definition: D,
  build: (complete: D, parts: MetricParts) => Metric,
) => Metric;

/** The calls that make instruments. */
function instrumentsOf(register: Register): Meter {
  const timer = (definition: TimerDefinition): Timer => {
    const metric = register('histogram', { ...definition, unit: definition.unit ?? 'ms' }, histogramMetric);
    invariant(metric.kind === 'histogram', 'a registered histogram is a histogram');
    if (metric.unit === 'ms' || metric.unit === 's') return metric.instrument;
    throw conflict(definition.name, `a histogram of ${metric.unit}`, 'the timer');
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
      const metric = register('histogram', definition, histogramMetric);
      invariant(metric.kind === 'histogram', 'a registered histogram is a histogram');
      return metric.instrument;
    },
    timer,
    rate: (definition) => {
      const metric = register('rate', definition, rateMetric);
      invariant(metric.kind === 'rate', 'a registered rate is a rate');
      return metric.instrument;
    },
    custom: <Input, State, Value>(
      kind: CustomKind<Input, State, Value>,
      definition: InstrumentDefinition,
    ): CustomInstrument<Input> => {
      const metric = register('custom', definition, (complete, parts) => customMetric(kind, complete, parts));
      invariant(metric.kind === 'custom', 'a registered kind of one’s own is one');
      if (metric.customKind === kind.kind) return metric.instrument;
      throw conflict(definition.name, `a ${metric.customKind}`, `the ${kind.kind}`);
    },
  };
}

function conflict(name: string, taken: string, wanted: string): RaptorFlowError {
  return new RaptorFlowError(
    'metric_conflict',
    `The metric "${name}" is already ${taken}; give ${wanted} another name.`,
  );
}
