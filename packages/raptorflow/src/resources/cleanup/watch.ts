import type { Clock, Timer } from '../../kernel/index.ts';

/** Where what is watched stands: beyond its limit, safely back, in between, or not known. */
export type Level = 'beyond' | 'between' | 'clear' | 'unknown';

/** What is watched, and how often. */
export interface WatchParts {
  /** Must not reject. */
  readonly read: () => Promise<Level>;
  readonly fire: () => void;
  readonly checkEveryMs: number;
  /** After which time beyond the limit it fires again; null for never. */
  readonly repeatMs: number | null;
  readonly clock: Clock;
}

/**
 * Two states, so that something that stays beyond its limit, or trembles around it, does not fire for ever:
 *
 * - armed: `beyond` fires → fired;
 * - fired: `clear` → armed; `beyond` for `repeatMs` since it fired last fires again.
 *
 * `between` and `unknown` change nothing.
 */
export class Watch {
  readonly #parts: WatchParts;
  readonly #timer: Timer;
  #firedAt: number | null = null;
  #isReading = false;
  #isStopped = false;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#timer = parts.clock.setInterval(() => void this.#check(), parts.checkEveryMs).unref();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer.cancel();
  }

  async #check(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const level = await this.#parts.read();
    this.#isReading = false;
    if (this.#isStopped) return;
    if (level === 'clear') this.#firedAt = null;
    if (level !== 'beyond' || !this.#isDue()) return;
    this.#firedAt = this.#parts.clock.monotonic();
    this.#parts.fire();
  }

  #isDue(): boolean {
    const { repeatMs, clock } = this.#parts;
    if (this.#firedAt === null) return true;
    return repeatMs !== null && clock.monotonic() - this.#firedAt >= repeatMs;
  }
}
