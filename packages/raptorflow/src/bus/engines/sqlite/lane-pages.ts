import type { StatementSync } from 'node:sqlite';
import type { Lane } from './group.ts';
import type { State } from './state.ts';

/** An event of a lane, as a group that reads on in it sees it. */
interface LaneRow {
  readonly pos: number;
  readonly seq: number;
  readonly type: string;
  readonly expires_at: number;
  readonly ordering_key: string | null;
  /** Absent where it must be asked for. */
  readonly body?: string;
  /** Where the event stands among those that the present turn appends. */
  readonly source?: number;
}

interface NewRows {
  /** Position of the lane's last event before these. */
  readonly after: number;
  readonly rows: LaneRow[];
}

/**
 * Reads lanes. What the present turn has stored is remembered until the next one begins: most events are handed out in the turn that
 * stores them, and then they need not be read again.
 */
export class LanePages {
  readonly #page: StatementSync;
  readonly #factsPage: StatementSync;
  readonly #body: StatementSync;
  readonly #state: State;
  readonly #fresh = new Map<Lane, NewRows>();
  #turn = -1;

  constructor(state: State) {
    this.#state = state;
    const facts = 'pos, seq, type, expires_at, ordering_key';
    const page = (columns: string): StatementSync =>
      state.db.prepare(`SELECT ${columns} FROM bus_log WHERE lane = ? AND pos > ? ORDER BY pos LIMIT ?`);
    this.#page = page(`${facts}, body`);
    this.#factsPage = page(facts);
    this.#body = state.db.prepare('SELECT body FROM bus_log WHERE pos = ?');
  }

  /** Remembers an event that is being stored, before the lane's head moves on to it. */
  note(lane: Lane, row: LaneRow): void {
    this.#forgetOld();
    const known = this.#fresh.get(lane);
    if (known) known.rows.push(row);
    else this.#fresh.set(lane, { after: lane.headPos, rows: [row] });
  }

  /** The events of a lane behind a position, at most `limit`; with their bodies if these are wanted and must be read. */
  read(lane: Lane, pos: number, limit: number, withBodies: boolean): readonly LaneRow[] {
    this.#forgetOld();
    const fresh = this.#fresh.get(lane);
    if (fresh && pos >= fresh.after) {
      const from = firstBehind(fresh.rows, pos);
      return fresh.rows.slice(from, from + limit);
    }
    const statement = withBodies ? this.#page : this.#factsPage;
    return statement.all(lane.id, pos, limit) as unknown as LaneRow[];
  }

  /** The encoded event at a position. */
  body(pos: number): string {
    return String(this.#body.get(pos)?.['body']);
  }

  #forgetOld(): void {
    if (this.#turn === this.#state.entered) return;
    this.#turn = this.#state.entered;
    this.#fresh.clear();
  }
}

// Positions grow along the rows.
function firstBehind(rows: readonly LaneRow[], pos: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] as LaneRow).pos <= pos) low = middle + 1;
    else high = middle;
  }
  return low;
}
