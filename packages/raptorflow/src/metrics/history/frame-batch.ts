import { encodeFrame, shardOf, slotOf, type FrameEntry } from './frame.ts';
import { layoutOf, type Point, type SeriesDescription } from './point.ts';
import type { Slices } from './slices.ts';
import type { StoredFrame } from './store.ts';

interface OpenFrame {
  readonly stepMs: number;
  readonly shard: number;
  readonly at: number;
  readonly entries: FrameEntry[];
}

/** Collects the points of one step of a history, frame by frame. */
export class FrameBatch {
  readonly #source: string;
  readonly #frames = new Map<string, OpenFrame>();

  constructor(source: string) {
    this.#source = source;
  }

  /** Adds a point of a series at a resolution. */
  add(stepMs: number, isRaw: boolean, { number, kind }: SeriesDescription, point: Point): void {
    const shard = shardOf(number);
    const key = `${stepMs} ${shard} ${point.at}`;
    let frame = this.#frames.get(key);
    if (!frame) this.#frames.set(key, (frame = { stepMs, shard, at: point.at, entries: [] }));
    frame.entries.push({ slot: slotOf(number), layout: layoutOf(kind, isRaw), point });
  }

  /** The frames as they are stored. */
  async encode(slices: Slices): Promise<StoredFrame[]> {
    const frames: StoredFrame[] = [];
    for (const { stepMs, shard, at, entries } of this.#frames.values()) {
      entries.sort((a, b) => a.slot - b.slot);
      frames.push({ source: this.#source, stepMs, shard, at, bytes: encodeFrame(at, entries) });
      if (slices.isOver) await slices.pause();
    }
    return frames;
  }
}
