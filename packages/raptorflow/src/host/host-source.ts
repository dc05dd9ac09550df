import type { HostProcess, HostReading } from './sample.ts';

/** Where the figures of the host come from. */
export type HostSourceName = 'linux' | 'systeminformation' | 'node-os';

/** What is read. */
export interface HostParts {
  readonly cpu: boolean;
  readonly memory: boolean;
  readonly disk: boolean;
  readonly network: boolean;
}

/**
 * A way to read the host. One owner opens it, reads one reading after the other, and closes it; it may be opened again then.
 * Variants lie in `sources/` and pass `contract-suite/source-contract.ts`.
 */
export interface HostSource {
  readonly name: HostSourceName;
  /** Reading more often than this costs more than it tells. */
  readonly periodMsMin: number;
  /** Acquires what is needed and notes where counters stand, so that the first reading is about the time since. Rejects with `unavailable` or `missing_dependency`. */
  open(): Promise<void>;
  /**
   * The figures since the reading before, or since `open`. Parts that are switched off or unknown to the source are absent; one that
   * fails for a moment is absent from that reading. Answers a promise only where it cannot be had at once. Every number is finite and not negative.
   */
  read(): HostReading | Promise<HostReading>;
  /** All processes that can be seen, in no order. Looks twice, some 200 ms apart. Rejects with `unavailable` where the source cannot tell. */
  processes(): Promise<HostProcess[]>;
  /** Gives back what `open` acquired; tolerates a source that is not open. */
  close(): void;
}
