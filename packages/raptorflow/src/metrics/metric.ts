import type { Clock } from '../kernel/index.ts';
import { CounterSeries } from './counter-series.ts';
import type { CustomKind } from './custom-kind.ts';
import { CustomKindSeries } from './custom-series.ts';
import {
  boundsOf,
  lowestOf,
  windowsOf,
  type GaugeDefinition,
  type HistogramDefinition,
  type InstrumentDefinition,
  type RateDefinition,
  type Tags,
} from './definition.ts';
import { bandsOf, type ExposedFamily } from './exposition/family.ts';
import { GaugeSeries } from './gauge-series.ts';
import { HistogramSketchSeries } from './histogram-series.ts';
import type { Counter, CustomInstrument, Gauge, Rate, Timer } from './instrument.ts';
import { RateMeterSeries } from './rate-series.ts';
import { SeriesTable, type MetricContext, type Series } from './series.ts';
import type { HistogramSeries, MetricSnapshot, MetricSnapshotBase } from './snapshot.ts';

/** What every metric of a registry can do beside recording. */
interface Readable {
  readonly definition: InstrumentDefinition;
  snapshot(): MetricSnapshot;
  family(): ExposedFamily;
  /** What was dropped and folded, without reading any series. */
  toll(): Toll;
}

/** What a metric had to refuse. */
export interface Toll {
  readonly valuesDropped: number;
  readonly folded: number;
  readonly replaced: number;
}

/** A metric of a registry: the public instrument and how it is read. */
export type Metric = Readable &
  (
    | { readonly kind: 'counter'; readonly instrument: Counter }
    | { readonly kind: 'gauge'; readonly instrument: Gauge }
    | { readonly kind: 'histogram'; readonly unit: string; readonly instrument: Timer }
    | { readonly kind: 'rate'; readonly instrument: Rate }
    | { readonly kind: 'custom'; readonly customKind: string; readonly instrument: CustomInstrument<unknown> }
  );

/** What metrics are built from. */
export interface MetricParts extends MetricContext {
  readonly clock: Clock;
}

const noTags: Tags = Object.freeze({});

/** What every kind of snapshot says beside its series. */
function baseOf<S extends Series<S>>(parts: MetricParts, table: SeriesTable<S>): MetricSnapshotBase {
  return {
    valuesDropped: parts.drops.values,
    lookupsFolded: table.lookupsFolded,
    foldedExamples: [...table.foldedExamples],
    folded: table.report(),
  };
}

function tollOf<S extends Series<S>>(parts: MetricParts, table: SeriesTable<S>): () => Toll {
  return () => ({ valuesDropped: parts.drops.values, folded: table.foldedWeight, replaced: table.replaced });
}

/** The series without tags, made at the first call. */
function plainOf<S extends Series<S>>(table: SeriesTable<S>): () => S {
  let own: S | undefined;
  return () => (own ??= table.lookup(noTags));
}

/** Builds a counter; the definition is complete. */
export function counterMetric(definition: InstrumentDefinition, parts: MetricParts): Metric {
  const table: SeriesTable<CounterSeries> = new SeriesTable(
    (pairs, key, fold) => new CounterSeries(pairs, key, fold, parts.drops),
    parts,
  );
  const plain = plainOf(table);
  return {
    kind: 'counter',
    definition,
    instrument: { add: (amount) => plain().add(amount), with: (tags) => table.lookup(tags) },
    snapshot: () => ({
      kind: 'counter',
      definition,
      ...baseOf(parts, table),
      series: table.all().map((series) => ({ tags: series.tags, value: series.value })),
    }),
    family: () => ({ kind: 'counter', definition, series: table.all() }),
    toll: tollOf(parts, table),
  };
}

/** Builds a gauge; the definition is complete. */
export function gaugeMetric(definition: GaugeDefinition, parts: MetricParts): Metric {
  const { name, merge = 'sum' } = definition;
  const context = { name, merge, drops: parts.drops, diagnosis: parts.diagnosis, clock: parts.clock };
  const table: SeriesTable<GaugeSeries> = new SeriesTable(
    (pairs, key, fold) => new GaugeSeries(pairs, key, fold, context),
    parts,
  );
  const plain = plainOf(table);
  return {
    kind: 'gauge',
    definition,
    instrument: {
      set: (value) => plain().set(value),
      add: (amount) => plain().add(amount),
      observe: (callback) => plain().observe(callback),
      with: (tags) => table.lookup(tags),
    },
    snapshot: () => {
      // Read first: a callback that fails is counted in this very snapshot.
      const series = table.all().map((each) => ({ tags: each.tags, value: each.read() }));
      return { kind: 'gauge', definition, ...baseOf(parts, table), series };
    },
    family: () => ({ kind: 'gauge', definition, series: table.all() }),
    toll: tollOf(parts, table),
  };
}

const msOfUnit: Readonly<Record<string, number>> = { s: 1_000, us: 1e-3, ns: 1e-6, minutes: 60_000 };

function histogramSeriesOf(series: HistogramSketchSeries): HistogramSeries {
  const exemplars = series.exemplars?.filter((each) => each !== undefined);
  const value = series.value();
  return exemplars === undefined ? { tags: series.tags, value } : { tags: series.tags, value, exemplars };
}

/** Builds a histogram, which is a timer too; the definition is complete. */
export function histogramMetric(definition: HistogramDefinition, parts: MetricParts): Metric {
  const context = {
    lowest: lowestOf(definition),
    bands: bandsOf(boundsOf(definition)),
    unitMs: msOfUnit[definition.unit] ?? 1,
    drops: parts.drops,
    clock: parts.clock,
  };
  const table: SeriesTable<HistogramSketchSeries> = new SeriesTable(
    (pairs, key, fold) => new HistogramSketchSeries(pairs, key, fold, context),
    parts,
  );
  const plain = plainOf(table);
  return {
    kind: 'histogram',
    unit: definition.unit,
    definition,
    instrument: {
      record: (value, origin) => plain().record(value, origin),
      percentile: (p) => plain().percentile(p),
      start: () => plain().start(),
      using: (work, origin) => plain().using(work, origin),
      with: (tags) => table.lookup(tags),
    },
    snapshot: () => ({
      kind: 'histogram',
      definition,
      ...baseOf(parts, table),
      series: table.all().map((series) => histogramSeriesOf(series)),
    }),
    family: () => ({ kind: 'histogram', definition, series: table.all() }),
    toll: tollOf(parts, table),
  };
}

/** Builds a rate; the definition is complete. */
export function rateMetric(given: RateDefinition, parts: MetricParts): Metric {
  const definition = Object.freeze({ ...given, windowsSeconds: windowsOf(given) });
  const { windowsSeconds } = definition;
  const context = { windowsSeconds, drops: parts.drops, clock: parts.clock };
  const table: SeriesTable<RateMeterSeries> = new SeriesTable(
    (pairs, key, fold) => new RateMeterSeries(pairs, key, fold, context),
    parts,
  );
  const plain = plainOf(table);
  return {
    kind: 'rate',
    definition,
    instrument: {
      mark: (events) => plain().mark(events),
      perSecond: (windowSeconds) => plain().perSecond(windowSeconds),
      with: (tags) => table.lookup(tags),
    },
    snapshot: () => ({
      kind: 'rate',
      definition,
      ...baseOf(parts, table),
      series: table.all().map((series) => ({ tags: series.tags, value: series.read() })),
    }),
    family: () => ({ kind: 'rate', definition, windowsSeconds, series: table.all() }),
    toll: tollOf(parts, table),
  };
}

/** Builds a metric of a kind of one's own; the definition is complete. */
export function customMetric<Input, State, Value>(
  kind: CustomKind<Input, State, Value>,
  definition: InstrumentDefinition,
  parts: MetricParts,
): Metric {
  const table: SeriesTable<CustomKindSeries<Input, State, Value>> = new SeriesTable(
    (pairs, key, fold) => new CustomKindSeries(pairs, key, fold, kind, parts.drops),
    parts,
  );
  const plain = plainOf(table);
  const instrument: CustomInstrument<Input> = {
    observe: (input) => plain().observe(input),
    with: (tags) => table.lookup(tags),
  };
  return {
    kind: 'custom',
    customKind: kind.kind,
    definition,
    instrument,
    snapshot: () => {
      const series = table
        .all()
        .map((each) => ({ tags: each.tags, value: each.read() }))
        .filter(({ value }) => value !== undefined);
      return { kind: 'custom', customKind: kind.kind, definition, ...baseOf(parts, table), series };
    },
    family: () => ({
      kind: 'custom',
      definition,
      expose: (value) => {
        try {
          return kind.expose(value as Value);
        } catch {
          parts.drops.note(kind.kind, 'expose threw');
          return [];
        }
      },
      series: table.all(),
    }),
    toll: tollOf(parts, table),
  };
}
