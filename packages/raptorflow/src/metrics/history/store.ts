import type { Clock, Logger } from '../../kernel/index.ts';
import type { SeriesDescription } from './point.ts';

/** What a history lends to its store. */
export interface HistoryStoreHost {
  readonly clock: Clock;
  readonly log: Logger;
}

/** The points of one moment of up to 64 series; what is inside is the history's. */
export interface StoredFrame {
  readonly source: string;
  /** The resolution that it belongs to. */
  readonly stepMs: number;
  readonly shard: number;
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Up to some thousand points of one series; what is inside is the history's. */
export interface StoredBlock {
  readonly source: string;
  readonly stepMs: number;
  /** The number of the series in its source. */
  readonly number: number;
  /** The times of its first and of its last point. */
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** Which frames: those of one shard with `from` < at ≤ `to`. */
export interface FrameRange {
  readonly source: string;
  readonly stepMs: number;
  readonly shard: number;
  readonly from: number;
  readonly to: number;
  /** Only their times are wanted: `bytes` is empty. */
  readonly timesOnly?: boolean;
}

/** Which blocks: those of these series that hold anything with `from` < at ≤ `to`. */
export interface BlockRange {
  readonly source: string;
  readonly stepMs: number;
  readonly numbers: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** What takes the place of the frames of a shard up to a moment. */
export interface Sealing {
  readonly source: string;
  readonly stepMs: number;
  readonly shard: number;
  /** Frames at or before it are removed. */
  readonly through: number;
  readonly blocks: readonly StoredBlock[];
}

/** What is to be removed of one resolution, of all sources. */
export interface Removal {
  readonly stepMs: number;
  /** Frames before it, and blocks that end before it. */
  readonly before: number;
}

/** How much one resolution holds. */
export interface ResolutionUsage {
  readonly stepMs: number;
  readonly frames: number;
  readonly blocks: number;
  /** The time of the oldest frame or end of the oldest block; null when there is none. */
  readonly oldestAt: number | null;
}

/** How much a store holds. */
export interface StoreUsage {
  /** What the data takes where it lies; pages that are free again do not count. */
  readonly bytes: number;
  readonly series: number;
  readonly resolutions: readonly ResolutionUsage[];
}

/**
 * Where a history keeps its data. Several processes may write into one store at a time, each as a source of its own; everybody reads everything.
 *
 * Every writing call is atomic and can be repeated without harm. It resolves once the data is as safe as the store makes it, and rejects
 * with `unavailable` or `storage_full` when it could not be written. A store serves one history; `close` ends it for good.
 */
export interface HistoryStore {
  /** `memory`, `sqlite` or `redis`; for messages. */
  readonly name: string;
  /** Called once, before everything else. */
  open(host: HistoryStoreHost): Promise<void>;
  /** Writes what is still under way and lets go of everything. Tolerates that it was never opened, and a second call. */
  close(): Promise<void>;
  /** Adds series, or replaces what is known of them. */
  describe(series: readonly SeriesDescription[]): Promise<void>;
  /** The series of a metric, of a source, of both or of all, in any order. */
  listSeries(filter: {
    readonly metric?: string;
    readonly source?: string;
  }): Promise<readonly SeriesDescription[]>;
  /** Adds frames; one of the same source, step, shard and moment is replaced. All or none are stored. */
  append(frames: readonly StoredFrame[]): Promise<void>;
  /** The frames of a range, oldest first. */
  readFrames(range: FrameRange): Promise<readonly StoredFrame[]>;
  /** Adds blocks and removes the frames whose points they hold, both or neither. */
  seal(sealing: Sealing): Promise<void>;
  /** The blocks of a range: series by series as asked for, oldest first. */
  readBlocks(range: BlockRange): Promise<readonly StoredBlock[]>;
  /**
   * Removes old data, and series that nobody has described since `seriesBefore`; a store may take several calls for it, so that each stays
   * short. Answers how many frames, blocks and series are gone; 0 means that nothing is left to remove.
   */
  remove(removals: readonly Removal[], seriesBefore: number): Promise<number>;
  usage(): Promise<StoreUsage>;
}
