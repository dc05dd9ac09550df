import type { Clock } from '../../kernel/index.ts';

/** How long work may go on before others get their turn. */
const sliceMs = 4;

/** Cuts long work into slices, so that it never holds up the event loop for long. */
export class Slices {
  readonly #clock: Clock;
  #begunAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begunAt = clock.monotonic();
  }

  /** Whether the present slice is used up: then `pause`. */
  get isOver(): boolean {
    return this.#clock.monotonic() - this.#begunAt >= sliceMs;
  }

  /** Lets everything that waits have its turn. */
  async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.#begunAt = this.#clock.monotonic();
  }
}
