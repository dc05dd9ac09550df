/** A window of more keys than this is kept as a map. */
const windowKeysMax = 8_192;
const keysAtFirst = 128;

/** Counts by key. A map is small; a window of counters is fast, where much is added before anything is asked. */
export class BucketCounts {
  #map: Map<number, number> | undefined;
  #first = 0;
  #window: Float64Array = new Float64Array(0);

  /** `isWindow` asks for the window; when keys lie too far apart it becomes a map. */
  constructor(isWindow: boolean) {
    this.#map = isWindow ? undefined : new Map();
  }

  add(key: number, count: number): void {
    if (!this.#map) this.#cover(key, key);
    if (this.#map) this.#map.set(key, (this.#map.get(key) ?? 0) + count);
    else this.#window[key - this.#first] = (this.#window[key - this.#first] ?? 0) + count;
  }

  /** Adds counts of ascending keys. */
  addAll(keys: ArrayLike<number>, counts: ArrayLike<number>): void {
    if (keys.length === 0) return;
    if (!this.#map) this.#cover(keys[0] ?? 0, keys[keys.length - 1] ?? 0);
    if (this.#map) {
      for (let index = 0; index < keys.length; index += 1) this.add(keys[index] ?? 0, counts[index] ?? 0);
      return;
    }
    const window = this.#window;
    const first = this.#first;
    for (let index = 0; index < keys.length; index += 1) {
      const place = (keys[index] ?? 0) - first;
      window[place] = (window[place] ?? 0) + (counts[index] ?? 0);
    }
  }

  /** Forgets all counts and keeps the room for them. */
  clear(): void {
    this.#map?.clear();
    this.#window.fill(0);
  }

  /** The keys that were counted, ascending. */
  keys(): Int32Array {
    if (this.#map) return Int32Array.from(this.#map.keys()).sort();
    const window = this.#window;
    const keys = new Int32Array(window.length);
    let found = 0;
    for (let place = 0; place < window.length; place += 1) {
      if (window[place] === 0) continue;
      keys[found] = place + this.#first;
      found += 1;
    }
    return keys.subarray(0, found);
  }

  count(key: number): number {
    return (this.#map ? this.#map.get(key) : this.#window[key - this.#first]) ?? 0;
  }

  /** Makes the window reach from one key to another, or turns it into a map. */
  #cover(low: number, high: number): void {
    const length = this.#window.length;
    if (length > 0 && low >= this.#first && high < this.#first + length) return;
    const from = length === 0 ? low - keysAtFirst / 2 : Math.min(low, this.#first);
    const to = length === 0 ? high + keysAtFirst / 2 : Math.max(high + 1, this.#first + length);
    if (to - from > windowKeysMax) {
      const map = new Map<number, number>();
      for (const key of this.keys()) map.set(key, this.count(key));
      this.#map = map;
      return;
    }
    // A little more than needed, at both ends, so that it seldom grows.
    const slack = length === 0 ? 0 : length >> 1;
    const window = new Float64Array(to - from + 2 * slack);
    window.set(this.#window, length === 0 ? 0 : this.#first - from + slack);
    this.#window = window;
    this.#first = from - slack;
  }
}
