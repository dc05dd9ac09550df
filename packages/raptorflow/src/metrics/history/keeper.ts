import type { Clock, Logger, Timer } from '../../kernel/index.ts';
import type { ResolvedHistoryOptions } from './options.ts';
import type { HistoryStore, ResolutionUsage, StoreUsage } from './store.ts';

/** What was removed before its time, because the store was full. */
export interface SpaceRemoval {
  /** How many frames and blocks. */
  readonly removed: number;
  /** Per resolution: data before this moment is gone. */
  readonly before: Readonly<Record<string, number>>;
}

const everyMs = 300_000;
const seriesGraceMs = 2 * 3_600_000;
/** Of the time that a resolution covers, so much goes at once when space is needed. */
const cutShare = 0.1;
const cutsMax = 100;

/** Removes what is older than its resolution keeps, and, when the store is too large, the oldest that there is. */
export class Keeper {
  usage: StoreUsage | undefined;
  readonly #options: ResolvedHistoryOptions;
  readonly #store: HistoryStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #cutBefore: Record<string, number> = {};
  #removedForSpace = 0;
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;

  constructor(options: ResolvedHistoryOptions, store: HistoryStore, clock: Clock, log: Logger) {
    this.#options = options;
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  get removedForSpace(): SpaceRemoval {
    return { removed: this.#removedForSpace, before: { ...this.#cutBefore } };
  }

  /** Keeps house now and every five minutes. */
  start(): void {
    this.#timer = this.#clock.setInterval(() => void this.run(), everyMs).unref();
    void this.run();
  }

  /** Resolves when the round in hand is over. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#working;
  }

  /** One round; a failure is logged, and the next round tries again. */
  run(): Promise<void> {
    this.#working ??= this.#keep()
      .catch((error: unknown) => {
        this.#log.warn('Old metric history could not be removed; it is tried again.', { error });
      })
      .finally(() => {
        this.#working = undefined;
      });
    return this.#working;
  }

  async #keep(): Promise<void> {
    const now = this.#clock.now();
    const { resolutions } = this.#options;
    const removals = resolutions.map(({ stepMs, keepMs }) => ({ stepMs, before: now - keepMs }));
    const longest = Math.max(...resolutions.map(({ keepMs }) => keepMs));
    await this.#removeAll(removals, now - longest - seriesGraceMs);
    this.usage = await this.#store.usage();
    for (let cut = 0; cut < cutsMax && this.usage.bytes > this.#options.limits.storedBytesMax; cut += 1) {
      if (!(await this.#cut(this.usage, now))) return;
      this.usage = await this.#store.usage();
    }
  }

  /** Removes the oldest tenth of the resolution that reaches back furthest; false when there is nothing to remove. */
  async #cut({ bytes, resolutions }: StoreUsage, now: number): Promise<boolean> {
    const oldest = resolutions
      .filter((each): each is ResolutionUsage & { oldestAt: number } => each.oldestAt !== null)
      .toSorted((a, b) => a.oldestAt - b.oldestAt || b.stepMs - a.stepMs)[0];
    if (!oldest) return false;
    const { stepMs, oldestAt } = oldest;
    const before = Math.ceil(oldestAt + Math.max(stepMs, (now - oldestAt) * cutShare)) + 1;
    const removed = await this.#removeAll([{ stepMs, before }], 0);
    this.#removedForSpace += removed;
    this.#cutBefore[stepMs] = before;
    this.#log.warn('The metric history is larger than storedBytesMax; its oldest data was removed.', {
      bytes,
      storedBytesMax: this.#options.limits.storedBytesMax,
      stepMs,
      before: new Date(before).toISOString(),
      removed,
    });
    return removed > 0;
  }

  async #removeAll(
    removals: readonly { stepMs: number; before: number }[],
    seriesBefore: number,
  ): Promise<number> {
    let total = 0;
    for (let removed = -1; removed !== 0; total += removed) {
      removed = await this.#store.remove(removals, seriesBefore);
    }
    return total;
  }
}
