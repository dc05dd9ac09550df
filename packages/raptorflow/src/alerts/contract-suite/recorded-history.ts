import type { LiveHistory, LiveSeries, Tags, WindowSummary } from '../../metrics/index.ts';
import { keyOfTags } from '../instance.ts';
import { measureOf, readOnce } from '../measure.ts';
import type { PastAnswer, PastQuery, PastSource } from '../source.ts';

/** A history that is written by hand: what tests and benchmarks let rules look at. Of a counter, the increase of each step is recorded. */
export interface RecordedHistory extends LiveHistory, PastSource {
  /** Adds a sample; times of one series must not go back. */
  record(metric: string, tags: Tags, at: number, value: number): void;
  /** Lets a series end, as when its process does. */
  drop(metric: string, tags: Tags): void;
}

/** How it is kept. */
export interface RecordedOptions {
  /** How far back `window` reaches; `query` reaches back to the beginning. Default two hours. */
  readonly spanMs?: number;
  /** Default `gauge`. */
  readonly kindOf?: (metric: string) => LiveSeries['kind'];
}

const spanMsDefault = 7_200_000;

/** Builds an empty history. */
export function recordedHistory(options: RecordedOptions = {}): RecordedHistory {
  return new Recorded(options.spanMs ?? spanMsDefault, options.kindOf ?? (() => 'gauge'));
}

class RecordedSeries implements LiveSeries {
  readonly tags: Tags;
  readonly kind: LiveSeries['kind'];
  readonly #times: number[] = [];
  readonly #values: number[] = [];

  constructor(tags: Tags, kind: LiveSeries['kind']) {
    this.tags = tags;
    this.kind = kind;
  }

  add(at: number, value: number): void {
    this.#times.push(at);
    this.#values.push(value);
  }

  window(from: number, to: number): WindowSummary | null {
    const begin = this.#after(from);
    const end = this.#after(to);
    if (begin >= end) return null;
    const first = this.#values[begin] ?? 0;
    let [sum, min, max] = [0, first, first];
    for (let index = begin; index < end; index += 1) {
      const value = this.#values[index] ?? 0;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    return { count: end - begin, sum, min, max, first, last: this.#values[end - 1] ?? 0 };
  }

  percentile(p: number, from: number, to: number): ReturnType<LiveSeries['percentile']> {
    const values = this.#values.slice(this.#after(from), this.#after(to)).sort((a, b) => a - b);
    if (values.length === 0) return null;
    const rank = Math.max(1, Math.ceil((p / 100) * values.length));
    return { value: values[rank - 1] ?? 0, relativeError: 0, clipped: false };
  }

  // The index of the first sample after a moment.
  #after(moment: number): number {
    let [low, high] = [0, this.#times.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] ?? 0) <= moment) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

class Recorded implements RecordedHistory {
  generation = 0;
  latestAt: number | null = null;
  readonly spanMs: number;
  readonly #kindOf: (metric: string) => LiveSeries['kind'];
  readonly #metrics = new Map<string, Map<string, RecordedSeries>>();
  /** Ended series, which the past still knows. */
  readonly #ended = new Map<string, RecordedSeries[]>();

  constructor(spanMs: number, kindOf: (metric: string) => LiveSeries['kind']) {
    this.spanMs = spanMs;
    this.#kindOf = kindOf;
  }

  record(metric: string, tags: Tags, at: number, value: number): void {
    const all = this.#metrics.get(metric) ?? new Map<string, RecordedSeries>();
    this.#metrics.set(metric, all);
    const key = keyOfTags(tags);
    let series = all.get(key);
    if (!series) {
      series = new RecordedSeries(tags, this.#kindOf(metric));
      all.set(key, series);
      this.generation += 1;
    }
    series.add(at, value);
    this.latestAt = Math.max(this.latestAt ?? at, at);
  }

  drop(metric: string, tags: Tags): void {
    const key = keyOfTags(tags);
    const series = this.#metrics.get(metric)?.get(key);
    if (!series) return;
    this.#metrics.get(metric)?.delete(key);
    this.#ended.set(metric, [...(this.#ended.get(metric) ?? []), series]);
    this.generation += 1;
  }

  select(metric: string, tags: Tags): readonly LiveSeries[] {
    return [...(this.#metrics.get(metric)?.values() ?? [])].filter((series) => carries(series, tags));
  }

  query(query: PastQuery): Promise<PastAnswer> {
    const { metric, tags, step, aggregation, limit, offset } = query;
    // Like the history of metrics, in whole steps.
    const from = Math.floor(query.from / step) * step;
    const to = Math.ceil(query.to / step) * step;
    const measure = measureOf(aggregation);
    const all = [...(this.#ended.get(metric) ?? []), ...(this.#metrics.get(metric)?.values() ?? [])];
    const found = all.filter((one) => carries(one, tags) && one.window(from, to) !== null);
    const series = found.slice(offset, offset + limit).map((one) => {
      const points: { at: number; value: number | null; relativeError: number | null }[] = [];
      for (let at = from + step; at <= to; at += step) {
        points.push({ at, value: readOnce(measure, one, at - step, at), relativeError: null });
      }
      return { tags: one.tags, points };
    });
    return Promise.resolve({ series, total: found.length });
  }
}

function carries(series: LiveSeries, tags: Tags): boolean {
  return Object.entries(tags).every(([name, value]) => series.tags[name] === value);
}
