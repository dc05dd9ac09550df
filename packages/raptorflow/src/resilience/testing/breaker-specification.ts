/** What a specified breaker is set to. */
export interface SpecifiedBreakerOptions {
  readonly failuresToOpen: number;
  readonly openMs: number;
  readonly probesMax: number;
  readonly successesToClose: number;
  readonly probeMs: number;
}

/** The breaker as a plain specification: one flat record, recomputed by the sentences of the state table. */
export class BreakerSpecification {
  kind = 'closed';
  /** What `kind` has been, in order. */
  readonly history: string[] = [];
  readonly #options: SpecifiedBreakerOptions;
  #failures = 0;
  #successes = 0;
  #until = 0;
  #era = 0;
  #probes: { id: number; at: number }[] = [];

  constructor(options: SpecifiedBreakerOptions) {
    this.#options = options;
  }

  tick(now: number): void {
    if (this.kind === 'open' && now >= this.#until) {
      this.#become('half-open');
      this.#successes = 0;
      this.#probes = [];
    } else if (
      this.kind === 'half-open' &&
      this.#probes.some(({ at }) => now - at >= this.#options.probeMs)
    ) {
      this.#open(now);
    }
  }

  close(): void {
    if (this.kind === 'closed') this.#era += 1;
    else this.#become('closed');
    this.#failures = 0;
  }

  isolate(): void {
    if (this.kind !== 'isolated') this.#become('isolated');
  }

  /** Leave for one call, or undefined. */
  acquire(now: number, id: number): { era: number } | undefined {
    this.tick(now);
    if (this.kind === 'open' || this.kind === 'isolated') return undefined;
    if (this.kind === 'half-open') {
      const needed = this.#options.successesToClose - this.#successes;
      if (this.#probes.length >= Math.min(this.#options.probesMax, needed)) return undefined;
      this.#probes.push({ id, at: now });
    }
    return { era: this.#era };
  }

  settle(now: number, id: number, era: number, how: 'succeed' | 'fail' | 'release'): void {
    if (era !== this.#era) return;
    if (this.kind === 'closed') {
      if (how === 'succeed') this.#failures = 0;
      if (how === 'fail') this.#failures += 1;
      if (this.#failures >= this.#options.failuresToOpen) this.#open(now);
    } else if (this.kind === 'half-open') {
      this.#probes = this.#probes.filter((probe) => probe.id !== id);
      if (how === 'succeed') this.#successes += 1;
      if (how === 'fail') this.#open(now);
      else if (this.#successes >= this.#options.successesToClose) this.close();
    }
  }

  #open(now: number): void {
    this.#become('open');
    this.#until = now + this.#options.openMs;
  }

  #become(kind: string): void {
    this.kind = kind;
    this.#era += 1;
    this.history.push(kind);
  }
}
