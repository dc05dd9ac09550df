import type { Counter, Raise } from '../counter.ts';
import type { CounterReading } from '../store.ts';
import type { ServerTime } from './redis-calls.ts';
import type { Slot } from './redis-slot.ts';

/** A share is at most this part of a limit, so that what some processes do not use is not missed by others. */
const sharesOfALimit = 64;

/** What a counter of everybody says to a request. */
export interface Reservation {
  readonly isGranted: boolean;
  readonly usage: number;
  readonly limit: number;
  readonly raises: readonly Raise[];
  /** Under which lease, and in which period, it was reserved. */
  readonly generation: number;
  readonly index: number;
}

/** What a share asks of the slot that its counter lies in. */
export type ShareSlot = Pick<
  Slot,
  'generation' | 'give' | 'giveBack' | 'isIdle' | 'leave' | 'read' | 'renew' | 'take'
>;

interface Waiting {
  readonly amount: number;
  readonly max: number;
  resolve(reservation: Reservation): void;
  reject(error: unknown): void;
}

const noRaises: readonly Raise[] = Object.freeze([]);

/**
 * A counter of everybody, of which this process leases a share and grants from it without asking: what all processes have leased never passes the
 * limit, so neither does what they have granted. The share gets smaller as the limit comes near, and what is not used goes back.
 */
export class Share {
  readonly #slot: ShareSlot;
  readonly #time: ServerTime;
  #counter: Counter;
  /** Leased and not granted. */
  #free = 0;
  /** Of all processes, their shares included, when the server was asked last. */
  #used = 0;
  #limit: number;
  /** The period in which the server has counted it. */
  #index = 0;
  #generation: number;
  /** Not told to any request yet. */
  #raises: readonly Raise[] = noRaises;
  #waiting: Waiting[] = [];
  #isAsking = false;
  #wasUsed = false;

  /** The slot is the share's own. */
  constructor(slot: ShareSlot, time: ServerTime, counter: Counter) {
    this.#slot = slot;
    this.#time = time;
    this.#counter = counter;
    this.#limit = counter.limit;
    this.#generation = slot.generation;
  }

  /** Nothing waits, and nothing is leased that could still be used. */
  get isIdle(): boolean {
    this.#expire();
    return !this.#isAsking && this.#free === 0 && this.#slot.isIdle;
  }

  /** Says that this process lives. */
  renew(): void {
    this.#slot.renew();
  }

  /** Takes an amount out of the share, at once where there is enough of it. */
  reserve(counter: Counter, amount: number, max: number): Reservation | Promise<Reservation> {
    this.#counter = counter;
    this.#wasUsed = true;
    this.#expire();
    if (this.#waiting.length === 0 && this.#fits(amount, max)) return this.#grant(amount);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ amount, max, resolve, reject });
      if (!this.#isAsking) void this.#ask();
    });
  }

  /** Puts back what a request took that was not granted after all, or what is not held any more. */
  putBack(amount: number, { generation, index }: Pick<Reservation, 'generation' | 'index'>): void {
    this.#expire();
    // What was leased under another lease or in another period is not this one's to grant.
    if (generation !== this.#generation || index !== this.#index) return;
    this.#free += amount;
    const surplus = this.#free - 2 * this.#spare();
    if (this.#counter.isHeld && surplus > 0) this.#handOver(surplus);
  }

  async read(): Promise<CounterReading> {
    const [reading] = await this.#slot.read([this.#counter]);
    this.#expire();
    return { used: (reading?.used ?? 0) - this.#free, limit: reading?.limit ?? this.#limit };
  }

  /** Hands over what has not been used since the last time. */
  rest(): void {
    this.#expire();
    if (!this.#wasUsed && this.#free > 0) this.#handOver(this.#free);
    this.#wasUsed = false;
  }

  /** Resolves when all has been handed over, what is granted included. */
  async leave(): Promise<void> {
    this.#expire();
    if (this.#free > 0) this.#handOver(this.#free);
    await this.#slot.leave();
  }

  #spare(): number {
    return Math.max(1, Math.floor(this.#limit / sharesOfALimit));
  }

  #fits(amount: number, max: number): boolean {
    // What is leased is under the limit anyhow; only a request that may lead less far has to look.
    return this.#free >= amount && (max >= this.#limit || this.#used - this.#free + amount <= max);
  }

  #grant(amount: number): Reservation {
    this.#free -= amount;
    return {
      isGranted: true,
      usage: this.#used - this.#free,
      limit: this.#limit,
      raises: this.#takeRaises(),
      generation: this.#generation,
      index: this.#index,
    };
  }

  #takeRaises(): readonly Raise[] {
    const raises = this.#raises;
    this.#raises = noRaises;
    return raises;
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    // What is asked for at the same time is leased together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const [first] = this.#waiting;
      if (!first) break;
      this.#expire();
      if (this.#fits(first.amount, first.max)) {
        this.#waiting.shift();
        first.resolve(this.#grant(first.amount));
        continue;
      }
      try {
        await this.#lease(first);
      } catch (error) {
        // What follows would fare no better; the next request asks anew.
        for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
      }
    }
    this.#isAsking = false;
  }

  async #lease(first: Waiting): Promise<void> {
    const wanted = this.#waiting.reduce((sum, { amount }) => sum + amount, 0);
    const amount = first.amount - this.#free;
    const generation = this.#generation;
    const taken = await this.#slot.take({
      counters: [this.#counter],
      maxima: [first.max],
      amount: Math.max(1, amount),
      want: Math.max(0, wanted - first.amount),
      spare: this.#spare(),
    });
    if (taken.generation !== generation || taken.index !== this.#index) this.#free = 0;
    if (taken.raises.length > 0) this.#raises = [...this.#raises, ...taken.raises];
    this.#generation = taken.generation;
    this.#index = taken.index;
    this.#used = taken.usage[0] ?? 0;
    this.#limit = taken.limits[0] ?? this.#limit;
    if (taken.refusedBy < 0) {
      this.#free += Math.max(1, amount) + taken.more;
      // The period may have turned over under the question, and the free part with it.
      if (this.#free < first.amount) return;
      this.#waiting.shift();
      first.resolve(this.#grant(first.amount));
      return;
    }
    const refusal: Reservation = {
      isGranted: false,
      usage: this.#used - this.#free,
      limit: this.#limit,
      raises: this.#takeRaises(),
      generation: this.#generation,
      index: this.#index,
    };
    // There is no room for those either that ask for as much or more.
    const refused = this.#waiting.filter((each) => each.amount >= first.amount && each.max <= first.max);
    this.#waiting = this.#waiting.filter((each) => !refused.includes(each));
    for (const each of refused) each.resolve(each === first ? refusal : { ...refusal, raises: noRaises });
  }

  #handOver(amount: number): void {
    this.#free -= amount;
    this.#used -= amount;
    const { key, isHeld } = this.#counter;
    const giving = isHeld
      ? this.#slot.give(key, amount, this.#generation)
      : this.#slot.giveBack(key, amount, this.#index);
    // What cannot be handed over is held until the lease or the period ends.
    giving.catch(() => undefined);
  }

  /** The share of a period that is over counts no more, nor does one whose lease was lost. */
  #expire(): void {
    const { clock } = this.#counter;
    const isOver = clock !== null && clock.at(this.#time.now()).index !== this.#index;
    if (!isOver && this.#generation === this.#slot.generation) return;
    this.#free = 0;
    this.#generation = this.#slot.generation;
  }
}
