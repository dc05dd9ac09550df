import { RaptorFlowError } from '../kernel/index.ts';
import type { Tags } from '../metrics/index.ts';
import { measureOf, readOnce } from './measure.ts';
import type { RuleAggregation } from './rule.ts';
import type { ForecastPoint, LiveHistory, PastPoint, PastSource } from './source.ts';

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
  past(
    window: Window,
    from: number,
    endAt: number,
  ): Promise<readonly { tags: Tags; points: readonly PastPoint[] }[]>;
}

/** Reads the present where it reaches far enough, else the stored past. */
export class PresentReader implements Reader {
  readonly #live: LiveHistory;
  readonly #past: PastSource | undefined;

  constructor(live: LiveHistory, past: PastSource | undefined) {
    this.#live = live;
    this.#past = past;
  }

  async read(window: Window, endAt: number): Promise<readonly WindowValue[]> {
    const from = endAt - window.windowMs;
    if (this.reaches(from)) {
      const measure = measureOf(window.aggregation);
      return this.#live
        .select(window.metric, window.tags)
        .map((series) => ({ tags: series.tags, value: readOnce(measure, series, from, endAt) }));
    }
    const found = await this.past(window, from, endAt);
    return found.map(({ tags, points }) => ({ tags, value: points.at(-1)?.value ?? null }));
  }

  async past(
    { metric, tags, aggregation, windowMs }: Window,
    from: number,
    endAt: number,
  ): Promise<readonly { tags: Tags; points: readonly PastPoint[] }[]> {
    if (!this.#past) {
      throw new RaptorFlowError(
        'unavailable',
        `The window of ${metric} reaches further back than memory (${this.#live.spanMs} ms), and there is no stored history to ask; pass deps.past to createAlerts.`,
        { retryable: false },
      );
    }
    const answer = await this.#past.query({ metric, tags, from, to: endAt, step: windowMs, aggregation });
    return answer.series;
  }

  /** Whether memory holds everything since then. */
  reaches(from: number): boolean {
    const { latestAt, spanMs } = this.#live;
    return latestAt !== null && from >= latestAt - spanMs;
  }
}
