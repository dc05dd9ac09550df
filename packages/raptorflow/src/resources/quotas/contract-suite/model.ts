import type { Counter } from '../counter.ts';

/** What a counter should show, worked out anew from everything that was ever granted. */
export class ModelCounter {
  readonly #counter: Counter;
  readonly #grants: { readonly period: number; readonly amount: number }[] = [];
  #held = 0;
  #limit: number;
  #firstPeriod: number | null = null;
  #lastPeriod = 0;

  constructor(counter: Counter) {
    this.#counter = counter;
    this.#limit = counter.limit;
  }

  /** A request has met the counter in a period; a dynamic limit may rise with it. */
  meet(period: number): void {
    const isNew = this.#firstPeriod === null;
    this.#firstPeriod ??= period;
    if (isNew || period <= this.#lastPeriod) return;
    this.#lastPeriod = period;
    if (this.#counter.kind !== 'dynamic' || period - this.#firstPeriod < 5) return;
    const past = [5, 4, 3, 2, 1].map((back) => this.#sumOf(period - back));
    const busy = past.filter((used) => used > 0.8 * this.#limit).length;
    if (busy / 5 <= 0.8) return;
    const mean = past.reduce((sum, used) => sum + used, 0) / 5;
    this.#limit = Math.min(2 * this.#counter.limit, Math.max(this.#limit, Math.floor(1.2 * mean)));
  }

  grant(period: number, amount: number): void {
    this.#grants.push({ period, amount });
    this.#held += amount;
  }

  release(amount: number): void {
    this.#held -= amount;
  }

  limit(): number {
    return this.#limit;
  }

  used(period: number): number {
    if (this.#counter.isHeld) return this.#held;
    if (!this.#counter.clock) return this.#grants.reduce((sum, { amount }) => sum + amount, 0);
    if (this.#counter.kind !== 'burst') return this.#sumOf(period);
    let owed = 0;
    for (let at = this.#firstPeriod ?? period; at < period; at += 1) {
      owed = Math.max(0, owed + this.#sumOf(at) - this.#counter.limit);
    }
    return owed + this.#sumOf(period);
  }

  #sumOf(period: number): number {
    return this.#grants
      .filter((grant) => grant.period === period)
      .reduce((sum, { amount }) => sum + amount, 0);
  }
}
