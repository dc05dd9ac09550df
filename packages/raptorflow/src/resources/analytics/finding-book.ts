/** A finding and when it was made. */
export interface Entry<Content> {
  readonly key: string;
  readonly content: Content;
  readonly createdAt: number;
  /** When it was seen for the last time. */
  readonly seenAt: number;
}

/** How many findings are kept, and for how long. */
export interface FindingLimits {
  /** Beyond, what is no longer seen goes first, then what ranks lowest; what ranks lower than everything kept is not taken. */
  readonly entriesMax: number;
  /** Since they were seen for the last time. */
  readonly keepMs: number;
  /** A finding that is seen again within this time is the same one. */
  readonly repeatMs: number;
}

/** Findings by the thing they are about; what is seen again soon is one finding, not two. */
export class FindingBook<Content> {
  readonly #limits: FindingLimits;
  readonly #rankOf: (content: Content) => number;
  #entries: Entry<Content>[] = [];
  #refused = 0;

  constructor(limits: FindingLimits, rankOf: (content: Content) => number) {
    this.#limits = limits;
    this.#rankOf = rankOf;
  }

  /** Findings that were not taken because the book is full of others that rank as high. */
  get refused(): number {
    return this.#refused;
  }

  /** Adds what was found before anything that it has, the newest first. */
  restore(entries: readonly Entry<Content>[]): void {
    this.#entries = [...this.#entries, ...entries].slice(0, this.#limits.entriesMax);
  }

  /** The newest first. */
  list(now: number): readonly Entry<Content>[] {
    this.#forget(now);
    return this.#entries;
  }

  /** The newest finding about this, if it is still kept. */
  latest(key: string): Entry<Content> | undefined {
    return this.#entries.find((entry) => entry.key === key);
  }

  isRepeated({ seenAt }: Entry<Content>, now: number): boolean {
    return now - seenAt <= this.#limits.repeatMs;
  }

  /** Notes a finding: with new content in its old place if it was seen a short while ago, as a new one otherwise. */
  note(key: string, content: Content, now: number): void {
    const known = this.latest(key);
    if (known && this.isRepeated(known, now)) {
      this.replace(known, { ...known, content, seenAt: now });
      return;
    }
    this.#forget(now);
    if (!this.#makeRoom(content, now)) {
      this.#refused += 1;
      return;
    }
    this.#entries.unshift({ key, content, createdAt: now, seenAt: now });
  }

  /** Puts one entry into the place of another. */
  replace(known: Entry<Content>, next: Entry<Content>): void {
    const place = this.#entries.indexOf(known);
    if (place >= 0) this.#entries[place] = next;
  }

  #makeRoom(content: Content, now: number): boolean {
    if (this.#entries.length < this.#limits.entriesMax) return true;
    // Beyond every rank a finding that is no longer seen makes room.
    const rankOf = (entry: Entry<Content>): number =>
      this.isRepeated(entry, now) ? this.#rankOf(entry.content) : Number.NEGATIVE_INFINITY;
    const lowest = this.#entries.reduce((a, b) => (rankOf(b) <= rankOf(a) ? b : a));
    if (rankOf(lowest) >= this.#rankOf(content)) return false;
    this.#entries.splice(this.#entries.indexOf(lowest), 1);
    return true;
  }

  #forget(now: number): void {
    const { keepMs } = this.#limits;
    if (this.#entries.some(({ seenAt }) => now - seenAt > keepMs)) {
      this.#entries = this.#entries.filter(({ seenAt }) => now - seenAt <= keepMs);
    }
  }
}
