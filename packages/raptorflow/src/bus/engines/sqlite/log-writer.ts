import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { RaptorFlowError } from '../../../kernel/index.ts';

/** A row of bus_log, its columns in the order of the statements. */
type LogRow = [
  pos: number,
  lane: number,
  seq: number,
  at: number,
  expiresAt: number,
  type: string,
  id: string,
  orderingKey: string | null,
  requestId: string | null,
  body: string,
];

/** Rows that one statement writes: each further one costs a third less than a statement of its own, and beyond this little is gained. */
const rowsTogether = 16;

/** Writes rows of bus_log, one by one where somebody must know whether an id is stored already, and many at once where it cannot be. */
export class LogWriter {
  readonly #one: StatementSync;
  readonly #many: StatementSync;
  #areNew = false;
  #waiting: LogRow[] = [];
  #doubts = false;

  constructor(db: DatabaseSync) {
    const row = '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
    const insert = (rows: number): StatementSync =>
      db.prepare(
        `INSERT INTO bus_log (pos, lane, seq, at, expires_at, type, id, ordering_key, request_id, body) VALUES ${Array.from({ length: rows }, () => row).join(', ')} ON CONFLICT (id) DO NOTHING`,
      );
    this.#one = insert(1);
    this.#many = insert(rowsTogether);
  }

  /** Rows written from now on until `end` have ids of which nothing is stored; they are in the table when `end` returns. */
  begin(areNew: boolean): void {
    this.#areNew = areNew && !this.#doubts;
    this.#waiting = [];
  }

  /** False when the id is stored already, and nothing was written. */
  write(row: LogRow): boolean {
    if (!this.#areNew) return this.#one.run(...row).changes === 1;
    this.#waiting.push(row);
    if (this.#waiting.length === rowsTogether) this.#writeTogether();
    return true;
  }

  end(): void {
    for (const row of this.#waiting) this.#assertWritten(Number(this.#one.run(...row).changes), 1);
    this.#areNew = false;
    this.#waiting = [];
  }

  #writeTogether(): void {
    const values = this.#waiting.flat();
    this.#waiting = [];
    this.#assertWritten(Number(this.#many.run(...values).changes), rowsTogether);
  }

  // Whoever makes ids has made one twice. The operation is undone and run again, now and ever after without trust.
  #assertWritten(written: number, wanted: number): void {
    if (written === wanted) return;
    this.#doubts = true;
    throw new RaptorFlowError('internal', 'An event that was said to be new has the id of a stored one.');
  }
}
