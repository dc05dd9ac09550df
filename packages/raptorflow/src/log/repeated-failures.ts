import type { Clock, Timer } from '../kernel/index.ts';

/** A failure that was told once and is counted since. */
interface Told {
  readonly title: string;
  readonly until: number;
  more: number;
}

/** How long the same failure is counted instead of told again, and how many different ones are remembered. */
export interface RepeatLimits {
  readonly repeatWindowMs: number;
  readonly fingerprintsMax: number;
}

/** Tells the same failure once in a while: what comes again within the window is counted, and one line says how often when it is over. */
export class RepeatedFailures {
  readonly #limits: RepeatLimits;
  readonly #clock: Clock;
  readonly #tellCount: (title: string, times: number) => void;
  // In the order in which their windows end.
  readonly #told = new Map<string, Told>();
  #timer: Timer | undefined;

  constructor(limits: RepeatLimits, clock: Clock, tellCount: (title: string, times: number) => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#tellCount = tellCount;
  }

  /** Whether this failure is to be told now; otherwise it is counted. */
  isNew(fingerprint: string, title: string): boolean {
    this.#endWindows();
    const told = this.#told.get(fingerprint);
    if (told) {
      told.more += 1;
      return false;
    }
    const [oldest] = this.#told.keys();
    if (oldest !== undefined && this.#told.size >= this.#limits.fingerprintsMax) this.#end(oldest);
    this.#told.set(fingerprint, {
      title,
      until: this.#clock.monotonic() + this.#limits.repeatWindowMs,
      more: 0,
    });
    this.#schedule();
    return true;
  }

  /** Tells all counts now. */
  endAll(): void {
    for (const fingerprint of this.#told.keys()) this.#end(fingerprint);
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(): void {
    const [first] = this.#told.values();
    if (!first || this.#timer) return;
    this.#timer = this.#clock
      .setTimeout(() => {
        this.#timer = undefined;
        this.#endWindows();
        this.#schedule();
      }, first.until - this.#clock.monotonic())
      .unref();
  }

  #endWindows(): void {
    const now = this.#clock.monotonic();
    for (const [fingerprint, { until }] of this.#told) {
      if (until > now) return;
      this.#end(fingerprint);
    }
  }

  #end(fingerprint: string): void {
    const told = this.#told.get(fingerprint);
    this.#told.delete(fingerprint);
    if (told && told.more > 0) this.#tellCount(told.title, told.more);
  }
}
