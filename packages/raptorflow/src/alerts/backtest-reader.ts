import { RaptorFlowError } from '../kernel/index.ts';
import { keyOfTags } from './instance.ts';
import { columnsOf, isCombinable, partsOf, queryAll, type Columns } from './past-columns.ts';
import { selectionOf, valuesOf, type Reader, type Window, type WindowValue } from './reader.ts';
import { windowsOf, type SampledRule } from './sampling.ts';
import type { PastSeries, PastSource } from './source.ts';

/** A window, and how long before the evaluation it ends. */
type Reach = ReturnType<typeof windowsOf>[number];

/** Windows have so many parts at most. */
const phasesMax = 120;
/** Steps that are looked at to see how long they are. */
const probedSteps = 8;

/**
 * The stored past, a stretch at a time: the parts that the windows of every evaluation of the stretch are made of are fetched beforehand. Percentiles do
 * not follow from parts; they are fetched as whole windows, one query for each way in which they can lie.
 */
export class BacktestReader implements Reader {
  readonly #past: PastSource;
  readonly #reaches: readonly Reach[];
  readonly #columns = new Map<string, readonly Columns[]>();

  constructor(past: PastSource, rules: readonly SampledRule[]) {
    this.#past = past;
    this.#reaches = rules.flatMap(windowsOf);
  }

  /** How long the steps really are that the past answers in, when it is asked for this one; null where it has nothing. */
  async probe(first: number, stepMs: number): Promise<number | null> {
    let longest: number | null = null;
    for (const { window } of this.#reaches) {
      const query = {
        ...selectionOf(window),
        from: first,
        to: first + probedSteps * stepMs,
        step: Math.min(stepMs, window.windowMs),
        aggregation: window.aggregation,
      };
      for (const { points } of await queryAll(this.#past, query)) {
        const [one, two] = points;
        if (one && two) longest = Math.max(longest ?? 0, two.at - one.at);
      }
    }
    return longest;
  }

  /** Fetches what evaluations from `first` to `last`, `stepMs` apart, will read; forgets what was fetched before. */
  async fetch(first: number, last: number, stepMs: number): Promise<void> {
    this.#columns.clear();
    for (const { window, beforeMs } of this.#reaches) {
      const name = nameOf(window);
      const columns = isCombinable(window.aggregation)
        ? await this.#fetchParts(window, first - beforeMs, last - beforeMs, stepMs)
        : [await this.#fetchWhole(window, first - beforeMs, last - beforeMs, stepMs)];
      // A change reads one window at two distances.
      const before = this.#columns.get(name);
      this.#columns.set(name, before ? before.map((one, index) => merge(one, columns[index])) : columns);
    }
  }

  async read(window: Window, endAt: number): Promise<readonly WindowValue[]> {
    return valuesOf(window.aggregation, this.#columns.get(nameOf(window)) ?? [], window.windowMs, endAt);
  }

  past(window: Window, from: number, endAt: number): Promise<readonly PastSeries[]> {
    const { windowMs, aggregation } = window;
    return queryAll(this.#past, {
      ...selectionOf(window),
      from,
      to: endAt,
      step: windowMs,
      aggregation,
    });
  }

  async #fetchParts(window: Window, first: number, last: number, stepMs: number): Promise<Columns[]> {
    const { windowMs, aggregation } = window;
    const step = Math.min(stepMs, windowMs);
    const query = { ...selectionOf(window), from: first - windowMs, to: last, step };
    return Promise.all(
      partsOf(aggregation).map(async (part) =>
        columnsOf(await queryAll(this.#past, { ...query, aggregation: part })),
      ),
    );
  }

  async #fetchWhole(window: Window, first: number, last: number, stepMs: number): Promise<Columns> {
    const phases = Math.max(1, Math.round(window.windowMs / stepMs));
    let columns: Columns = new Map();
    for (let phase = 0; phase < phases; phase += 1) {
      const end = first + phase * stepMs;
      if (end > last) break;
      const before = pointsIn(columns);
      columns = merge(columns, columnsOf(await this.past(window, end - window.windowMs, last)));
      // A source that answers in whole steps only says the same for every phase.
      if (phase > 0 && pointsIn(columns) === before) break;
    }
    return columns;
  }
}

function pointsIn(columns: Columns): number {
  let points = 0;
  for (const { times } of columns.values()) points += times.length;
  return points;
}

// Points of both, in the order of time, each moment once.
function merge(one: Columns, other: Columns | undefined): Columns {
  const merged = new Map(one);
  for (const [key, column] of other ?? []) {
    const known = merged.get(key);
    if (!known) {
      merged.set(key, column);
      continue;
    }
    const byTime = new Map<number, number | null>();
    for (const { times, values } of [known, column]) {
      for (const [index, at] of times.entries()) byTime.set(at, values[index] ?? null);
    }
    const times = [...byTime.keys()].sort((a, b) => a - b);
    merged.set(key, { tags: column.tags, times, values: times.map((at) => byTime.get(at) ?? null) });
  }
  return merged;
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
