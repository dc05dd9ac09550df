import type { Clock, Timer } from '../kernel/index.ts';

const slotBits = 4;
const slotMs = 1 << slotBits;
const slots = 256;
/**
 * A timer that is started for a call is due at the latest after this time, and is then set to what is really due next: a call that ends
 * before takes no timer with it, and a process that ends is held up by no more than this.
 */
const firstLookMs = 50;

/** Something that expires unless it is removed before. It belongs to one wheel at a time; all fields are the wheel's. */
export interface WheelEntry {
  /** The clock's monotonic milliseconds. */
  due: number;
  /** -1 while it waits in no wheel. */
  slot: number;
  before: WheelEntry | undefined;
  after: WheelEntry | undefined;
  /** Called once when the time has come; the entry is in no wheel any more. Must not throw. */
  expire(now: number): void;
}

/**
 * One timer for many time limits (a hashed wheel; G. Varghese and T. Lauck, "Hashed and Hierarchical Timing Wheels", 1987). Adding and removing
 * cost the same few steps however many wait, and allocate nothing. Entries expire when they are due and not at the end of
 * their slot; those of one moment in the order of adding.
 */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #heads: (WheelEntry | undefined)[] = Array.from({ length: slots }, () => undefined);
  readonly #tails: (WheelEntry | undefined)[] = Array.from({ length: slots }, () => undefined);
  readonly #look = (): void => this.#turn();
  #waiting = 0;
  #timer: Timer | undefined;
  #looksAt: number = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many entries wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Lets the entry expire in so many milliseconds; `now` is the clock's monotonic time. */
  add(entry: WheelEntry, now: number, delayMs: number): void {
    const due = now + delayMs;
    const slot = (due >>> slotBits) & (slots - 1);
    const tail = this.#tails[slot];
    entry.due = due;
    entry.slot = slot;
    entry.before = tail;
    entry.after = undefined;
    if (tail === undefined) this.#heads[slot] = entry;
    else tail.after = entry;
    this.#tails[slot] = entry;
    this.#waiting += 1;
    if (due < this.#looksAt) this.#lookBy(now, due);
  }

  /** Takes the entry back; one that waits nowhere is left alone. */
  remove(entry: WheelEntry, now: number): void {
    const { slot, before, after } = entry;
    if (slot < 0) return;
    if (before === undefined) this.#heads[slot] = after;
    else before.after = after;
    if (after === undefined) this.#tails[slot] = before;
    else after.before = before;
    entry.slot = -1;
    entry.before = undefined;
    entry.after = undefined;
    this.#waiting -= 1;
    if (this.#waiting === 0 && this.#looksAt - now > firstLookMs) this.#forgetTimer();
  }

  #lookBy(now: number, due: number): void {
    const at = Math.min(due, now + firstLookMs);
    if (at < this.#looksAt) this.#lookAt(now, at);
  }

  #lookAt(now: number, at: number): void {
    this.#timer?.cancel();
    this.#looksAt = at;
    this.#timer = this.#clock.setTimeout(this.#look, at - now);
  }

  #forgetTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#looksAt = Number.POSITIVE_INFINITY;
  }

  /** Lets everything due expire, and sets the timer to what is due next. */
  #turn(): void {
    this.#timer = undefined;
    this.#looksAt = Number.POSITIVE_INFINITY;
    if (this.#waiting === 0) return;
    const now = this.#clock.monotonic();
    for (const entry of this.#takeDue(now)) entry.expire(now);
    const next = this.#nextDue(now);
    // What expired may have led to new entries, and they have set the timer already.
    if (next < this.#looksAt) this.#lookAt(now, next);
  }

  #takeDue(now: number): WheelEntry[] {
    const due: WheelEntry[] = [];
    // Whoever looks late may have missed slots: all that is due lies in one of them.
    for (let entry of this.#heads) {
      while (entry !== undefined) {
        const { after } = entry;
        if (entry.due <= now) {
          this.remove(entry, Number.POSITIVE_INFINITY);
          due.push(entry);
        }
        entry = after;
      }
    }
    return due.length < 2 ? due : due.sort((a, b) => a.due - b.due);
  }

  /** When the earliest entry is due. The slots of the next round come in order, so that the first that has one of this round decides. */
  #nextDue(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    if (this.#waiting === 0) return next;
    const first = now >>> slotBits;
    for (let step = 0; step < slots; step += 1) {
      for (let entry = this.#heads[(first + step) & (slots - 1)]; entry; entry = entry.after) {
        if (entry.due < next) next = entry.due;
      }
      if (next < Math.floor(now / slotMs + step + 1) * slotMs) return next;
    }
    return next;
  }
}
