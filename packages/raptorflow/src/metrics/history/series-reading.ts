import type { Clock } from '../../kernel/index.ts';
import type { SeriesKind, Tags } from './sampled.ts';
import type { HistoryResolution } from './options.ts';
import { PointReader } from './point-reader.ts';
import { tagsKey, type Point, type SeriesDescription } from './point.ts';
import { Slices } from './slices.ts';
import type { HistoryStore } from './store.ts';

/** Series of all sources that have the same tags and kind, which answers show as one. */
export interface SeriesGroup {
  readonly tags: Tags;
  readonly kind: SeriesDescription['kind'];
  readonly members: readonly SeriesDescription[];
}

/** What is read: a resolution, what is finer for its newest part, and the range with `from` < at ≤ `to`. */
export interface ReadRange {
  readonly resolution: HistoryResolution;
  /** From coarse to fine. */
  readonly finer: readonly HistoryResolution[];
  readonly from: number;
  readonly to: number;
}

/** Finds the series of a metric whose tags contain all of these, in the order of their tags. */
export async function findSeries(
  store: HistoryStore,
  clock: Clock,
  metric: string,
  tags: Tags,
): Promise<SeriesGroup[]> {
  const wanted = Object.entries(tags);
  const groups = new Map<string, SeriesDescription[]>();
  const all = await store.listSeries({ metric });
  const slices = new Slices(clock);
  for (const description of all) {
    if (slices.isOver) await slices.pause();
    if (!wanted.every(([name, value]) => description.tags[name] === value)) continue;
    const key = `${tagsKey(description.tags)} ${description.kind}`;
    const group = groups.get(key);
    if (group) group.push(description);
    else groups.set(key, [description]);
  }
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, members]) => {
      const [first] = members;
      return first ? [{ tags: first.tags, kind: first.kind, members }] : [];
    });
}

/** One metric that there is a history of. */
export interface HistoryMetric {
  readonly metric: string;
  readonly kind: SeriesKind;
  readonly unit: string;
  readonly description: string;
  readonly category: string;
  /** Series with different tags. */
  readonly series: number;
  /** The processes that have recorded it. */
  readonly sources: readonly string[];
}

/** What metrics there are, by name. */
export function listMetrics(
  series: readonly SeriesDescription[],
  category: string | undefined,
): HistoryMetric[] {
  const metrics = new Map<
    string,
    { description: SeriesDescription; tags: Set<string>; sources: Set<string> }
  >();
  for (const one of series) {
    if (category !== undefined && one.category !== category) continue;
    const key = `${one.metric} ${one.kind}`;
    let metric = metrics.get(key);
    if (!metric) metrics.set(key, (metric = { description: one, tags: new Set(), sources: new Set() }));
    metric.tags.add(tagsKey(one.tags));
    metric.sources.add(one.source);
  }
  return [...metrics]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { description, tags, sources }]) => ({
      metric: description.metric,
      kind: description.kind,
      unit: description.unit,
      description: description.description,
      category: description.category,
      series: tags.size,
      sources: [...sources].toSorted(),
    }));
}

/**
 * Reads the points of groups, member by member. What a resolution does not have yet, because its step is not over or its process died in it, comes
 * from the finer ones.
 */
export async function readGroups(
  store: HistoryStore,
  clock: Clock,
  groups: readonly SeriesGroup[],
  range: ReadRange,
): Promise<{ readonly points: readonly (readonly Point[])[][]; readonly damaged: number }> {
  const reader = new PointReader(store, clock);
  const series = groups.flatMap(({ members }) => members);
  const { from, to, resolution, finer } = range;
  const points: Point[][] = await reader.read(series, { stepMs: resolution.stepMs, from, to });
  let coarserMs = resolution.stepMs;
  for (const { stepMs } of finer) {
    await readNewest(reader, series, points, { stepMs, coarserMs, from, to, now: clock.now() });
    coarserMs = stepMs;
  }
  const byGroup: Point[][][] = [];
  let next = 0;
  for (const { members } of groups) {
    byGroup.push(points.slice(next, next + members.length));
    next += members.length;
  }
  return { points: byGroup, damaged: reader.damaged };
}

/** Adds the finer points that are newer than a series' newest coarse one. */
async function readNewest(
  reader: PointReader,
  series: readonly SeriesDescription[],
  points: Point[][],
  range: {
    readonly stepMs: number;
    readonly coarserMs: number;
    readonly from: number;
    readonly to: number;
    readonly now: number;
  },
): Promise<void> {
  const { stepMs, coarserMs, from, to, now } = range;
  const newest = points.map((list) => Math.max(from, list.at(-1)?.at ?? from));
  // Series that have ended long ago would make everybody's newest part long: they are read apart.
  const isRecent = (place: number): boolean => (newest[place] ?? from) >= now - 2 * coarserMs;
  const places = [...series.keys()];
  for (const group of [places.filter(isRecent), places.filter((place) => !isRecent(place))]) {
    if (group.length === 0) continue;
    const since = Math.min(...group.map((place) => newest[place] ?? from));
    const members = group.flatMap((place) => series[place] ?? []);
    const found = await reader.read(members, { stepMs, from: since, to });
    for (const [index, place] of group.entries()) {
      const after = newest[place] ?? from;
      const more = (found[index] ?? []).filter(({ at }) => at > after);
      if (more.length > 0) points[place] = [...(points[place] ?? []), ...more];
    }
  }
}
