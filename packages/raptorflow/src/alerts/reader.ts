import { RaptorFlowError } from '../kernel/index.ts';
import type { LiveHistory, Tags } from '../metrics/index.ts';
import { measureOf, readOnce } from './measure.ts';
import type { RuleAggregation } from './rule.ts';
import { columnsOf, combine, isCombinable, partsOf, queryAll, type Columns } from './past-columns.ts';
import type { ForecastPoint, PastSeries, PastSource } from './source.ts';

/** A window over the series of a metric. */
export interface Window {
  readonly metric: string;
  readonly tags: Tags;
  readonly aggregation: RuleAggregation;
  readonly windowMs: number;
}

/** The value of one series in one window. */
export interface WindowValue {
  readonly tags: Tags;
  readonly value: number | null;
}

/** What a forecast says about every series at one moment; null where it says nothing. */
export type Bands = (tags: Tags) => ForecastPoint | null;

/** Where rules get their values from: the present and the past of a running service, or the stored past of a back-test. */
export interface Reader {
  /** The values of the window that ends at `endAt`. */
  read(window: Window, endAt: number): Promise<readonly WindowValue[]>;
  /** The points of the past up to `endAt`, one for each window, for forecasts. */
  past(window: Window, from: number, endAt: number): Promise<readonly PastSeries[]>;
}

/** Reads the present where it reaches far enough, else the stored past. */
export class PresentReader implements Reader {
  readonly #live: LiveHistory | undefined;
  readonly #past: PastSource | undefined;

  constructor(live: LiveHistory | undefined, past: PastSource | undefined) {
    this.#live = live;
    this.#past = past;
  }

  async read(window: Window, endAt: number): Promise<readonly WindowValue[]> {
    const from = endAt - window.windowMs;
    if (this.#live && this.reaches(from)) {
      const measure = measureOf(window.aggregation);
      return this.#live
        .select(window.metric, window.tags)
        .map((series) => ({ tags: series.tags, value: readOnce(measure, series, from, endAt) }));
    }
    const { windowMs, aggregation } = window;
    const stepMs = isCombinable(aggregation) ? partMs(windowMs) : windowMs;
    // One step more, because steps need not end where the window does.
    const query = { ...selectionOf(window), from: from - stepMs, to: endAt, step: stepMs };
    const parts = await Promise.all(
      partsOf(aggregation).map(async (part) =>
        columnsOf(await queryAll(this.#stored(window), { ...query, aggregation: part })),
      ),
    );
    return valuesOf(aggregation, parts, windowMs, endAt);
  }

  past(window: Window, from: number, endAt: number): Promise<readonly PastSeries[]> {
    const { windowMs, aggregation } = window;
    const query = { ...selectionOf(window), from, to: endAt, step: windowMs, aggregation };
    return queryAll(this.#stored(window), query);
  }

  #stored({ metric }: Window): PastSource {
    if (this.#past) return this.#past;
    throw new RaptorFlowError(
      'unavailable',
      `The window of ${metric} reaches further back than memory (${this.#live?.spanMs ?? 0} ms), and there is no stored history to ask; pass sources.past to createAlerts.`,
      { retryable: false },
    );
  }

  /** Whether memory holds everything since then. */
  reaches(from: number): boolean {
    if (!this.#live) return false;
    const { latestAt, spanMs } = this.#live;
    return latestAt !== null && from >= latestAt - spanMs;
  }
}

const minuteMs = 60_000;
const partsMax = 360;

// Whole minutes, of which a window has not too many: histories keep nothing finer for long.
function partMs(windowMs: number): number {
  if (windowMs < minuteMs) return windowMs;
  return Math.ceil(windowMs / minuteMs / partsMax) * minuteMs;
}

/** What of a window says which series are meant. */
export function selectionOf({ metric, tags }: Window): { readonly metric: string; readonly tags: Tags } {
  return { metric, tags };
}

/** The value of every series in the window that ends at `endAt`, from the columns of its parts. */
export function valuesOf(
  aggregation: RuleAggregation,
  parts: readonly Columns[],
  windowMs: number,
  endAt: number,
): readonly WindowValue[] {
  const [first] = parts;
  if (!first) return [];
  return [...first].map(([key, { tags }]) => {
    const columns = parts.map((columns) => columns.get(key));
    return { tags, value: combine(aggregation, columns, windowMs, endAt) };
  });
}
