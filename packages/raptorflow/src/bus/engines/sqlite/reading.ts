import type { StatementSync } from 'node:sqlite';
import { splitType } from '../../event.ts';
import type { ReadPage, ReadQuery, StoredEvent } from '../../engine.ts';
import { matchesPattern } from '../../pattern.ts';
import type { Lane } from './group.ts';
import type { State } from './state.ts';

/** With more lanes than this, reading the log from end to end costs less than merging its lanes. */
const mergedLanesMax = 16;
/** Rows that one call looks at, at most. */
const scannedRowsMax = 5_000;

type Row = Record<string, unknown>;

/** Reads the log: by id, and by channel in the order of storing. */
export class Reading {
  readonly #state: State;
  readonly #byId: StatementSync;
  readonly #lanePage: StatementSync;
  readonly #logPage: StatementSync;
  readonly #firstSince: StatementSync;

  constructor(state: State) {
    this.#state = state;
    const prepare = (sql: string): StatementSync => state.db.prepare(sql);
    this.#byId = prepare('SELECT lane, type, expires_at, body FROM bus_log WHERE id = ?');
    const columns = 'pos, lane, at, expires_at, type';
    this.#lanePage = prepare(
      `SELECT ${columns}, body FROM bus_log WHERE lane = ? AND pos > ? ORDER BY pos LIMIT ?`,
    );
    this.#logPage = prepare(`SELECT ${columns}, body FROM bus_log WHERE pos > ? ORDER BY pos LIMIT ?`);
    this.#firstSince = prepare('SELECT pos, at FROM bus_log WHERE pos >= ? ORDER BY pos LIMIT 1');
  }

  find(id: string): StoredEvent | null {
    const row = this.#byId.get(id);
    const lane = row && this.#state.lanes.get(Number(row['lane']));
    if (!row || !lane || Number(row['expires_at']) <= this.#state.now) return null;
    return toEvent(row, lane);
  }

  /** One page; at most `limit` events, and no more rows looked at than the limit above. */
  read(query: ReadQuery): ReadPage {
    const lanes = new Map<number, Lane>();
    for (const channel of this.#state.channels.values()) {
      if (!matchesPattern(query.pattern, channel.name)) continue;
      for (const lane of channel.lanes) lanes.set(lane.id, lane);
    }
    if (lanes.size === 0) return { events: [], next: null };
    const after = query.after ?? (query.since === null ? 0 : this.#before(query.since));
    const rows =
      lanes.size <= mergedLanesMax
        ? this.#merge(lanes, after, query.limit)
        : this.#logPage.all(after, scannedRowsMax);
    const full = rows.length >= (lanes.size <= mergedLanesMax ? query.limit : scannedRowsMax);
    return this.#select(rows, full, lanes, query);
  }

  #select(rows: readonly Row[], full: boolean, lanes: ReadonlyMap<number, Lane>, query: ReadQuery): ReadPage {
    const events: StoredEvent[] = [];
    let last = 0;
    for (const row of rows) {
      const at = Number(row['at']);
      if (query.until !== null && at >= query.until) return { events, next: null };
      last = Number(row['pos']);
      const lane = lanes.get(Number(row['lane']));
      if (!lane || Number(row['expires_at']) <= this.#state.now) continue;
      if (query.since !== null && at < query.since) continue;
      if (!fits(query.types, String(row['type']))) continue;
      events.push(toEvent(row, lane));
      if (events.length >= query.limit) return { events, next: last };
    }
    return { events, next: full ? last : null };
  }

  // The next rows of several lanes together: as many of each as are asked for in all, then the oldest of those.
  #merge(lanes: ReadonlyMap<number, Lane>, after: number, limit: number): Row[] {
    const rows: Row[] = [];
    for (const lane of lanes.keys()) rows.push(...this.#lanePage.all(lane, after, limit));
    if (lanes.size > 1) rows.sort((a, b) => Number(a['pos']) - Number(b['pos']));
    return rows.slice(0, limit);
  }

  // Positions grow with time (but for jumps of the clock), so the first one of a moment is found by halving.
  #before(since: number): number {
    let low = 0;
    let high = this.#state.nextPos;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.#firstSince.get(middle);
      if (row && Number(row['at']) < since) low = Number(row['pos']) + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function toEvent(row: Row, lane: Lane): StoredEvent {
  return { channel: lane.channel.name, type: String(row['type']), body: String(row['body']) };
}

function fits(types: readonly string[] | null, type: string): boolean {
  return types === null || types.includes(type) || types.includes(splitType(type).base);
}
