import type { Clock } from 'raptorflow/kernel';

/** What is kept, and for how long. */
export interface KeptValuesOptions {
  /** A value that was read longer ago is not answered any more, in milliseconds. */
  readonly staleMsMax: number;
  /** Values kept at most; those read longest ago make room. */
  readonly valuesMax: number;
}

interface Entry<Value> {
  readonly value: Promise<Value>;
  /** On the monotonic clock, before the reading began: what changed later may be missing in it. */
  readonly askedAt: number;
  isRenewing: boolean;
}

/**
 * Values that are asked for all the time and change seldom. One that is half as old as it may become is read again while it still answers, so
 * whoever asks often never waits for the store.
 */
export class KeptValues<Value> {
  readonly #options: KeptValuesOptions;
  readonly #clock: Clock;
  readonly #read: (key: string) => Promise<Value>;
  readonly #entries = new Map<string, Entry<Value>>();

  constructor(options: KeptValuesOptions, clock: Clock, read: (key: string) => Promise<Value>) {
    this.#options = options;
    this.#clock = clock;
    this.#read = read;
  }

  /** The value, at most as old as may be. Rejects with what reading it rejects with; that is not kept. */
  get(key: string): Promise<Value> {
    const entry = this.#entries.get(key);
    const age = entry === undefined ? Infinity : this.#clock.monotonic() - entry.askedAt;
    if (entry === undefined || age >= this.#options.staleMsMax) return this.#readNow(key);
    if (age >= this.#options.staleMsMax / 2 && !entry.isRenewing) void this.#renew(key, entry);
    return entry.value;
  }

  /** The value has changed: the next who asks waits for the new one. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  #readNow(key: string): Promise<Value> {
    const entry = this.#entryOf(key);
    this.#keep(key, entry);
    entry.value.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return entry.value;
  }

  async #renew(key: string, old: Entry<Value>): Promise<void> {
    old.isRenewing = true;
    const entry = this.#entryOf(key);
    try {
      await entry.value;
      // What was forgotten meanwhile may be missing in what was read.
      if (this.#entries.get(key) === old) this.#keep(key, entry);
    } catch {
      // The old value answers as long as it may; then whoever asks is told what is wrong.
      old.isRenewing = false;
    }
  }

  #entryOf(key: string): Entry<Value> {
    return { askedAt: this.#clock.monotonic(), value: this.#read(key), isRenewing: false };
  }

  #keep(key: string, entry: Entry<Value>): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size <= this.#options.valuesMax) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
