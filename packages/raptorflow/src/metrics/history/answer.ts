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
  { from, step, points, now }: AnswerGrid,
  aggregator: Aggregator,
): HistoryPoint[] {
  const steps: (Accumulator | undefined)[] = Array.from({ length: points });
  const lastsOf: number[][] = Array.from({ length: points }, () => []);
  for (const source of sources) {
    const lasts = new Map<number, number>();
    for (const point of source) {
      const place = Math.ceil((point.at - from) / step) - 1;
      if (place < 0 || place >= points) continue;
      (steps[place] ??= new Accumulator(true)).add(point, aggregator.needsDistribution);
      lasts.set(place, point.last);
    }
    for (const [place, last] of lasts) lastsOf[place]?.push(last);
  }
  return steps.map((accumulator, place): HistoryPoint => {
    const at = from + (place + 1) * step;
    // A step that is still going on has had as much time as it has been sampled for.
    const spanMs = accumulator && at > now ? accumulator.lastAt - (at - step) : step;
    const seconds = Math.max(1, spanMs) / 1_000;
    const found = accumulator ? aggregator.value(accumulator, lastsOf[place] ?? [], seconds) : null;
    return found ? { at, ...found } : { at, value: null, relativeError: 0, clipped: false };
  });
}
