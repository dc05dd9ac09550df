import type { Clock } from '../kernel/index.ts';
import type { Drops } from './diagnosis.ts';
import type { BoundRate } from './instrument.ts';
import { Series, type Fold, type TagPairs } from './series.ts';
import type { RateValue } from './snapshot.ts';

/** What the series of one rate share. */
export interface RateContext {
  /** Ascending. */
  readonly windowsSeconds: readonly number[];
  readonly drops: Drops;
  readonly clock: Clock;
}

const tickParts = 10;

/**
 * The series of a rate. Events are counted in ticks, each a tenth of the shortest window, in a ring as long as the longest window. A
 * window that ends inside a tick begins inside one; of that tick the part is counted that belongs to the window, as if its events
 * were spread evenly.
 */
export class RateMeterSeries extends Series<RateMeterSeries> implements BoundRate {
  readonly #context: RateContext;
  readonly #tickMs: number;
  readonly #beganAt: number;
  #total = 0;
  #ring: Float64Array | undefined;
  /** The number of the tick that was counted last. */
  #tick: number;

  constructor(pairs: TagPairs, key: string, fold: Fold<RateMeterSeries> | undefined, context: RateContext) {
    super(pairs, key, fold);
    this.#context = context;
    this.#tickMs = ((context.windowsSeconds[0] ?? 1) * 1_000) / tickParts;
    this.#beganAt = context.clock.monotonic();
    this.#tick = Math.floor(this.#beganAt / this.#tickMs);
  }

  mark(events = 1): void {
    if (typeof events === 'number' && events >= 0 && events < Number.POSITIVE_INFINITY) {
      const seat = this.fold === undefined ? this : this.fold.seatOf(this, events);
      seat.#count(events);
    } else {
      this.#context.drops.note(events);
    }
  }

  perSecond(windowSeconds: number): number | undefined {
    const index = this.#context.windowsSeconds.indexOf(windowSeconds);
    return (this.fold?.seatOf(this, 0) ?? this).read().perSecond[index];
  }

  override get ownWeight(): number {
    return this.#total;
  }

  override moveInto(other: RateMeterSeries): void {
    const now = this.#context.clock.monotonic();
    const mine = this.#turnedTo(now);
    const theirs = other.#turnedTo(now);
    for (let slot = 0; slot < mine.length; slot += 1) theirs[slot] = (theirs[slot] ?? 0) + (mine[slot] ?? 0);
    other.#total += this.#total;
    this.#total = 0;
    this.#ring = undefined;
  }

  override read(): RateValue {
    const now = this.#context.clock.monotonic();
    const ring = this.#turnedTo(now);
    const ageMs = Math.max(now - this.#beganAt, this.#tickMs);
    const perSecond = this.#context.windowsSeconds.map((seconds) => {
      const windowMs = seconds * 1_000;
      return (this.#eventsSince(ring, now - windowMs) * 1_000) / Math.min(windowMs, ageMs);
    });
    return { total: this.#total, perSecond };
  }

  #count(events: number): void {
    const ring = this.#turnedTo(this.#context.clock.monotonic());
    const slot = this.#tick % ring.length;
    ring[slot] = (ring[slot] ?? 0) + events;
    this.#total += events;
  }

  /** The ring, with the ticks emptied that have passed since it was last looked at. */
  #turnedTo(now: number): Float64Array {
    const tick = Math.floor(now / this.#tickMs);
    if (this.#ring === undefined) {
      const longestMs = (this.#context.windowsSeconds.at(-1) ?? 1) * 1_000;
      // One tick more than the window, of which a part may belong to it.
      this.#ring = new Float64Array(Math.ceil(longestMs / this.#tickMs) + 1);
      this.#tick = tick;
    }
    const passed = Math.min(tick - this.#tick, this.#ring.length);
    for (let step = 1; step <= passed; step += 1) this.#ring[(tick - passed + step) % this.#ring.length] = 0;
    if (tick > this.#tick) this.#tick = tick;
    return this.#ring;
  }

  #eventsSince(ring: Float64Array, from: number): number {
    const exact = from / this.#tickMs;
    const first = Math.floor(exact);
    const oldest = Math.max(first, this.#tick - ring.length + 1, 0);
    let events = 0;
    for (let tick = oldest; tick <= this.#tick; tick += 1) {
      const part = tick === first ? 1 - (exact - first) : 1;
      events += part * (ring[tick % ring.length] ?? 0);
    }
    return events;
  }
}
