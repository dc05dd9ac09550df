import { fault } from './fault.ts';

/** Counts deliveries by the number that each event carries, to show that each was delivered exactly once. */
export class Ledger {
  #counts = new Uint8Array(1 << 16);
  #seen = 0;
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  /** Distinct events that were delivered. */
  get seen(): number {
    return this.#seen;
  }

  deliver(index: number): void {
    if (index >= this.#counts.length) {
      const larger = new Uint8Array(Math.max(index + 1, this.#counts.length * 2));
      larger.set(this.#counts);
      this.#counts = larger;
    }
    const before = this.#counts[index] ?? 0;
    this.#counts[index] = Math.min(255, before + 1);
    if (before > 0) return;
    this.#seen += 1;
    if (this.#waiting && this.#seen >= this.#waiting.count) this.#waiting.resolve();
  }

  /** Resolves when so many distinct events have been delivered; rejects when none comes for half a minute. */
  async complete(count: number): Promise<void> {
    if (this.#seen >= count) return;
    const done = new Promise<void>((resolve) => {
      this.#waiting = { count, resolve };
    });
    let before = this.#seen;
    let watch: NodeJS.Timeout | undefined;
    const stuck = new Promise<never>((_, reject) => {
      watch = setInterval(() => {
        if (this.#seen === before)
          reject(fault(`${this.#seen} of ${count} events were delivered, then none for 30 s`));
        before = this.#seen;
      }, 30_000);
    });
    try {
      await Promise.race([done, stuck]);
    } finally {
      clearInterval(watch);
    }
  }

  /** Throws unless the events 0 … count - 1 were delivered once each, and no others. */
  assertOnce(who: string, count: number): void {
    let missing = 0;
    let repeated = 0;
    for (const [index, times] of this.#counts.entries()) {
      if (index < count && times === 0) missing += 1;
      if (times > (index < count ? 1 : 0)) repeated += 1;
    }
    if (missing > 0 || repeated > 0) {
      throw fault(`${who}: of ${count} events ${missing} were never delivered and ${repeated} too often`);
    }
  }
}
