import { sleepWith, type Clock, type Timer } from '../../kernel/index.ts';

interface Waiting {
  readonly due: number;
  readonly run: () => void;
}

/** Microtasks that may follow from one timer before the next runs. */
const turns = 12;

/** A clock that jumps from timer to timer and lets only promises settle in between: thousands of traces take seconds. */
export class TraceClock implements Clock {
  #elapsed = 0;
  readonly #waiting = new Set<Waiting>();
  readonly sleep: Clock['sleep'] = sleepWith((run, delayMs) => this.setTimeout(run, delayMs));

  now(): number {
    return this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    const entry: Waiting = { due: this.#elapsed + Math.max(0, delayMs), run };
    this.#waiting.add(entry);
    const timer: Timer = { cancel: () => void this.#waiting.delete(entry), unref: () => timer };
    return timer;
  }

  setInterval(run: () => void, periodMs: number): Timer {
    return this.setTimeout(run, periodMs);
  }

  /** Runs timers until none is left. */
  async runOut(): Promise<void> {
    while (this.#waiting.size > 0) {
      let next: Waiting | undefined;
      for (const entry of this.#waiting) if (!next || entry.due < next.due) next = entry;
      if (!next) return;
      this.#waiting.delete(next);
      this.#elapsed = Math.max(this.#elapsed, next.due);
      next.run();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    }
  }
}
