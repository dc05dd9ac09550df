import type { Clock, Timer } from '../../../kernel/index.ts';

interface Plan {
  readonly at: number;
  readonly timer: Timer;
}

/** Timers by name, of which each name has at most one: the earliest that was asked for. */
export class DueTimers {
  readonly #clock: Clock;
  readonly #plans = new Map<string, Plan>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls at a moment (epoch milliseconds), unless it is planned for an earlier one already. */
  plan(name: string, at: number, run: () => void): void {
    const known = this.#plans.get(name);
    if (this.#isClosed || (known && known.at <= at)) return;
    known?.timer.cancel();
    const timer = this.#clock.setTimeout(
      () => {
        this.#plans.delete(name);
        run();
      },
      Math.max(0, at - this.#clock.now()),
    );
    this.#plans.set(name, { at, timer });
  }

  /** Takes plans back; answers their names. */
  cancel(which: (name: string) => boolean): string[] {
    const names = [...this.#plans.keys()].filter(which);
    for (const name of names) {
      this.#plans.get(name)?.timer.cancel();
      this.#plans.delete(name);
    }
    return names;
  }

  close(): void {
    this.#isClosed = true;
    this.cancel(() => true);
  }
}
