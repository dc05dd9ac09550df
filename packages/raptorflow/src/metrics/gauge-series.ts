import type { Clock } from '../kernel/index.ts';
import type { GaugeMerge } from './definition.ts';
import type { Diagnosis, Drops } from './diagnosis.ts';
import type { BoundGauge } from './instrument.ts';
import { Series, type Fold, type TagPairs } from './series.ts';

/** What the series of one gauge share. */
export interface GaugeContext {
  readonly name: string;
  readonly merge: GaugeMerge;
  readonly drops: Drops;
  readonly diagnosis: Diagnosis;
  readonly clock: Clock;
}

/** A callback that takes longer keeps the event loop from its work, and is told of while diagnosis is on. */
const slowCallbackMs = 10;

/** The series of a gauge. While it is folded it goes on holding its own value, and `other` shows those of its like as one. */
export class GaugeSeries extends Series<GaugeSeries> implements BoundGauge {
  #value = 0;
  /** How often it was set: its weight. */
  #settings = 0;
  #callback: (() => number) | undefined;
  /** What was set last, here or on a series that is folded into this one. */
  #last: number | undefined;
  #folded: (() => readonly GaugeSeries[]) | undefined;
  readonly #context: GaugeContext;

  constructor(pairs: TagPairs, key: string, fold: Fold<GaugeSeries> | undefined, context: GaugeContext) {
    super(pairs, key, fold);
    this.#context = context;
  }

  set(value: number): void {
    if (!Number.isFinite(value)) this.#context.drops.note(value);
    else if (this.fold === undefined) this.#keep(value);
    else this.#setFolded(this.fold.seatOf(this, 1), value);
  }

  add(amount: number): void {
    if (!Number.isFinite(amount)) {
      this.#context.drops.note(amount);
    } else if (this.fold === undefined) {
      this.#keep(this.#value + amount);
    } else {
      const seat = this.fold.seatOf(this, 1);
      this.#setFolded(seat, (this.#standsFor(seat) ? seat.#value : this.#value) + amount);
    }
  }

  observe(callback: () => number): () => void {
    if (typeof callback !== 'function') {
      this.#context.drops.note(callback, 'no function');
      return () => undefined;
    }
    const seat = this.fold?.seatOf(this, 1);
    if (seat !== undefined && this.#standsFor(seat)) return seat.observe(callback);
    this.#callback = callback;
    // Its first reading may be a while off, and nobody should take its place until then.
    this.#settings += 1;
    return () => {
      if (this.#callback === callback) this.#callback = undefined;
    };
  }

  override get ownWeight(): number {
    return this.#settings;
  }

  /** The value stays with this series, which is weighed on, and `other` finds it there. */
  override moveInto(other: GaugeSeries): void {
    this.#settings = 0;
    // What was folded before was set later than this one, which is the lightest.
    other.#last ??= this.#last;
  }

  override becomeOther(folded: () => readonly GaugeSeries[]): void {
    this.#folded = folded;
  }

  /** The present value, asked of the callback if there is one. */
  override read(): number {
    if (this.#callback) this.#ask(this.#callback);
    if (this.#folded === undefined) return this.#value;
    const { merge } = this.#context;
    const values = this.#folded().map((series) => series.read());
    if (this.#settings > 0) values.push(this.#value);
    return merge === 'last' ? (this.#last ?? 0) : mergeNumbers(merge, values);
  }

  #keep(value: number): void {
    this.#value = value;
    this.#last = value;
    this.#settings += 1;
  }

  #setFolded(seat: GaugeSeries, value: number): void {
    if (this.#standsFor(seat)) {
      seat.set(value);
    } else if (seat === this) {
      this.#keep(value);
    } else {
      this.#value = value;
      seat.#last = value;
    }
  }

  /** Whether these tags got their place through another handle than this one. */
  #standsFor(seat: GaugeSeries): boolean {
    return seat !== this && seat.key === this.key;
  }

  #ask(callback: () => number): void {
    const { clock, diagnosis, drops, name } = this.#context;
    const begunAt = diagnosis.enabled ? clock.monotonic() : 0;
    try {
      const value = callback();
      if (Number.isFinite(value)) this.#keep(value);
      else drops.note(value);
    } catch {
      drops.note(callback, 'the callback threw');
    }
    if (!diagnosis.enabled) return;
    const tookMs = clock.monotonic() - begunAt;
    if (tookMs > slowCallbackMs) {
      diagnosis.note('A collector is slow.', { metric: name, tags: this.tags, tookMs });
    }
  }
}

/** Some numbers as one, by a rule that needs no order. 0 when there are none. */
export function mergeNumbers(rule: Exclude<GaugeMerge, 'last'>, values: readonly number[]): number {
  if (values.length === 0) return 0;
  return values.reduce((a, b) => (rule === 'sum' ? a + b : rule === 'max' ? Math.max(a, b) : Math.min(a, b)));
}
