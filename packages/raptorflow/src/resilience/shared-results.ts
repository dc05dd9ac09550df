import { RaptorFlowError, type Clock } from '../kernel/index.ts';

interface Shared {
  readonly promise: Promise<unknown>;
  /** The clock's monotonic time after which the result is forgotten; infinite while the call is under way. */
  keptUntil: number;
}

/** How long and how many results are shared. */
export interface SharedResultsLimits {
  readonly keysMax: number;
  readonly keptMs: number;
}

/** One run for all calls of one key. Memory of this process only. */
export class SharedResults {
  readonly #clock: Clock;
  readonly #limits: SharedResultsLimits;
  /** In the order in which the runs began. */
  readonly #runs = new Map<string, Shared>();

  constructor(clock: Clock, limits: SharedResultsLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#runs.size;
  }

  /** The run of this key that is under way or has succeeded a while ago, or else a new one. */
  run<T>(key: string, start: () => Promise<T>): Promise<T> {
    const now = this.#clock.monotonic();
    const known = this.#runs.get(key);
    // What the key's first caller started has the type that its operation has.
    if (known && now < known.keptUntil) return known.promise as Promise<T>;
    if (known) this.#runs.delete(key);
    if (this.#runs.size >= this.#limits.keysMax) this.#makeRoom(now);
    const promise = start();
    const shared: Shared = { promise, keptUntil: Number.POSITIVE_INFINITY };
    this.#runs.set(key, shared);
    promise.then(
      () => {
        shared.keptUntil = this.#clock.monotonic() + this.#limits.keptMs;
      },
      () => {
        if (this.#runs.get(key) === shared) this.#runs.delete(key);
      },
    );
    return promise;
  }

  /** Forgets what is too old, or else the oldest finished run: one that is under way can not be forgotten without running twice. */
  #makeRoom(now: number): void {
    let oldest: string | undefined;
    for (const [key, { keptUntil }] of this.#runs) {
      if (keptUntil <= now) this.#runs.delete(key);
      else if (keptUntil !== Number.POSITIVE_INFINITY) oldest ??= key;
    }
    const { keysMax } = this.#limits;
    if (this.#runs.size < keysMax) return;
    if (oldest === undefined) {
      throw new RaptorFlowError(
        'exhausted',
        `${keysMax} calls with an idempotency key are under way (limits.idempotencyKeysMax); this one was not made. Try again later, or raise the limit.`,
        { details: { idempotency_keys_max: keysMax } },
      );
    }
    this.#runs.delete(oldest);
  }
}
