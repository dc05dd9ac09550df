import type { Service } from '../kernel/index.ts';
import type { ExceptionContext } from './exception-text.ts';
import type { Followed, FollowOptions } from './feed.ts';
import type { RaptorLogOptions } from './options.ts';
import type { PerformanceSample } from './performance-lines.ts';
import type { TailQuery } from './tail.ts';

/** What a log has done since it was made. */
export interface RaptorLogReport {
  readonly file: string;
  /** Lines that were written or wait to be. */
  readonly lines: number;
  /** Bytes in the file and the rotated ones. */
  readonly bytes: number;
  /** Lines that went to standard error, because the file could not be written. */
  readonly diverted: number;
  /** Lines that could be written nowhere. */
  readonly dropped: number;
  readonly rotations: number;
  readonly followers: number;
  /** Whether lines go to the file at present. */
  readonly writing: boolean;
  /** What last went wrong with the files; null when nothing has. */
  readonly lastTrouble: RaptorLogTrouble | null;
}

/** Something that went wrong with the files of a log. */
export interface RaptorLogTrouble {
  /** The system's code, such as `ENOSPC`; `unknown` when it gave none. */
  readonly code: string;
  readonly message: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The log of Raptor Mini: plain lines `2025-01-15 14:30:12,547 INFO message`, in UTC, in the order in which they were written, without secrets. Writing
 * one never throws and does not wait for the disk; before `start` lines are kept, and after `stop` they go to standard error. A message of several
 * lines is indented from its second on.
 *
 * Lines reach the file at the latest after `flushEveryMs`, and when the process ends, also by an uncaught error. A process that is killed loses what
 * is younger. When the file cannot be written, lines go to standard error with one warning, are counted, and the file is tried again.
 */
export interface RaptorLog extends Service {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string): void;
  error(message: string): void;
  /** `ERROR RAPTOR EXCEPTION: …` with what is known about the call, the stack and those of its causes, translated by source maps. */
  exception(error: unknown, context?: ExceptionContext): void;
  /** `INFO RAPTOR PERF: CPU: 12.3% | MEM: 45.6%`: one line a second with means, unless `everySample`. */
  perf(sample: PerformanceSample): void;
  /** `INFO RAPTOR MINI ONLINE`. */
  online(): void;
  /** `INFO RAPTOR MINI OFFLINE`, behind the performance line of what came since the last one. */
  offline(): void;
  /** Resolves when every line before is in the file or, if it cannot be written, on standard error. Survives the end of the process, not of power. */
  flush(): Promise<void>;
  /**
   * Goes over to other options, all of them: what is left out has its default. Lines before go where they belong. Throws `invalid_options` and
   * changes nothing.
   */
  configure(options: RaptorLogOptions): void;
  report(): RaptorLogReport;
  /**
   * The end of the log, including what has just been written; `''` when there is none. Reads only the end of the file, splits no character, and goes
   * on in rotated files. Rejects with `invalid_input` and `unavailable`.
   */
  tail(query: TailQuery): Promise<string>;
  /**
   * The lines from now on, after the `last` ones of the file. Whoever keeps up gets every line, also over rotation. Whoever is more than 50,000 lines
   * or 8 Mi characters behind gets a notice with the number of lines that it missed, and goes on with the oldest that is kept. Ends with the signal
   * and when the log stops. Throws `invalid_input`, `exhausted` beyond 1,000 followers and `unavailable`.
   */
  follow(options?: FollowOptions): AsyncIterableIterator<Followed>;
}
