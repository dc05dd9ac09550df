import type { SeriesDescription } from '../point.ts';
import type {
  BlockRange,
  FrameRange,
  HistoryStore,
  Removal,
  ResolutionUsage,
  Sealing,
  StoredBlock,
  StoredFrame,
  StoreUsage,
} from '../store.ts';

/** What a stored element costs besides its bytes, roughly. */
const overheadBytes = 64;
const nothing = new Uint8Array(0);

/** Keeps a history as long as the process lives, packed as the other stores keep it. For tests, and for what may be lost. */
export function memoryHistoryStore(): HistoryStore {
  return new MemoryStore();
}

class MemoryStore implements HistoryStore {
  readonly name = 'memory';
  readonly #series = new Map<string, SeriesDescription>();
  /** Of each shard, and of each series, in the order of time. */
  readonly #frames = new Map<string, StoredFrame[]>();
  readonly #blocks = new Map<string, StoredBlock[]>();

  open(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  describe(series: readonly SeriesDescription[]): Promise<void> {
    for (const one of series) this.#series.set(`${one.number} ${one.source}`, one);
    return Promise.resolve();
  }

  listSeries(filter: {
    readonly metric?: string;
    readonly source?: string;
  }): Promise<readonly SeriesDescription[]> {
    const found = [...this.#series.values()].filter(
      ({ metric, source }) => metric === (filter.metric ?? metric) && source === (filter.source ?? source),
    );
    return Promise.resolve(found);
  }

  append(frames: readonly StoredFrame[]): Promise<void> {
    for (const frame of frames)
      insert(this.#frames, keyOf(frame, frame.shard), frame, (other) => other.at - frame.at);
    return Promise.resolve();
  }

  readFrames(range: FrameRange): Promise<readonly StoredFrame[]> {
    const all = this.#frames.get(keyOf(range, range.shard)) ?? [];
    const found = all.filter(({ at }) => at > range.from && at <= range.to);
    return Promise.resolve(range.timesOnly ? found.map((frame) => ({ ...frame, bytes: nothing })) : found);
  }

  seal(sealing: Sealing): Promise<void> {
    for (const block of sealing.blocks) {
      insert(this.#blocks, keyOf(block, block.number), block, (other) => other.from - block.from);
    }
    const key = keyOf(sealing, sealing.shard);
    keep(this.#frames, key, ({ at }) => at > sealing.through);
    return Promise.resolve();
  }

  readBlocks(range: BlockRange): Promise<readonly StoredBlock[]> {
    const found = range.numbers.flatMap((number) =>
      (this.#blocks.get(keyOf(range, number)) ?? []).filter(
        ({ from, to }) => to > range.from && from <= range.to,
      ),
    );
    return Promise.resolve(found);
  }

  remove(removals: readonly Removal[], seriesBefore: number): Promise<number> {
    let removed = 0;
    for (const { stepMs, before } of removals) {
      for (const key of this.#frames.keys()) {
        if (key.startsWith(`${stepMs} `)) removed += keep(this.#frames, key, ({ at }) => at >= before);
      }
      for (const key of this.#blocks.keys()) {
        if (key.startsWith(`${stepMs} `)) removed += keep(this.#blocks, key, ({ to }) => to >= before);
      }
    }
    for (const [key, { seenAt }] of this.#series) {
      if (seenAt < seriesBefore && this.#series.delete(key)) removed += 1;
    }
    return Promise.resolve(removed);
  }

  usage(): Promise<StoreUsage> {
    const resolutions = new Map<number, ResolutionUsage>();
    let bytes = 0;
    const count = (stepMs: number, at: number, size: number, kind: 'frames' | 'blocks'): void => {
      const before = resolutions.get(stepMs) ?? { stepMs, frames: 0, blocks: 0, oldestAt: null };
      resolutions.set(stepMs, {
        ...before,
        [kind]: before[kind] + 1,
        oldestAt: Math.min(before.oldestAt ?? at, at),
      });
      bytes += size + overheadBytes;
    };
    for (const frames of this.#frames.values()) {
      for (const frame of frames) count(frame.stepMs, frame.at, frame.bytes.length, 'frames');
    }
    for (const blocks of this.#blocks.values()) {
      for (const block of blocks) count(block.stepMs, block.to, block.bytes.length, 'blocks');
    }
    return Promise.resolve({ bytes, series: this.#series.size, resolutions: [...resolutions.values()] });
  }
}

function keyOf(
  { source, stepMs }: { readonly source: string; readonly stepMs: number },
  number: number,
): string {
  return `${stepMs} ${number} ${source}`;
}

/** Puts an element at its place in time; almost always at the end. Replaces the one of the same time. */
function insert<T>(lists: Map<string, T[]>, key: string, element: T, distance: (other: T) => number): void {
  const list = lists.get(key);
  if (!list) {
    lists.set(key, [element]);
    return;
  }
  let place = list.length;
  for (let other = list[place - 1]; other && distance(other) >= 0; other = list[place - 1]) {
    place -= 1;
    if (distance(other) === 0) {
      list[place] = element;
      return;
    }
  }
  list.splice(place, 0, element);
}

function keep<T>(lists: Map<string, T[]>, key: string, isKept: (element: T) => boolean): number {
  const list = lists.get(key) ?? [];
  const kept = list.filter(isKept);
  if (kept.length === list.length) return 0;
  if (kept.length === 0) lists.delete(key);
  else lists.set(key, kept);
  return list.length - kept.length;
}
