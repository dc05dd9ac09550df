import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock, Timer } from '../kernel/index.ts';
import type { CommitGroup } from './commit-group.ts';
import type { Program } from './program.ts';

/** What housekeeping works on. */
export interface HousekeepingOptions {
  readonly db: DatabaseSync;
  readonly group: CommitGroup;
  readonly program: Program;
  readonly clock: Clock;
  /** Hears of what failed. */
  readonly report: (error: unknown) => void;
}

/** Changed rows after which the log is copied back into the file; the log stays at a few MiB, and each pause short. */
const checkpointRows = 2_000;

/** Quiet time before the program keeps house, and the longest that steady work may put it off. */
const quietMs = 20;
const putOffMsMax = 1_000;

/** What a store does between calls: checkpoints, and the program's `idle`. Without calls it does nothing, ever. */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #changes: StatementSync;
  readonly #checkpoint: StatementSync;
  #changesBefore = 0;
  #timer: Timer | undefined;
  #firstWorkAt = 0;
  #lastWorkAt = 0;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    this.#changes = options.db.prepare('SELECT total_changes() AS rows');
    this.#checkpoint = options.db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
    this.afterWork();
  }

  /** To be called after every group, when its answers are on their way. */
  afterWork(): void {
    const { db, group, program, clock } = this.#options;
    if (!db.isOpen) return;
    if (!group.interactive) this.#checkpointWhenDue();
    if (!program.idle) return;
    this.#lastWorkAt = clock.monotonic();
    if (this.#timer) return;
    this.#firstWorkAt = this.#lastWorkAt;
    this.#arm(quietMs);
  }

  /** Leaves no timer behind. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #checkpointWhenDue(): void {
    const rows = Number(this.#changes.get()?.['rows'] ?? 0);
    if (rows - this.#changesBefore < checkpointRows) return;
    this.#changesBefore = rows;
    this.#try(() => void this.#checkpoint.get());
  }

  #arm(delayMs: number): void {
    this.#timer = this.#options.clock.setTimeout(() => this.#wake(), delayMs);
  }

  #wake(): void {
    const now = this.#options.clock.monotonic();
    const quiet = now - this.#lastWorkAt >= quietMs;
    if ((quiet || now - this.#firstWorkAt >= putOffMsMax) && !this.#options.group.interactive) {
      this.#timer = undefined;
      this.#keepHouse();
    } else {
      this.#arm(quietMs);
    }
  }

  #keepHouse(): void {
    const { group, program } = this.#options;
    let more = false;
    this.#try(() =>
      group.exclusively(() => {
        more = program.idle?.() ?? false;
      }),
    );
    if (!more) return;
    // At once, but after the calls that have arrived meanwhile.
    this.#firstWorkAt = this.#options.clock.monotonic();
    this.#arm(0);
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.report(error);
    }
  }
}
