import { RaptorFlowError } from '../kernel/index.ts';
import { boundsOf, type Tags } from './definition.ts';
import { bandsOf, exemplarsByBand, type AnyKind } from './exposition/family.ts';
import { mergeNumbers } from './gauge-series.ts';
import { mergeHistogramValues } from './sketch.ts';
import type {
  FoldedTags,
  FoldReport,
  HistogramSeries,
  MetricSnapshot,
  MetricSnapshotBase,
  MetricsSnapshot,
  NumberSeries,
  RateSeries,
} from './snapshot.ts';

/** How snapshots are merged. */
export interface MergeOptions {
  /** The kinds of one's own that the snapshots may contain; metrics of others are left out. */
  readonly kinds?: readonly AnyKind[];
}

type MetricOf<K extends MetricSnapshot['kind']> = Extract<MetricSnapshot, { readonly kind: K }>;

/**
 * What all processes together hold, from a snapshot of each. Series are joined by their metric's name and their tags: counters and
 * rates add, histograms merge to exactly what one process would have recorded (sums as floating-point addition gives them), gauges
 * follow the `merge` rule of their definition (`last` takes the snapshot that was taken last), kinds of one's own their `merge`. The
 * newest snapshot's definition holds. `takenAt` is the newest one's.
 *
 * Each process has its own limits, so the result can have more series than one of them: at most the sum. Throws `metric_conflict` when
 * a name is of one kind in one snapshot and of another in the next.
 */
export function mergeSnapshots(
  snapshots: readonly MetricsSnapshot[],
  options: MergeOptions = {},
): MetricsSnapshot {
  const inOrder = snapshots.toSorted((a, b) => a.takenAt - b.takenAt);
  const byName = new Map<string, MetricSnapshot[]>();
  for (const snapshot of inOrder) {
    for (const metric of snapshot.metrics) {
      const there = byName.get(metric.definition.name);
      if (there) there.push(metric);
      else byName.set(metric.definition.name, [metric]);
    }
  }
  const metrics = [...byName]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, same]) => mergeMetric(same, options.kinds ?? []) ?? []);
  return {
    takenAt: inOrder.at(-1)?.takenAt ?? 0,
    metrics,
    series: metrics.reduce((sum, metric) => sum + metric.series.length, 0),
    valuesDropped: snapshots.reduce((sum, snapshot) => sum + snapshot.valuesDropped, 0),
  };
}

function mergeMetric(same: readonly MetricSnapshot[], kinds: readonly AnyKind[]): MetricSnapshot | undefined {
  const newest = same.at(-1);
  if (newest === undefined) return undefined;
  const base = mergeBases(same);
  switch (newest.kind) {
    case 'counter':
      return { ...newest, ...base, series: joinSeries(alike(same, newest), addNumbers) };
    case 'gauge': {
      const { merge = 'sum' } = newest.definition;
      const join = (all: readonly NumberSeries[]): number => {
        const values = all.map(({ value }) => value);
        return merge === 'last' ? (values.at(-1) ?? 0) : mergeNumbers(merge, values);
      };
      return { ...newest, ...base, series: joinSeries(alike(same, newest), join) };
    }
    case 'histogram':
      return { ...newest, ...base, series: mergeHistograms(alike(same, newest), newest) };
    case 'rate':
      return { ...newest, ...base, series: joinSeries(alike(same, newest), addRates) };
    case 'custom': {
      const kind = kinds.find((each) => each.kind === newest.customKind);
      if (!kind) return undefined;
      const all = alike(same, newest);
      const stranger = all.find((each) => each.customKind !== newest.customKind);
      if (stranger) throw conflict(newest.definition.name, stranger.customKind, newest.customKind);
      const join = (series: readonly { readonly value: unknown }[]): unknown =>
        series.map(({ value }) => value).reduce((a, b) => kind.merge(a, b));
      return { ...newest, ...base, series: joinSeries(all, join) };
    }
  }
}

/** The metrics, if they are all of this one's kind. */
function alike<K extends MetricSnapshot['kind']>(
  metrics: readonly MetricSnapshot[],
  newest: MetricOf<K>,
): readonly MetricOf<K>[] {
  const stranger = metrics.find((metric) => metric.kind !== newest.kind);
  if (stranger) throw conflict(newest.definition.name, stranger.kind, newest.kind);
  return metrics as readonly MetricOf<K>[];
}

function conflict(name: string, one: string, other: string): RaptorFlowError {
  return new RaptorFlowError(
    'metric_conflict',
    `The metric "${name}" is a ${one} in one snapshot and a ${other} in another; give one of them another name.`,
  );
}

/** The series of several snapshots of one metric, grouped by their tags. */
function grouped<S extends { readonly tags: Tags }>(
  metrics: readonly { readonly series: readonly S[] }[],
): S[][] {
  const byTags = new Map<string, S[]>();
  for (const { series } of metrics) {
    for (const each of series) {
      const key = keyOf(each.tags);
      const there = byTags.get(key);
      if (there) there.push(each);
      else byTags.set(key, [each]);
    }
  }
  return [...byTags.values()];
}

function keyOf(tags: Tags): string {
  return JSON.stringify(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function joinSeries<S extends { readonly tags: Tags; readonly value: unknown }>(
  metrics: readonly { readonly series: readonly S[] }[],
  join: (series: readonly S[]) => S['value'],
): { readonly tags: Tags; readonly value: S['value'] }[] {
  return grouped(metrics).flatMap((same) => {
    const [first] = same;
    return first ? [{ tags: first.tags, value: same.length === 1 ? first.value : join(same) }] : [];
  });
}

const addNumbers = (series: readonly NumberSeries[]): number =>
  series.reduce((sum, { value }) => sum + value, 0);

function addRates(series: readonly RateSeries[]): RateSeries['value'] {
  const windows = Math.max(...series.map(({ value }) => value.perSecond.length));
  return {
    total: series.reduce((sum, { value }) => sum + value.total, 0),
    perSecond: Array.from({ length: windows }, (_, index) =>
      series.reduce((sum, { value }) => sum + (value.perSecond[index] ?? 0), 0),
    ),
  };
}

function mergeHistograms(
  metrics: readonly MetricOf<'histogram'>[],
  { definition }: MetricOf<'histogram'>,
): HistogramSeries[] {
  const bands = bandsOf(boundsOf(definition));
  return grouped(metrics).flatMap((same) => {
    const [first] = same;
    const value = mergeHistogramValues(same.map((series) => series.value));
    if (!first || !value) return [];
    const all = same.flatMap((series) => series.exemplars ?? []).sort((a, b) => a.at - b.at);
    if (all.length === 0) return [{ tags: first.tags, value }];
    const exemplars = exemplarsByBand(all, bands).filter((each) => each !== undefined);
    return [{ tags: first.tags, value, exemplars }];
  });
}

const examplesMax = 16;

function mergeBases(metrics: readonly MetricSnapshot[]): MetricSnapshotBase {
  const sum = (of: (metric: MetricSnapshot) => number): number =>
    metrics.reduce((total, metric) => total + of(metric), 0);
  return {
    valuesDropped: sum((metric) => metric.valuesDropped),
    lookupsFolded: sum((metric) => metric.lookupsFolded),
    foldedExamples: metrics.flatMap((metric) => metric.foldedExamples).slice(0, examplesMax),
    folded: mergeFolds(metrics.map((metric) => metric.folded)),
  };
}

/** Weights of the same tags add, and so do their errors. */
function mergeFolds(reports: readonly FoldReport[]): FoldReport {
  const byTags = new Map<string, FoldedTags>();
  for (const folded of reports.flatMap((report) => report.heaviest)) {
    const key = keyOf(folded.tags);
    const there = byTags.get(key);
    byTags.set(key, {
      tags: folded.tags,
      weight: folded.weight + (there?.weight ?? 0),
      errorMax: folded.errorMax + (there?.errorMax ?? 0),
    });
  }
  return {
    weight: reports.reduce((sum, report) => sum + report.weight, 0),
    replaced: reports.reduce((sum, report) => sum + report.replaced, 0),
    heaviest: [...byTags.values()].sort((a, b) => b.weight - a.weight).slice(0, examplesMax),
  };
}
