import type { Tags } from './instrument.ts';

/** How many series there may be, and how large their tags. */
export interface SeriesLimits {
  readonly seriesPerMetricMax: number;
  readonly tagsMax: number;
  readonly tagValueCharactersMax: number;
}

/** Counts the series of a whole registry, so that one limit holds over all metrics. */
export interface SeriesBudget {
  readonly seriesMax: number;
  series: number;
}

/** One series of a metric. */
export interface Series<H> {
  readonly tags: Tags;
  readonly handle: H;
}

/** A step of the look-up path: one tag name and what follows each of its values. */
interface PathNode<H> {
  name: string | undefined;
  readonly byValue: Map<string, PathNode<H>>;
  /** Steps for other names at this place; rare, because a call site always names its tags in one order. */
  others: Map<string, PathNode<H>> | undefined;
  handle: H | undefined;
}

const foldedExamplesMax = 16;
const newNode = <H>(): PathNode<H> => ({
  name: undefined,
  byValue: new Map(),
  others: undefined,
  handle: undefined,
});

/**
 * The series of one metric. A look-up walks a tree of tag names and values in the order in which the call site writes
 * them, without building a key; only a first look-up sorts them. Beyond the limits, look-ups fold into one series whose
 * tag values are all `other`, and are counted.
 */
export class SeriesTable<H> {
  lookupsFolded = 0;
  readonly foldedExamples: Tags[] = [];
  readonly #make: () => H;
  readonly #limits: SeriesLimits;
  readonly #budget: SeriesBudget;
  readonly #root: PathNode<H> = newNode();
  readonly #series: Map<string, Series<H>> = new Map();
  #paths = 0;
  #other: Series<H> | undefined;

  constructor(make: () => H, limits: SeriesLimits, budget: SeriesBudget) {
    this.#make = make;
    this.#limits = limits;
    this.#budget = budget;
  }

  /** The handle of these tags, made at the first call. Never throws. */
  lookup(tags: Tags): H {
    let node: PathNode<H> | undefined = this.#root;
    // Inherited names count as tags as well: checking for them would cost a third of the look-up.
    for (const name in tags) {
      node = step(node, name)?.byValue.get(tags[name] ?? '');
      if (node === undefined) return this.#find(tags);
    }
    return node.handle ?? this.#find(tags);
  }

  /** Every series, `other` last. */
  *all(): Generator<Series<H>> {
    yield* this.#series.values();
    if (this.#other) yield this.#other;
  }

  #find(tags: Tags): H {
    const pairs = this.#normalise(tags);
    const key = JSON.stringify(pairs);
    const known = this.#series.get(key);
    if (known) {
      this.#remember(tags, known.handle);
      return known.handle;
    }
    const full =
      this.#series.size >= this.#limits.seriesPerMetricMax || this.#budget.series >= this.#budget.seriesMax;
    if (full && pairs.length > 0) return this.#fold(pairs);
    const series = { tags: Object.freeze(Object.fromEntries(pairs)), handle: this.#make() };
    this.#series.set(key, series);
    this.#budget.series += 1;
    this.#remember(tags, series.handle);
    return series.handle;
  }

  #normalise(tags: Tags): [string, string][] {
    const { tagsMax, tagValueCharactersMax } = this.#limits;
    return Object.entries(tags ?? {})
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, tagsMax)
      .map(([name, value]) => [name, textOf(value).slice(0, tagValueCharactersMax)]);
  }

  #fold(pairs: readonly [string, string][]): H {
    this.lookupsFolded += 1;
    if (this.foldedExamples.length < foldedExamplesMax) {
      this.foldedExamples.push(Object.freeze(Object.fromEntries(pairs)));
    }
    this.#other ??= {
      tags: Object.freeze(Object.fromEntries(pairs.map(([name]) => [name, 'other']))),
      handle: this.#make(),
    };
    return this.#other.handle;
  }

  /** Notes the path as the call site wrote it. Orders and spellings beyond twice the series limit stay on the slow way. */
  #remember(tags: Tags, handle: H): void {
    if (this.#paths >= 2 * this.#limits.seriesPerMetricMax) return;
    const names = Object.keys(tags ?? {});
    const plain = names.every((name) => {
      const value: unknown = tags[name];
      return typeof value === 'string' && value.length <= this.#limits.tagValueCharactersMax;
    });
    if (!plain) return;
    let node = this.#root;
    for (const name of names) {
      const place = placeFor(node, name);
      const value = tags[name] ?? '';
      let next = place.byValue.get(value);
      if (!next) {
        next = newNode();
        place.byValue.set(value, next);
      }
      node = next;
    }
    node.handle = handle;
    this.#paths += 1;
  }
}

function step<H>(node: PathNode<H>, name: string): PathNode<H> | undefined {
  return node.name === name ? node : node.others?.get(name);
}

function placeFor<H>(node: PathNode<H>, name: string): PathNode<H> {
  node.name ??= name;
  if (node.name === name) return node;
  node.others ??= new Map();
  let place = node.others.get(name);
  if (!place) {
    place = newNode();
    place.name = name;
    node.others.set(name, place);
  }
  return place;
}

/** Callers may hand over anything at run time; what has no plain text is named by its type, so that nothing throws. */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}
