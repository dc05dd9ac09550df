import { RaptorFlowError } from '../kernel/index.ts';
import type { Tags } from '../metrics/index.ts';
import { keyOfTags } from './instance.ts';
import type { Reader, Window, WindowValue } from './reader.ts';
import { windowsOf, type SampledRule } from './sampling.ts';
import type { PastPoint, PastSource } from './source.ts';

interface Column {
  readonly tags: Tags;
  readonly values: Map<number, number | null>;
}

/** A window, and how long before the evaluation it ends. */
type Reach = ReturnType<typeof windowsOf>[number];

/** Windows that slide by less than their length are fetched in so many interleaved queries at most. */
const phasesMax = 120;

/**
 * The stored past, a stretch at a time: the values of a window at every evaluation of the stretch are fetched beforehand, in as many queries as the
 * window is longer than the step. Each query's points stand at its beginning plus whole steps, so every window is exact.
 */
export class BacktestReader implements Reader {
  readonly #past: PastSource;
  readonly #reaches: readonly Reach[];
  readonly #columns = new Map<string, Map<string, Column>>();

  constructor(past: PastSource, rules: readonly SampledRule[]) {
    this.#past = past;
    this.#reaches = rules.flatMap(windowsOf);
  }

  /** Fetches what evaluations from `first` to `last`, `stepMs` apart, will read; forgets what was fetched before. */
  async fetch(first: number, last: number, stepMs: number): Promise<void> {
    this.#columns.clear();
    for (const { window, beforeMs } of this.#reaches) {
      const phases = Math.max(1, Math.round(window.windowMs / stepMs));
      for (let phase = 0; phase < phases; phase += 1) {
        const end = first - beforeMs + phase * stepMs;
        if (end > last - beforeMs) break;
        await this.#fetchPhase(window, end, last - beforeMs);
      }
    }
  }

  async read(window: Window, endAt: number): Promise<readonly WindowValue[]> {
    const columns = this.#columns.get(nameOf(window));
    if (!columns) return [];
    return [...columns.values()].map(({ tags, values }) => ({ tags, value: values.get(endAt) ?? null }));
  }

  async past(
    { metric, tags, aggregation, windowMs }: Window,
    from: number,
    endAt: number,
  ): Promise<readonly { tags: Tags; points: readonly PastPoint[] }[]> {
    const query = { metric, tags, from, to: endAt, step: windowMs, aggregation };
    return (await this.#past.query(query)).series;
  }

  async #fetchPhase(window: Window, firstEnd: number, lastEnd: number): Promise<void> {
    const { windowMs } = window;
    const from = firstEnd - windowMs;
    const to = from + Math.max(1, Math.floor((lastEnd - from) / windowMs)) * windowMs;
    const name = nameOf(window);
    const columns = this.#columns.get(name) ?? new Map<string, Column>();
    this.#columns.set(name, columns);
    for (const { tags, points } of await this.past(window, from, to)) {
      const key = keyOfTags(tags);
      const column = columns.get(key) ?? { tags, values: new Map<number, number | null>() };
      columns.set(key, column);
      for (const { at, value } of points) column.values.set(at, value);
    }
  }
}

/**
 * The distance of a back-test's evaluations: at least `wantedMs`, and such that every window is a whole number of steps or the other way round.
 * Throws `invalid_input` when there is none.
 */
export function stepFor(rules: readonly SampledRule[], wantedMs: number): number {
  const windows = rules.flatMap(windowsOf).map(({ window }) => Math.round(window.windowMs));
  const common = windows.reduce(divisorOf);
  const least = Math.max(wantedMs, Math.max(...windows) / phasesMax);
  if (least <= common) {
    for (let parts = Math.floor(common / least); parts > 1; parts -= 1) {
      if (common % parts === 0) return common / parts;
    }
    return common;
  }
  const multiple = windows.reduce((a, b) => (a / divisorOf(a, b)) * b);
  const step = Math.ceil(least / multiple) * multiple;
  if (Number.isSafeInteger(step)) return step;
  throw new RaptorFlowError(
    'invalid_input',
    'The windows of the rule have no common step; choose rounder lengths.',
  );
}

function divisorOf(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

function nameOf({ metric, tags, aggregation, windowMs }: Window): string {
  return JSON.stringify([metric, keyOfTags(tags), aggregation, windowMs]);
}
