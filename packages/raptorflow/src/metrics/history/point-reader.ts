import { isRaptorFlowError, type Clock } from '../../kernel/index.ts';
import { decodePoints } from './block.ts';
import { decodeFrame, shardOf, slotOf } from './frame.ts';
import type { Point, SeriesDescription } from './point.ts';
import { Slices } from './slices.ts';
import type { HistoryStore } from './store.ts';

/** Points of one resolution with `from` < at ≤ `to`. */
export interface PointRange {
  readonly stepMs: number;
  readonly from: number;
  readonly to: number;
}

/** Reads points of series out of blocks and frames. What is damaged is left out and counted. */
export class PointReader {
  /** Blocks and frames that could not be read. */
  damaged = 0;
  readonly #store: HistoryStore;
  readonly #slices: Slices;

  constructor(store: HistoryStore, clock: Clock) {
    this.#store = store;
    this.#slices = new Slices(clock);
  }

  /** The points of each series, oldest first, one for each moment; in the order of the series. */
  async read(series: readonly SeriesDescription[], range: PointRange): Promise<Point[][]> {
    const points = series.map((): Point[] => []);
    if (range.from >= range.to) return points;
    // Frames first: what is sealed in between is then read twice, and not missed.
    const fromFrames = series.map((): Point[] => []);
    for (const [source, places] of groupBy(series, ({ source: name }) => name)) {
      for (const [shard, group] of groupBy(places, ({ item }) => shardOf(item.number))) {
        await this.#readShard(
          source,
          shard,
          group.map(({ item }) => item),
          range,
          fromFrames,
        );
      }
      await this.#readBlocks(source, places, range, points);
    }
    for (const [place, found] of points.entries()) {
      points[place] = joined(found, fromFrames[place] ?? []);
    }
    return points;
  }

  async #readShard(
    source: string,
    shard: number,
    places: readonly Placed<SeriesDescription>[],
    range: PointRange,
    target: Point[][],
  ): Promise<void> {
    const bySlot = new Map(places.map(({ item, place }) => [slotOf(item.number), target[place]]));
    const wanted = new Set(bySlot.keys());
    for (const frame of await this.#store.readFrames({ source, shard, ...range })) {
      const entries = this.#attempt(() => decodeFrame(frame.bytes, wanted)) ?? [];
      for (const { slot, point } of entries) bySlot.get(slot)?.push(point);
      if (this.#slices.isOver) await this.#slices.pause();
    }
  }

  async #readBlocks(
    source: string,
    places: readonly Placed<SeriesDescription>[],
    { stepMs, from, to }: PointRange,
    target: Point[][],
  ): Promise<void> {
    const byNumber = new Map(places.map(({ item, place }) => [item.number, target[place]]));
    const numbers = [...byNumber.keys()];
    for (const block of await this.#store.readBlocks({ source, stepMs, numbers, from, to })) {
      const points = this.#attempt(() => decodePoints(block.bytes).points) ?? [];
      const list = byNumber.get(block.number);
      for (const point of points) if (point.at > from && point.at <= to) list?.push(point);
      if (this.#slices.isOver) await this.#slices.pause();
    }
  }

  #attempt<T>(decode: () => T): T | undefined {
    try {
      return decode();
    } catch (error) {
      if (!isRaptorFlowError(error, 'storage_corrupt')) throw error;
      this.damaged += 1;
      return undefined;
    }
  }
}

/** An element and where it stood. */
interface Placed<T> {
  readonly item: T;
  readonly place: number;
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, Placed<T>[]> {
  const groups = new Map<K, Placed<T>[]>();
  for (const [place, item] of items.entries()) {
    const group = groups.get(keyOf(item));
    if (group) group.push({ item, place });
    else groups.set(keyOf(item), [{ item, place }]);
  }
  return groups;
}

/** Blocks and frames of one series: of two points of one moment, the block's. */
function joined(blocks: Point[], frames: Point[]): Point[] {
  const newest = blocks.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  if (frames.length === 0) return blocks;
  if ((frames[0]?.at ?? 0) > newest) return blocks.length === 0 ? frames : [...blocks, ...frames];
  const known = new Set(blocks.map(({ at }) => at));
  return [...blocks, ...frames.filter(({ at }) => !known.has(at))].toSorted((a, b) => a.at - b.at);
}
