import { RaptorFlowError } from '../../kernel/index.ts';
import type { GaugeMerging, SeriesKind } from './sampled.ts';
import type { Percentile } from '../sketch.ts';
import { Accumulator } from './accumulator.ts';
import type { Point, SeriesDescription } from './point.ts';
import type { HistoryAggregation, HistoryPoint } from './query.ts';

/** How a step is answered. */
export interface Aggregator {
  /** Whether distributions are needed for it. */
  readonly needsDistribution: boolean;
  /** The value of a step of so many seconds. `lasts` are the last values of the sources in it. */
  value(step: Accumulator, lasts: readonly number[], seconds: number): Percentile | null;
}

const percentiles: Readonly<Record<string, number>> = { p50: 50, p95: 95, p99: 99 };

/** What is answered when a query does not say. */
export function defaultAggregation(kind: SeriesKind): HistoryAggregation {
  return kind === 'counter' ? 'sum' : 'average';
}

/** Resolves an aggregation for a kind of series. Throws `invalid_input` when the kind has none such. */
export function aggregatorOf(
  aggregation: HistoryAggregation,
  { kind, lowest, merge }: Pick<SeriesDescription, 'kind' | 'lowest' | 'merge'>,
): Aggregator {
  const p = typeof aggregation === 'object' ? aggregation.percentile : percentiles[aggregation];
  if (p !== undefined) {
    if (kind === 'counter') throw unfit('a percentile', kind, 'sum, rate, average, min, max, count or last');
    return { needsDistribution: true, value: (step) => step.percentile(p, lowest) };
  }
  if (aggregation === 'rate' && kind === 'gauge')
    throw unfit('a rate', kind, 'average, min, max, last, sum or a percentile');
  if (aggregation === 'last' && kind === 'histogram') {
    throw unfit('a last value', kind, 'average, min, max, sum, count, rate or a percentile');
  }
  return {
    needsDistribution: false,
    value: simpleValue(typeof aggregation === 'object' ? 'average' : aggregation, kind, merge),
  };
}

function simpleValue(aggregation: string, kind: SeriesKind, merge: GaugeMerging): Aggregator['value'] {
  const isHistogram = kind === 'histogram';
  switch (aggregation) {
    case 'count':
      return ({ count }) => exact(count);
    case 'sum':
      return kind === 'gauge' ? (_step, lasts) => exact(added(lasts)) : ({ sum }) => exact(sum);
    case 'rate':
      return isHistogram
        ? ({ count }, _lasts, seconds) => exact(count / seconds)
        : ({ sum }, _lasts, seconds) => exact(sum / seconds);
    case 'last':
      return kind === 'gauge'
        ? (step, lasts) => exact(mergedLast(merge, step, lasts))
        : ({ last }) => exact(last);
    case 'min':
      return (step) => (step.count === 0 ? null : step.minimum(isHistogram));
    case 'max':
      return (step) => (step.count === 0 ? null : step.maximum(isHistogram));
    default:
      return ({ sum, count }) => (count === 0 ? null : exact(sum / count));
  }
}

/** The last values of a gauge's sources as one, by the rule of its definition. */
export function mergedLast(merge: GaugeMerging, step: Accumulator, lasts: readonly number[]): number {
  if (merge === 'last') return step.last;
  if (merge === 'max') return Math.max(...lasts);
  return merge === 'min' ? Math.min(...lasts) : added(lasts);
}

function added(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function exact(value: number): Percentile {
  return { value, relativeError: 0, clipped: false };
}

function unfit(what: string, kind: SeriesKind, choices: string): RaptorFlowError {
  return new RaptorFlowError('invalid_input', `A ${kind} has no such thing as ${what}; ask for ${choices}.`, {
    details: { kind },
  });
}

/** The steps of an answer. */
export interface AnswerGrid {
  readonly from: number;
  readonly step: number;
  readonly points: number;
  readonly now: number;
}

/** Sums up the points of one series, source by source, on the steps of an answer. */
export function answerPoints(
  sources: readonly (readonly Point[])[],
  grid: AnswerGrid,
  aggregator: Aggregator,
): HistoryPoint[] {
  const answer = Array.from({ length: grid.points }, (_, place): HistoryPoint => {
    return { at: grid.from + (place + 1) * grid.step, value: null, relativeError: 0, clipped: false };
  });
  const [only] = sources;
  if (only && sources.length === 1) answerOne(only, grid, aggregator, answer);
  else answerMany(sources, grid, aggregator, answer);
  return answer;
}

function placeOf(point: Point, { from, step }: AnswerGrid): number {
  return Math.ceil((point.at - from) / step) - 1;
}

/** One source: its points come in the order of time, so that one accumulator serves all steps. */
function answerOne(
  points: readonly Point[],
  grid: AnswerGrid,
  aggregator: Aggregator,
  answer: HistoryPoint[],
): void {
  const accumulator = new Accumulator(true);
  let present = -1;
  for (const point of points) {
    const place = placeOf(point, grid);
    if (place !== present) {
      settle(answer, present, accumulator, [accumulator.last], grid, aggregator);
      accumulator.clear();
      present = place;
    }
    accumulator.add(point, aggregator.needsDistribution);
  }
  settle(answer, present, accumulator, [accumulator.last], grid, aggregator);
}

function answerMany(
  sources: readonly (readonly Point[])[],
  grid: AnswerGrid,
  aggregator: Aggregator,
  answer: HistoryPoint[],
): void {
  const steps = new Map<number, { readonly all: Accumulator; readonly lasts: number[] }>();
  for (const points of sources) {
    const lasts = new Map<number, number>();
    for (const point of points) {
      const place = placeOf(point, grid);
      let step = steps.get(place);
      if (!step) steps.set(place, (step = { all: new Accumulator(true), lasts: [] }));
      step.all.add(point, aggregator.needsDistribution);
      lasts.set(place, point.last);
    }
    for (const [place, last] of lasts) steps.get(place)?.lasts.push(last);
  }
  for (const [place, { all, lasts }] of steps) settle(answer, place, all, lasts, grid, aggregator);
}

/** Puts the value of a step into its place, if it has one. */
function settle(
  answer: HistoryPoint[],
  place: number,
  accumulator: Accumulator,
  lasts: readonly number[],
  { step, now }: AnswerGrid,
  aggregator: Aggregator,
): void {
  const before = answer[place];
  if (!before || accumulator.isEmpty) return;
  const { at } = before;
  // A step that is still going on has had as much time as it has been sampled for.
  const spanMs = at > now ? accumulator.lastAt - (at - step) : step;
  const found = aggregator.value(accumulator, lasts, Math.max(1, spanMs) / 1_000);
  if (found) answer[place] = { at, ...found };
}
