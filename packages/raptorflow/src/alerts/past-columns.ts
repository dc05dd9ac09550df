import type { Tags } from '../metrics/index.ts';
import { keyOfTags } from './instance.ts';
import type { RuleAggregation } from './rule.ts';
import type { PastPoint, PastQuery, PastSeries, PastSource } from './source.ts';

/** Points of one series in the order of time: each sums up the step that ends with it. */
export interface Column {
  readonly tags: Tags;
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

/** Columns by series. */
export type Columns = ReadonlyMap<string, Column>;

/** Series of one answer; there may be more. */
const pageSeries = 100;
/** Points of one series in one answer. */
const pagePoints = 1_000;

/** Everything that a query finds, series by series and stretch by stretch, because histories answer only so much at once. */
export async function queryAll(
  past: PastSource,
  query: Omit<PastQuery, 'limit' | 'offset'>,
): Promise<readonly PastSeries[]> {
  const points = new Map<string, { readonly tags: Tags; readonly byTime: Map<number, PastPoint> }>();
  for (let from = query.from; from < query.to; from += pagePoints * query.step) {
    const to = Math.min(query.to, from + pagePoints * query.step);
    for (let offset = 0; ; offset += pageSeries) {
      const { series, total } = await past.query({ ...query, from, to, limit: pageSeries, offset });
      for (const { tags, points: found } of series) {
        const key = keyOfTags(tags);
        const known = points.get(key) ?? { tags, byTime: new Map<number, PastPoint>() };
        points.set(key, known);
        // A history may widen a range to whole steps; what it then says twice is the same.
        for (const point of found) known.byTime.set(point.at, point);
      }
      if (total === undefined || offset + pageSeries >= total) break;
    }
  }
  return [...points.values()].map(({ tags, byTime }) => ({
    tags,
    points: [...byTime.values()].sort((a, b) => a.at - b.at),
  }));
}

/** The points of series as columns. */
export function columnsOf(series: readonly PastSeries[]): Columns {
  return new Map(
    series.map(({ tags, points }) => [
      keyOfTags(tags),
      { tags, times: points.map(({ at }) => at), values: points.map(({ value }) => value) },
    ]),
  );
}

const percentiles: ReadonlySet<RuleAggregation> = new Set<RuleAggregation>(['p50', 'p95', 'p99']);

/** Whether a window's value follows from those of its parts. Percentiles do not; they are read as windows of whole lengths. */
export function isCombinable(aggregation: RuleAggregation): boolean {
  return !percentiles.has(aggregation);
}

/** What has to be asked of the parts of a window to say what the window is. */
export function partsOf(aggregation: RuleAggregation): readonly RuleAggregation[] {
  return aggregation === 'average' ? ['average', 'count'] : [aggregation];
}

/** The value of the window that ends at `endAt`, from the columns of `partsOf`; null when there is none. */
export function combine(
  aggregation: RuleAggregation,
  columns: readonly (Column | undefined)[],
  windowMs: number,
  endAt: number,
): number | null {
  const [first, second] = columns;
  if (!first) return null;
  const { begin, end } = placesIn(first, windowMs, endAt);
  const found: number[] = [];
  let [weighed, weight] = [0, 0];
  for (let index = begin; index < end; index += 1) {
    const value = first.values[index];
    if (value === null || value === undefined) continue;
    found.push(value);
    // Both columns are answers to the same question and have the same moments.
    const count = second?.values[index] ?? 1;
    weighed += value * count;
    weight += count;
  }
  if (found.length === 0) return null;
  const sum = found.reduce((total, value) => total + value, 0);
  switch (aggregation) {
    case 'sum':
    case 'count':
      return sum;
    case 'average':
      return weight === 0 ? null : weighed / weight;
    case 'min':
      return Math.min(...found);
    case 'max':
      return Math.max(...found);
    case 'rate':
      return sum / found.length;
    case 'last':
    case 'p50':
    case 'p95':
    case 'p99':
      return found.at(-1) ?? null;
  }
}

// Steps that lie in the window whole; of steps that are longer than the window the newest one that is over.
function placesIn({ times }: Column, windowMs: number, endAt: number): { begin: number; end: number } {
  const spacing = times.length > 1 ? (times[1] ?? 0) - (times[0] ?? 0) : windowMs;
  return {
    begin: countUpTo(times, endAt - Math.max(windowMs, spacing)),
    end: countUpTo(times, endAt),
  };
}

function countUpTo(times: readonly number[], moment: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
