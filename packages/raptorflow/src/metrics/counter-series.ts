import type { Drops } from './diagnosis.ts';
import type { BoundCounter } from './instrument.ts';
import { Series, type Fold, type TagPairs } from './series.ts';

/** The series of a counter. */
export class CounterSeries extends Series<CounterSeries> implements BoundCounter {
  value = 0;
  readonly #drops: Drops;

  constructor(pairs: TagPairs, key: string, fold: Fold<CounterSeries> | undefined, drops: Drops) {
    super(pairs, key, fold);
    this.#drops = drops;
  }

  add(amount = 1): void {
    if (typeof amount === 'number' && amount >= 0 && amount < Number.POSITIVE_INFINITY) {
      if (this.fold === undefined) this.value += amount;
      else this.fold.seatOf(this, amount).value += amount;
    } else {
      this.#drops.note(amount);
    }
  }

  override get ownWeight(): number {
    return this.value;
  }

  override moveInto(other: CounterSeries): void {
    other.value += this.value;
    this.value = 0;
  }

  override read(): number {
    return this.value;
  }
}
