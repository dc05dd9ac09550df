import type { StatementSync } from 'node:sqlite';
import type { AttemptRecord } from '../../dead-letter.ts';
import type { DeadLetterReason } from '../../channel.ts';
import type { Burial } from './burial.ts';
import type { Claims } from './claims.ts';
import { flyingDueAt, parkedDueAt, type Lane } from './group.ts';
import type { Handlings } from './handlings.ts';
import type { State } from './state.ts';

/** A row that cannot go yet, because a handler has it, is looked at again after this. */
const lookAgainMs = 1_000;
/** How long an empty lane is remembered, so that channels with pauses keep theirs. */
const emptyLaneMsMax = 3_600_000;
/** Rows about single events that one sweep takes at most. */
const singlesMax = 200;

interface Row {
  readonly pos: number;
  readonly seq: number;
  readonly type: string;
  readonly bytes: number;
}

/** Removes what has expired, in small slices, and sees to it that no group loses an event silently. */
export class Retention {
  readonly #state: State;
  readonly #burial: Burial;
  readonly #claims: Claims;
  readonly #handlings: Handlings;
  readonly #oldest: StatementSync;
  readonly #firstExpiry: StatementSync;
  readonly #one: StatementSync;
  readonly #delete: StatementSync;
  readonly #holdsOf: StatementSync;
  readonly #dropHold: StatementSync;
  readonly #letter: StatementSync;
  readonly #dropLetter: StatementSync;
  readonly #singles: StatementSync;
  readonly #dropSingle: StatementSync;
  readonly #setSingle: StatementSync;
  readonly #dropDedupes: StatementSync;
  readonly #nextSingle: StatementSync;
  readonly #laneHolds: StatementSync;
  readonly #dropLane: readonly StatementSync[];
  readonly #dropChannel: StatementSync;
  readonly #emptyLanes: Lane[] = [];

  constructor(state: State, burial: Burial, claims: Claims, handlings: Handlings) {
    this.#state = state;
    this.#burial = burial;
    this.#claims = claims;
    this.#handlings = handlings;
    const prepare = (sql: string): StatementSync => state.db.prepare(sql);
    const facts = 'pos, seq, type, octet_length(body) AS bytes, expires_at, lane';
    this.#oldest = prepare(`SELECT ${facts} FROM bus_log WHERE lane = ? AND pos > ? ORDER BY pos LIMIT ?`);
    this.#firstExpiry = prepare('SELECT expires_at FROM bus_log WHERE lane = ? ORDER BY pos LIMIT 1');
    this.#one = prepare(`SELECT ${facts} FROM bus_log WHERE pos = ?`);
    this.#delete = prepare('DELETE FROM bus_log WHERE pos = ?');
    this.#holdsOf = prepare('SELECT * FROM bus_holds WHERE pos IN (?, -?)');
    this.#dropHold = prepare('DELETE FROM bus_holds WHERE group_id = ? AND pos = ?');
    this.#letter = prepare('SELECT reason, state FROM bus_dead_letters WHERE pos = ?');
    this.#dropLetter = prepare('DELETE FROM bus_dead_letters WHERE pos = ?');
    this.#singles = prepare(
      'SELECT expires_at, pos FROM bus_expiries WHERE expires_at <= ? ORDER BY expires_at LIMIT ?',
    );
    this.#dropSingle = prepare('DELETE FROM bus_expiries WHERE expires_at = ? AND pos = ?');
    this.#setSingle = prepare('INSERT OR IGNORE INTO bus_expiries (expires_at, pos) VALUES (?, ?)');
    this.#dropDedupes = prepare(
      'DELETE FROM bus_dedupes WHERE (channel, workspace, key) IN (SELECT channel, workspace, key FROM bus_dedupes WHERE expires_at <= ? LIMIT ?)',
    );
    this.#nextSingle = prepare(
      'SELECT min((SELECT ifnull(min(expires_at), 9e15) FROM bus_expiries), (SELECT ifnull(min(expires_at), 9e15) FROM bus_dedupes)) AS due',
    );
    this.#laneHolds = prepare('SELECT 1 FROM bus_holds WHERE lane = ? LIMIT 1');
    this.#dropLane = ['DELETE FROM bus_lanes WHERE id = ?', 'DELETE FROM bus_cursors WHERE lane = ?'].map(
      prepare,
    );
    this.#dropChannel = prepare('DELETE FROM bus_channels WHERE id = ?');
  }

  /** When the next sweep makes sense; infinity when nothing is stored that could expire. */
  dueAt(): number {
    const first = this.#emptyLanes[0];
    const empty = (first?.emptySince ?? Number.POSITIVE_INFINITY) + emptyLaneMsMax;
    return Math.min(this.#state.expiries.earliest, this.#state.singlesAt, empty);
  }

  /** Removes at most about `limit` rows. */
  sweep(limit: number): void {
    const state = this.#state;
    this.#sweepSingles();
    let left = limit;
    while (left > 0 && state.expiries.earliest <= state.now) {
      const lane = state.expiries.pop();
      if (!lane || !state.lanes.has(lane.id)) continue;
      left -= Math.max(1, this.#sweepLane(lane, left));
    }
    this.#forgetEmptyLanes();
  }

  #sweepLane(lane: Lane, limit: number): number {
    const state = this.#state;
    let looked = 0;
    let kept = 0;
    let after = 0;
    // The rows come oldest first, and all of a lane live equally long, so the first one alive ends the search.
    while (looked < limit) {
      const rows = this.#oldest.all(lane.id, after, Math.min(limit - looked, 100));
      for (const row of rows) {
        if (Number(row['expires_at']) > state.now) {
          this.#reschedule(lane, kept > 0 ? state.now + lookAgainMs : Number(row['expires_at']));
          return looked;
        }
        looked += 1;
        after = Number(row['pos']);
        if (!this.#expire(lane, toRow(row), true)) kept += 1;
      }
      if (rows.length === 0) break;
    }
    const first = this.#firstExpiry.get(lane.id);
    if (first) this.#reschedule(lane, kept > 0 ? state.now + lookAgainMs : Number(first['expires_at']));
    else {
      lane.expiryAt = Number.POSITIVE_INFINITY;
      lane.emptySince = state.now;
      this.#emptyLanes.push(lane);
    }
    return looked;
  }

  #reschedule(lane: Lane, at: number): void {
    lane.expiryAt = at;
    this.#state.expiries.push(at, lane);
  }

  // Events that asked to expire before their channel says so, and dedupe keys.
  #sweepSingles(): void {
    const state = this.#state;
    if (state.singlesAt > state.now) return;
    for (const single of this.#singles.all(state.now, singlesMax)) {
      const pos = Number(single['pos']);
      this.#dropSingle.run(Number(single['expires_at']), pos);
      const row = this.#one.get(pos);
      const lane = row && state.lanes.get(Number(row['lane']));
      if (!row || !lane) continue;
      if (!this.#expire(lane, toRow(row), false)) this.#setSingle.run(state.now + lookAgainMs, pos);
    }
    this.#dropDedupes.run(state.now, singlesMax);
    state.singlesAt = Number(this.#nextSingle.get()?.['due']);
    state.touch();
  }

  /** Removes one expired event; false when a handler still has it. `oldest`: nothing older is left in the lane. */
  #expire(lane: Lane, row: Row, oldest: boolean): boolean {
    const { pos, seq, type } = row;
    const { groups } = lane.channel;
    for (const group of groups) if (group.flying.has(pos)) return false;
    if (!this.#settleHolds(pos)) return false;
    for (const group of groups) {
      const cursor = group.cursor(lane.id);
      if (cursor.pos >= pos) continue;
      if (group.fits(type)) {
        this.#burial.expire({ group, lane, pos, redriven: false, history: [], attempts: 0 });
      }
      if (oldest) this.#state.moveCursor(group, lane, pos, seq);
    }
    if (lane.channel.deadLetters) this.#forgetLetter(pos);
    this.#handlings.forget(pos);
    this.#delete.run(pos);
    lane.channel.events -= 1;
    lane.channel.bytes -= row.bytes;
    this.#state.touchChannel(lane.channel);
    return true;
  }

  // What groups hold of the event ends with it; false when one has it in hand (also as a redriven dead letter).
  #settleHolds(pos: number): boolean {
    const holds = this.#holdsOf.all(pos, pos);
    if (holds.some((hold) => hold['due_at'] === flyingDueAt)) return false;
    for (const hold of holds) {
      const group = [...this.#state.groups.values()].find(({ id }) => id === hold['group_id']);
      const lane = this.#state.lanes.get(Number(hold['lane']));
      if (!group || !lane) continue;
      const history = JSON.parse(String(hold['history'])) as AttemptRecord[];
      const attempts = Number(hold['attempts']);
      const key = Number(hold['pos']);
      this.#burial.expire({ group, lane, pos: key, redriven: hold['redriven'] === 1, history, attempts });
      this.#dropHold.run(group.id, key);
      group.holds -= 1;
      if (hold['due_at'] === parkedDueAt) group.parked -= 1;
      if (hold['lock'] !== null) this.#claims.release(group, lane, String(hold['lock']), key);
      this.#claims.findDue(group);
    }
    return true;
  }

  #forgetLetter(pos: number): void {
    const letter = this.#letter.get(pos);
    if (!letter) return;
    this.#dropLetter.run(pos);
    if (letter['state'] !== 'open') return;
    const reason = letter['reason'] as DeadLetterReason;
    this.#state.deadCounts.set(reason, (this.#state.deadCounts.get(reason) ?? 1) - 1);
  }

  #forgetEmptyLanes(): void {
    const state = this.#state;
    for (let lane = this.#emptyLanes[0]; lane; lane = this.#emptyLanes[0]) {
      const stillEmpty = lane.emptySince !== null && state.lanes.get(lane.id) === lane;
      if (stillEmpty && (lane.emptySince ?? 0) + emptyLaneMsMax > state.now) return;
      this.#emptyLanes.shift();
      if (!stillEmpty) continue;
      const busy = lane.channel.groups.some((group) =>
        [...group.flights.values()].some((f) => f.lane === lane),
      );
      if (busy || this.#laneHolds.get(lane.id)) {
        lane.emptySince = state.now;
        this.#emptyLanes.push(lane);
        return;
      }
      for (const statement of this.#dropLane) statement.run(lane.id);
      state.dropLane(lane);
      if (lane.channel.lanes.size === 0) this.#dropChannel.run(lane.channel.id);
    }
  }
}

function toRow(row: Readonly<Record<string, unknown>>): Row {
  return {
    pos: Number(row['pos']),
    seq: Number(row['seq']),
    type: String(row['type']),
    bytes: Number(row['bytes']),
  };
}
