import { RollingWindow } from './rolling-window.ts';

/** When outcomes open a breaker. */
interface OutcomeLimits {
  readonly windowMs: number;
  readonly callsMin: number;
  readonly failureRate: number;
  readonly slowMs: number;
  readonly slowRate: number;
}

const [callsColumn, failedColumn, slowColumn] = [0, 1, 2];

/** The calls of the last time, and whether too many of them failed or were slow. */
export class OutcomeWindow {
  readonly #limits: OutcomeLimits;
  readonly #window: RollingWindow;

  constructor(limits: OutcomeLimits) {
    this.#limits = limits;
    this.#window = new RollingWindow(limits.windowMs, 3);
  }

  /** Counts a call; true when a rate has reached its limit. */
  note(now: number, failed: boolean, tookMs: number): boolean {
    const { callsMin, failureRate, slowMs, slowRate } = this.#limits;
    const slow = tookMs > slowMs;
    this.#window.add(now, callsColumn, 1);
    if (failed) this.#window.add(now, failedColumn, 1);
    if (slow) this.#window.add(now, slowColumn, 1);
    const calls = this.#window.sum(now, callsColumn);
    if (calls < callsMin) return false;
    return (
      this.#window.sum(now, failedColumn) >= failureRate * calls ||
      this.#window.sum(now, slowColumn) >= slowRate * calls
    );
  }

  clear(): void {
    this.#window.clear();
  }
}
