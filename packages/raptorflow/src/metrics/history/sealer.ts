import { isRaptorFlowError, type Clock, type Logger } from '../../kernel/index.ts';
import { encodePoints } from './block.ts';
import { decodeFrame, seriesPerShard } from './frame.ts';
import type { ResolvedHistoryOptions } from './options.ts';
import type { Point, PointLayout } from './point.ts';
import { Slices } from './slices.ts';
import type { HistoryStore, StoredBlock, StoredFrame } from './store.ts';

/** One shard at one resolution. */
interface Tail {
  readonly stepMs: number;
  readonly shard: number;
  frames: number;
  newestAt: number;
  /** Frames at which it is sealed. */
  readonly sealAt: number;
}

const goldenRatio = 0.618_033_988_749_895;

/**
 * Turns frames into blocks, shard by shard, once a shard has enough of them. The shards of a process reach that at different times, so that the
 * work is spread.
 */
export class Sealer {
  /** Frames that could not be read when their turn came. */
  damaged = 0;
  sealed = 0;
  readonly #options: ResolvedHistoryOptions;
  readonly #store: HistoryStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #tails = new Map<string, Tail>();
  #working: Promise<void> | undefined;

  constructor(options: ResolvedHistoryOptions, store: HistoryStore, clock: Clock, log: Logger) {
    this.#options = options;
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  /** Counts frames that are in the store now. */
  note(frames: readonly Pick<StoredFrame, 'stepMs' | 'shard' | 'at'>[]): void {
    for (const { stepMs, shard, at } of frames) {
      const tail = this.#tailOf(stepMs, shard);
      tail.frames += 1;
      tail.newestAt = Math.max(tail.newestAt, at);
    }
  }

  /** Seals what is due, one shard after the other. A failure is tried again the next time. */
  run(): Promise<void> {
    this.#working ??= this.#sealAll().finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }

  async #sealAll(): Promise<void> {
    for (const tail of this.#tails.values()) {
      if (tail.frames < tail.sealAt) continue;
      try {
        await this.#seal(tail);
      } catch (error) {
        this.#log.warn('Frames of the metric history could not be sealed; it is tried again.', { error });
        return;
      }
    }
  }

  async #seal(tail: Tail): Promise<void> {
    const { source } = this.#options;
    const { stepMs, shard } = tail;
    const through = this.#throughOf(tail);
    const range = { source, stepMs, shard };
    const slices = new Slices(this.#clock);
    const frames = await this.#store.readFrames({ ...range, from: -1, to: through });
    const points = await this.#pointsOf(frames, slices);
    const blocks: StoredBlock[] = [];
    for (const [slot, { layout, list }] of points) {
      const [first, last] = [list[0], list.at(-1)];
      if (!first || !last) continue;
      const number = shard * seriesPerShard + slot;
      blocks.push({ source, stepMs, number, from: first.at, to: last.at, bytes: encodePoints(layout, list) });
      if (slices.isOver) await slices.pause();
    }
    await this.#store.seal({ ...range, through, blocks });
    this.sealed += blocks.length;
    this.#tails.set(`${stepMs} ${shard}`, {
      ...tail,
      frames: Math.max(0, tail.frames - frames.length),
      sealAt: this.#blockPoints(stepMs),
    });
  }

  async #pointsOf(
    frames: readonly StoredFrame[],
    slices: Slices,
  ): Promise<Map<number, { layout: PointLayout; list: Point[] }>> {
    const points = new Map<number, { layout: PointLayout; list: Point[] }>();
    for (const { bytes } of frames) {
      try {
        for (const { slot, layout, point } of decodeFrame(bytes)) {
          const known = points.get(slot);
          if (known) known.list.push(point);
          else points.set(slot, { layout, list: [point] });
        }
      } catch (error) {
        if (!isRaptorFlowError(error, 'storage_corrupt')) throw error;
        this.damaged += 1;
      }
      if (slices.isOver) await slices.pause();
    }
    return points;
  }

  /**
   * Frames stay that belong to an unfinished step of the next resolution, and the newest one: after a restart that step is made from them.
   */
  #throughOf({ stepMs, newestAt }: Tail): number {
    const { resolutions } = this.#options;
    const index = resolutions.findIndex((resolution) => resolution.stepMs === stepMs);
    const nextMs = resolutions[index + 1]?.stepMs ?? stepMs;
    return Math.min(Math.floor(newestAt / nextMs) * nextMs, newestAt - stepMs);
  }

  #tailOf(stepMs: number, shard: number): Tail {
    const key = `${stepMs} ${shard}`;
    let tail = this.#tails.get(key);
    if (!tail) {
      // Between half a block and a whole one, another share for each shard.
      const share = 0.5 + ((shard * goldenRatio) % 1) / 2;
      const sealAt = Math.ceil(this.#blockPoints(stepMs) * share);
      this.#tails.set(key, (tail = { stepMs, shard, frames: 0, newestAt: 0, sealAt }));
    }
    return tail;
  }

  /** A block must not outlive most of its points by much. */
  #blockPoints(stepMs: number): number {
    const keepMs = this.#options.resolutions.find((each) => each.stepMs === stepMs)?.keepMs ?? 0;
    return Math.max(3, Math.min(this.#options.blockPoints, Math.floor(keepMs / stepMs / 3)));
  }
}
