import { RaptorFlowError } from '../kernel/index.ts';

/** How many attempts may run at a time. */
export interface BulkheadOptions {
  /** Attempts under way. */
  readonly concurrencyMax: number;
  /** Attempts that wait for their turn; one more is refused. Default 0. */
  readonly queueMax?: number;
}

/** Limits what runs at a time; the rest waits in the order of asking, up to a limit. */
export class Bulkhead {
  readonly name: string;
  readonly #concurrencyMax: number;
  readonly #queueMax: number;
  readonly #queue = new Set<() => void>();
  #running = 0;

  constructor(name: string, { concurrencyMax, queueMax }: Readonly<Required<BulkheadOptions>>) {
    this.name = name;
    this.#concurrencyMax = concurrencyMax;
    this.#queueMax = queueMax;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Takes a place if there is one. Whoever gets true must `leave`. */
  tryEnter(): boolean {
    if (this.#running >= this.#concurrencyMax) return false;
    this.#running += 1;
    return true;
  }

  /** Waits for a place: `enter` is called with it, later, unless the function that is answered is called before. Throws `exhausted`. */
  queue(enter: () => void): () => void {
    if (this.#queue.size >= this.#queueMax) {
      throw new RaptorFlowError(
        'exhausted',
        `"${this.name}" has ${this.#concurrencyMax} attempts under way (concurrencyMax) and ${this.#queueMax} waiting (queueMax); this one was not made. Try again later, or raise the limits.`,
        {
          details: {
            bulkhead: this.name,
            concurrency_max: this.#concurrencyMax,
            queue_max: this.#queueMax,
          },
        },
      );
    }
    this.#queue.add(enter);
    return () => void this.#queue.delete(enter);
  }

  /** Gives a place back; who waits longest takes it. */
  leave(): void {
    const [next] = this.#queue;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#queue.delete(next);
    next();
  }
}
