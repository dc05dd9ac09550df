import type { HistogramValue } from '../sketch.ts';
import type { SampledMetric, SeriesKind, Tags } from './sampled.ts';
import { CounterIncrease, gaugeSample, HistogramIncrease, type Increase } from './increase.ts';
import type { LiveTable } from './live-table.ts';
import { tagsKey, type SeriesDescription } from './point.ts';
import { RollUp } from './roll-up.ts';
import { SeriesRing } from './series-ring.ts';

/** Everything that a history holds in memory of one series of its process. */
export interface SeriesState {
  description: SeriesDescription;
  /** Forgotten; should it come back, it begins anew. */
  isGone: boolean;
  readonly ring: SeriesRing;
  readonly rollUps: readonly RollUp[];
  readonly increase: Increase;
}

/** What the book needs to know of the options. */
export interface BookSettings {
  readonly source: string;
  readonly stepMs: number;
  /** The steps of the coarser resolutions. */
  readonly rollUpSteps: readonly number[];
  readonly ringSlots: number;
  readonly seriesMax: number;
}

/** The series of this process, found by what the registry shows of them. */
export class SeriesBook {
  /** How often a series was left out because there are too many. */
  refused = 0;
  readonly #settings: BookSettings;
  readonly #live: LiveTable;
  readonly #states = new Map<string, SeriesState>();
  /** A registry shows the same object for the same tags each time, which saves making the key. */
  readonly #byTags = new Map<string, WeakMap<Tags, SeriesState>>();
  readonly #examples: string[] = [];
  #next = 0;
  #unwritten: SeriesState[] = [];

  constructor(settings: BookSettings, live: LiveTable) {
    this.#settings = settings;
    this.#live = live;
  }

  get size(): number {
    return this.#states.size;
  }

  /** A few of the series that were left out. */
  get refusedExamples(): readonly string[] {
    return this.#examples;
  }

  all(): IterableIterator<SeriesState> {
    return this.#states.values();
  }

  /** Takes up a series that the store knows of from before. */
  restore(description: SeriesDescription): SeriesState {
    this.#next = Math.max(this.#next, description.number + 1);
    return this.#add(description);
  }

  /** The state of a series, made at its first sample; undefined when there are too many. */
  find(
    metric: SampledMetric,
    kind: SeriesKind,
    tags: Tags,
    value: number | HistogramValue,
    at: number,
  ): SeriesState | undefined {
    const { name } = metric.definition;
    let byTags = this.#byTags.get(name);
    if (!byTags) this.#byTags.set(name, (byTags = new WeakMap<Tags, SeriesState>()));
    const known = byTags.get(tags);
    if (known && !known.isGone && known.description.kind === kind) return known;
    const state = this.#states.get(keyOf(name, kind, tags)) ?? this.#make(metric, kind, tags, value, at);
    if (state) byTags.set(tags, state);
    return state;
  }

  /** Descriptions that the store does not have yet, or has not been told for an hour. They are given out once. */
  takeUnwritten(): SeriesDescription[] {
    const descriptions = this.#unwritten.map(({ description }) => description);
    this.#unwritten = [];
    return descriptions;
  }

  /** Says again what has been sampled since `before`, so that the store knows that it is still in use. */
  touch(at: number, since: number): void {
    for (const state of this.#states.values()) {
      if (state.ring.newestAt < since) continue;
      state.description = { ...state.description, seenAt: at };
      this.#unwritten.push(state);
    }
  }

  /** Forgets series without a sample since a moment; their numbers are not given out again. */
  prune(since: number): void {
    const gone = new Set<SeriesRing>();
    for (const [key, state] of this.#states) {
      if (state.ring.newestAt >= since || state.rollUps.some(({ isEmpty }) => !isEmpty)) continue;
      this.#states.delete(key);
      state.isGone = true;
      gone.add(state.ring);
    }
    if (gone.size > 0) this.#live.prune((ring) => !gone.has(ring));
  }

  #make(
    { definition }: SampledMetric,
    kind: SeriesKind,
    tags: Tags,
    value: number | HistogramValue,
    at: number,
  ): SeriesState | undefined {
    if (this.#states.size >= this.#settings.seriesMax) {
      this.refused += 1;
      if (this.#examples.length < 10) this.#examples.push(`${definition.name} ${JSON.stringify(tags)}`);
      return undefined;
    }
    const state = this.#add({
      source: this.#settings.source,
      number: this.#next,
      metric: definition.name,
      kind,
      unit: definition.unit,
      description: definition.description,
      category: definition.category,
      tags,
      lowest: typeof value === 'number' ? 0 : value.lowest,
      merge: definition.merge ?? 'sum',
      seenAt: at,
    });
    this.#next += 1;
    this.#unwritten.push(state);
    return state;
  }

  #add(description: SeriesDescription): SeriesState {
    const { stepMs, rollUpSteps, ringSlots } = this.#settings;
    const { kind, metric, tags } = description;
    const state: SeriesState = {
      description,
      isGone: false,
      ring: new SeriesRing(description, stepMs, ringSlots),
      rollUps: rollUpSteps.map((step) => new RollUp(step, kind)),
      increase: increaseOf(kind),
    };
    this.#states.set(keyOf(metric, kind, tags), state);
    this.#live.add(metric, state.ring);
    return state;
  }
}

function keyOf(metric: string, kind: SeriesKind, tags: Tags): string {
  return `${metric} ${kind} ${tagsKey(tags)}`;
}

function increaseOf(kind: SeriesKind): Increase {
  if (kind === 'counter') return new CounterIncrease();
  return kind === 'gauge' ? gaugeSample : new HistogramIncrease();
}
