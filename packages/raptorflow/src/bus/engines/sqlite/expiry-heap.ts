/** Things ordered by a time; the earliest is found at once. A binary heap. */
export class ExpiryHeap<T> {
  readonly #times: number[] = [];
  readonly #values: T[] = [];

  get size(): number {
    return this.#times.length;
  }

  /** The earliest time; infinity when empty. */
  get earliest(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  push(time: number, value: T): void {
    let at = this.#times.length;
    this.#times.push(time);
    this.#values.push(value);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.#times[parent] ?? 0) <= time) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes out what has the earliest time. */
  pop(): T | undefined {
    const first = this.#values[0];
    const time = this.#times.pop();
    const value = this.#values.pop();
    if (this.#times.length > 0 && time !== undefined) {
      this.#times[0] = time;
      this.#values[0] = value as T;
      this.#sink();
    }
    return first;
  }

  clear(): void {
    this.#times.length = 0;
    this.#values.length = 0;
  }

  #sink(): void {
    const times = this.#times;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < times.length && (times[left] ?? 0) < (times[least] ?? 0)) least = left;
      if (right < times.length && (times[right] ?? 0) < (times[least] ?? 0)) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const time = this.#times[a] as number;
    const value = this.#values[a] as T;
    this.#times[a] = this.#times[b] as number;
    this.#values[a] = this.#values[b] as T;
    this.#times[b] = time;
    this.#values[b] = value;
  }
}
