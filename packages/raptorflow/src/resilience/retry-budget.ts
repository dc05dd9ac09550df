import { RollingWindow } from './rolling-window.ts';

/** How many retries an operation may make; all optional. */
export interface RetryBudgetOptions {
  /** Retries per call of the last ten seconds, as a fraction. Default 0.1. */
  readonly share?: number;
  /** Retries in ten seconds that are always allowed, so that an operation with few calls is retried at all. Default 10. */
  readonly retriesMin?: number;
}

const windowMs = 10_000;
const [callsColumn, retriesColumn] = [0, 1];

/**
 * Keeps retries from multiplying the load of something that is down: over the last ten seconds there are at most `retriesMin` retries, or
 * `share` of the calls if that is more (as in Finagle's retry budget).
 */
export class RetryBudget {
  readonly #window = new RollingWindow(windowMs, 2);
  readonly #share: number;
  readonly #retriesMin: number;

  constructor({ share, retriesMin }: Readonly<Required<RetryBudgetOptions>>) {
    this.#share = share;
    this.#retriesMin = retriesMin;
  }

  /** Counts a call. */
  called(now: number): void {
    this.#window.add(now, callsColumn, 1);
  }

  /** Takes one retry out of the budget; false when there is none left. */
  take(now: number): boolean {
    const retries = this.#window.sum(now, retriesColumn);
    const allowed = Math.max(this.#retriesMin, this.#share * this.#window.sum(now, callsColumn));
    if (retries + 1 > allowed) return false;
    this.#window.add(now, retriesColumn, 1);
    return true;
  }
}
