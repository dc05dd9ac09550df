import { RaptorFlowError } from '../../kernel/index.ts';
import type { InstrumentKind } from '../instrument.ts';
import type { Percentile } from '../sketch.ts';
import { Accumulator } from './accumulator.ts';
import type { Point } from './point.ts';
import type { HistoryAggregation, HistoryPoint } from './query.ts';

/** How a step is answered. */
export interface Aggregator {
  /** Whether distributions are needed for it. */
  readonly needsDistribution: boolean;
  /** The value of a step of so many seconds. `lastTotal` is the last value of every source, added up. */
  value(step: Accumulator, lastTotal: number, seconds: number): Percentile | null;
}

const percentiles: Readonly<Record<string, number>> = { p50: 50, p95: 95, p99: 99 };

/** What is answered when a query does not say. */
export function defaultAggregation(kind: InstrumentKind): HistoryAggregation {
  return kind === 'counter' ? 'sum' : 'average';
}

/** Resolves an aggregation for a kind of series. Throws `invalid_input` when the kind has none such. */
export function aggregatorOf(
  aggregation: HistoryAggregation,
  kind: InstrumentKind,
  lowest: number,
): Aggregator {
  const p = typeof aggregation === 'object' ? aggregation.percentile : percentiles[aggregation];
  if (p !== undefined) {
    if (kind === 'counter') throw unfit('a percentile', kind, 'sum, rate, average, min, max, count or last');
    return { needsDistribution: true, value: (step) => step.percentile(p, lowest) };
  }
  if (aggregation === 'rate' && kind === 'gauge') throw unfit('a rate', kind, 'average, min, max, last, sum or a percentile');
  if (aggregation === 'last' && kind === 'histogram') {
    throw unfit('a last value', kind, 'average, min, max, sum, count, rate or a percentile');
  }
  const isHistogram = kind === 'histogram';
  return { needsDistribution: false, value: simpleValue(String(aggregation), kind, isHistogram) };
}

function simpleValue(aggregation: string, kind: InstrumentKind, isHistogram: boolean): Aggregator['value'] {
  switch (aggregation) {
    case 'count':
      return ({ count }) => exact(count);
    case 'sum':
      return kind === 'gauge' ? (_step, lastTotal) => exact(lastTotal) : ({ sum }) => exact(sum);
    case 'rate':
      return isHistogram
        ? ({ count }, _lastTotal, seconds) => exact(count / seconds)
        : ({ sum }, _lastTotal, seconds) => exact(sum / seconds);
    case 'last':
      return ({ last }) => exact(last);
    case 'min':
      return (step) => (step.count === 0 ? null : step.minimum(isHistogram));
    case 'max':
      return (step) => (step.count === 0 ? null : step.maximum(isHistogram));
    default:
      return ({ sum, count }) => (count === 0 ? null : exact(sum / count));
  }
}

function exact(value: number): Percentile {
  return { value, relativeError: 0, clipped: false };
}

function unfit(what: string, kind: InstrumentKind, choices: string): RaptorFlowError {
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
  const lastTotals = new Float64Array(points);
  for (const source of sources) {
    const lasts = new Map<number, number>();
    for (const point of source) {
      const place = Math.ceil((point.at - from) / step) - 1;
      if (place < 0 || place >= points) continue;
      (steps[place] ??= new Accumulator()).add(point, aggregator.needsDistribution);
      lasts.set(place, point.last);
    }
    for (const [place, last] of lasts) lastTotals[place] = (lastTotals[place] ?? 0) + last;
  }
  return steps.map((accumulator, place): HistoryPoint => {
    const at = from + (place + 1) * step;
    // A step that is still going on has had as much time as it has been sampled for.
    const spanMs = accumulator && at > now ? accumulator.lastAt - (at - step) : step;
    const seconds = Math.max(1, spanMs) / 1_000;
    const found = accumulator ? aggregator.value(accumulator, lastTotals[place] ?? 0, seconds) : null;
    return found ? { at, ...found } : { at, value: null, relativeError: 0, clipped: false };
  });
}
