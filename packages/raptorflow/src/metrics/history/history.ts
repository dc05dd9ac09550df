import type { Service } from '../../kernel/index.ts';
import type { HistoryExport } from './export.ts';
import type { SpaceRemoval } from './keeper.ts';
import type { LiveHistory } from './live.ts';
import type { HistoryAnswer, HistoryQuery } from './query.ts';
import type { HistoryMetric } from './series-reading.ts';

/** What a history has done and could not do; nothing is left out silently. */
export interface HistoryReport {
  /** Series of this process that are kept. */
  readonly series: number;
  /** Samples of series that were left out because `seriesMax` was reached, and a few of those series. */
  readonly samplesRefused: number;
  readonly refusedExamples: readonly string[];
  /** Steps sampled; moments of the grid that were missed; steps given up because the store could not be written for too long. */
  readonly steps: number;
  readonly stepsMissed: number;
  readonly stepsLost: number;
  /** Steps that wait for the store now. */
  readonly stepsWaiting: number;
  /** The grid moment of the newest sample; null before the first. */
  readonly latestAt: number | null;
  /** How long the registry took to show itself the last time, in milliseconds. */
  readonly snapshotMs: number;
  /** Blocks and frames that were found damaged. */
  readonly damaged: number;
  readonly store: {
    readonly name: string;
    /** As of the last round of housekeeping, at most five minutes ago; null before the first. */
    readonly bytes: number | null;
    readonly bytesMax: number;
    readonly removedForSpace: SpaceRemoval;
  };
}

/** The recorded past of a registry's metrics. */
export interface History extends Service {
  /** The last minutes of this process's series, without waiting. */
  readonly live: LiveHistory;
  /**
   * What a metric was, over all processes that write into the store. Rejects with `invalid_input` for a range, an aggregation or a number of
   * points that cannot be answered, and with `unavailable` when the history is not running.
   */
  query(query: HistoryQuery): Promise<HistoryAnswer>;
  /** The metrics that there is a history of, by name; those of one category when it is given. */
  list(filter?: { readonly category?: string }): Promise<readonly HistoryMetric[]>;
  /** Series of metrics as text, piece by piece, at the resolution that was asked for or the finest one that covers the range. */
  export(request: HistoryExport): AsyncIterable<string>;
  /** Resolves when everything that was sampled so far is in the store; rejects with `unavailable` when the store cannot be written. */
  flush(): Promise<void>;
  report(): HistoryReport;
}
