/** Something whose weight is followed. */
export interface Weighed<S> {
  readonly key: string;
  /** What the key stands for, as it was seen last. */
  series: S;
  /** At most this much was counted under the key. */
  weight: number;
  /** And at least `weight - errorMax`. */
  errorMax: number;
  /** Where it stands in the heap. */
  place: number;
}

/**
 * The heaviest keys of a stream of any length, in a fixed number of places: the space-saving algorithm (Metwally, Agrawal and
 * El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", 2005), with weights. A newcomer takes the place
 * of the lightest key and inherits its weight as the error of its own. So a key with more than 1/places of the whole weight always
 * has a place, and its true weight lies between `weight - errorMax` and `weight`.
 */
export class FoldedWeights<S> {
  readonly #placesMax: number;
  readonly #byKey: Map<string, Weighed<S>> = new Map();
  /** A binary heap, the lightest first. */
  readonly #heap: Weighed<S>[] = [];

  constructor(placesMax: number) {
    this.#placesMax = placesMax;
  }

  get(key: string): S | undefined {
    return this.#byKey.get(key)?.series;
  }

  /** Counts a weight under a key and answers what the key weighs at least. */
  add(key: string, series: S, weight: number): number {
    const known = this.#byKey.get(key);
    if (known) {
      known.series = series;
      known.weight += weight;
      this.#sink(known);
      return known.weight - known.errorMax;
    }
    const lightest = this.#heap[0];
    if (this.#heap.length < this.#placesMax || lightest === undefined) {
      const place = this.#heap.length;
      const entry: Weighed<S> = { key, series, weight, errorMax: 0, place };
      this.#heap.push(entry);
      this.#byKey.set(key, entry);
      this.#rise(entry);
      return weight;
    }
    this.#byKey.delete(lightest.key);
    const entry: Weighed<S> = {
      key,
      series,
      weight: lightest.weight + weight,
      errorMax: lightest.weight,
      place: 0,
    };
    this.#heap[0] = entry;
    this.#byKey.set(key, entry);
    this.#sink(entry);
    return weight;
  }

  remove(key: string): void {
    const entry = this.#byKey.get(key);
    if (!entry) return;
    this.#byKey.delete(key);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, entry.place);
    this.#rise(last);
    this.#sink(last);
  }

  /** The heaviest keys, heaviest first. */
  heaviest(count: number): Weighed<S>[] {
    return this.#heap.toSorted((a, b) => b.weight - a.weight).slice(0, count);
  }

  /** Everything that has a place. */
  get all(): readonly Weighed<S>[] {
    return this.#heap;
  }

  #put(entry: Weighed<S>, place: number): void {
    this.#heap[place] = entry;
    entry.place = place;
  }

  #rise(entry: Weighed<S>): void {
    while (entry.place > 0) {
      const above = this.#heap[(entry.place - 1) >> 1];
      if (above === undefined || above.weight <= entry.weight) return;
      const place = above.place;
      this.#put(above, entry.place);
      this.#put(entry, place);
    }
  }

  #sink(entry: Weighed<S>): void {
    for (;;) {
      const left = this.#heap[2 * entry.place + 1];
      const right = this.#heap[2 * entry.place + 2];
      const lighter = right !== undefined && left !== undefined && right.weight < left.weight ? right : left;
      if (lighter === undefined || lighter.weight >= entry.weight) return;
      const place = lighter.place;
      this.#put(lighter, entry.place);
      this.#put(entry, place);
    }
  }
}
