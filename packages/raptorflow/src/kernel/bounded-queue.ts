import { invariant } from './errors.ts';

/** A first-in, first-out queue that refuses more than `limit` elements. `push` and `shift` take constant time. */
export class BoundedQueue<T> {
  readonly limit: number;
  #slots: (T | undefined)[] = [];
  #head = 0;

  constructor(limit: number) {
    invariant(Number.isInteger(limit) && limit > 0, 'a queue holds at least one element');
    this.limit = limit;
  }

  get size(): number {
    return this.#slots.length - this.#head;
  }

  /** False, and nothing changed, when the queue is full. */
  push(element: T): boolean {
    if (this.size >= this.limit) return false;
    this.#slots.push(element);
    return true;
  }

  /** The oldest element, taken out; undefined when there is none. */
  shift(): T | undefined {
    if (this.#head >= this.#slots.length) return undefined;
    const element = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head += 1;
    // Taken slots are given back once they are the larger half, so that each element is moved once on average.
    if (this.#head > 32 && this.#head * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head);
      this.#head = 0;
    }
    return element;
  }

  clear(): void {
    this.#slots = [];
    this.#head = 0;
  }
}
