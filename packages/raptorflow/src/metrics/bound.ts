import type { BoundCounter, BoundGauge, BoundHistogram } from './instrument.ts';
import { Sketch, type HistogramValue, type Percentile } from './sketch.ts';

/** What the series of one metric share: the count of values that were refused. */
export interface Drops {
  values: number;
}

/** The series of a counter. */
export class CounterSeries implements BoundCounter {
  value = 0;
  readonly #drops: Drops;

  constructor(drops: Drops) {
    this.#drops = drops;
  }

  add(amount = 1): void {
    if (typeof amount === 'number' && amount >= 0 && amount < Number.POSITIVE_INFINITY) this.value += amount;
    else this.#drops.values += 1;
  }
}

/** The series of a gauge. */
export class GaugeSeries implements BoundGauge {
  #value = 0;
  #callback: (() => number) | undefined;
  readonly #drops: Drops;

  constructor(drops: Drops) {
    this.#drops = drops;
  }

  set(value: number): void {
    if (Number.isFinite(value)) this.#value = value;
    else this.#drops.values += 1;
  }

  add(amount: number): void {
    if (Number.isFinite(amount)) this.#value += amount;
    else this.#drops.values += 1;
  }

  observe(callback: () => number): () => void {
    this.#callback = callback;
    return () => {
      if (this.#callback === callback) this.#callback = undefined;
    };
  }

  /** The present value, asked of the callback if there is one. */
  read(): number {
    if (this.#callback) {
      try {
        this.set(this.#callback());
      } catch {
        this.#drops.values += 1;
      }
    }
    return this.#value;
  }
}

/** The series of a histogram. */
export class HistogramSketchSeries implements BoundHistogram {
  readonly #sketch: Sketch;
  readonly #drops: Drops;

  constructor(lowest: number, drops: Drops) {
    this.#sketch = new Sketch(lowest);
    this.#drops = drops;
  }

  record(value: number): void {
    if (!this.#sketch.record(value)) this.#drops.values += 1;
  }

  percentile(p: number): Percentile | undefined {
    return this.#sketch.percentile(p);
  }

  /** A copy of the distribution. */
  read(): HistogramValue {
    return this.#sketch.value();
  }
}
