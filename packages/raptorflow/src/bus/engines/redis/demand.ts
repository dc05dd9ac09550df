/**
 * What is known of where a group has something to hand out: each partition by itself. A wake that arrives while a claim is under way counts for
 * after the claim, because the claim may have looked before the event came.
 */
export class Demand {
  readonly #ready: boolean[];
  readonly #asking: number[];
  readonly #woken: boolean[];
  readonly #probed: boolean[];
  // Partitions that have something, of workspaces that hold their half already.
  readonly #capped: Set<number> = new Set();
  #turn = 0;

  /** Everything may be ready until somebody has looked. */
  constructor(partitions: number) {
    this.#ready = Array.from({ length: partitions }, () => true);
    this.#asking = Array.from({ length: partitions }, () => 0);
    this.#woken = Array.from({ length: partitions }, () => false);
    this.#probed = Array.from({ length: partitions }, () => false);
  }

  wake(partition: number): void {
    this.#ready[partition] = true;
    this.#capped.delete(partition);
    if ((this.#asking[partition] ?? 0) > 0) this.#woken[partition] = true;
  }

  wakeAll(): void {
    for (let partition = 0; partition < this.#ready.length; partition += 1) this.wake(partition);
  }

  isReady(partition: number): boolean {
    return this.#ready[partition] === true && !this.#capped.has(partition);
  }

  /** Whether somebody has looked into the partition. */
  isProbed(partition: number): boolean {
    return this.#probed[partition] === true || (this.#asking[partition] ?? 0) > 0;
  }

  /** Whether somebody has looked everywhere: before that nobody can say who has to share. */
  get isKnown(): boolean {
    return this.#probed.every(Boolean);
  }

  /** Whether another partition has, or may have, something as well. */
  othersReady(partition: number): boolean {
    return this.#ready.some((ready, other) => ready && other !== partition);
  }

  /** Partitions that share the room: those that have something and were not asked yet. */
  get sharing(): number {
    return this.#ready.filter((ready, partition) => ready && this.#asking[partition] === 0).length;
  }

  /** Something was settled, or another partition ran dry: workspaces may hold more again. */
  uncap(): void {
    this.#capped.clear();
  }

  /** Partitions that nobody has looked into. */
  unprobed(): number[] {
    return this.#probed.flatMap((_, partition) => (this.isProbed(partition) ? [] : [partition]));
  }

  /** Partitions worth asking, each time beginning with another one. */
  ready(): number[] {
    const count = this.#ready.length;
    const found: number[] = [];
    for (let step = 0; step < count; step += 1) {
      const partition = (this.#turn + step) % count;
      if (this.isReady(partition) && this.#asking[partition] === 0) found.push(partition);
    }
    if (found[0] !== undefined) this.#turn = (found[0] + 1) % count;
    return found;
  }

  asked(partition: number): void {
    this.#asking[partition] = (this.#asking[partition] ?? 0) + 1;
  }

  /** `more`: something is left. `capped`: what is left is of workspaces that hold their half, or with `alone` all that they may hold. */
  answered(partition: number, more: boolean, capped = false, alone = false): void {
    this.#asking[partition] = Math.max(0, (this.#asking[partition] ?? 1) - 1);
    this.#probed[partition] = true;
    this.#ready[partition] = more || this.#woken[partition] === true;
    // By now the others may have turned out to have nothing, and nobody would take the cap off again.
    if (capped && !this.#woken[partition] && (alone || this.othersReady(partition)))
      this.#capped.add(partition);
    if (!this.#ready[partition]) this.uncap();
    if (this.#asking[partition] === 0) this.#woken[partition] = false;
  }
}
