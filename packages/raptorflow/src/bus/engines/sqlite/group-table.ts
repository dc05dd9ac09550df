import type { StatementSync } from 'node:sqlite';
import type { MemberSpec } from '../../engine.ts';
import { matchesPattern } from '../../pattern.ts';
import type { GroupReport } from '../../report.ts';
import type { Claims } from './claims.ts';
import { Group, type Lane } from './group.ts';
import type { Refusal } from './protocol.ts';
import type { Settlements } from './settlements.ts';
import type { State } from './state.ts';

/** A group without members for longer is worth a warning. */
const idleGroupMsMax: number = 7 * 86_400_000;

/** Groups and their members. */
export class GroupTable {
  readonly #state: State;
  readonly #settlements: Settlements;
  readonly #claims: Claims;
  readonly #insert: StatementSync;
  readonly #setDefinition: StatementSync;
  readonly #setSeen: StatementSync;
  readonly #lastBefore: StatementSync;
  readonly #firstSince: StatementSync;
  readonly #firstSeq: StatementSync;
  readonly #posOf: StatementSync;
  readonly #oldestHold: StatementSync;
  readonly #oldestAfter: StatementSync;
  readonly #atOf: StatementSync;
  readonly #dropHolds: StatementSync;
  readonly #dropCursor: StatementSync;
  readonly #dropAll: readonly StatementSync[];

  constructor(state: State, settlements: Settlements, claims: Claims) {
    this.#state = state;
    this.#settlements = settlements;
    this.#claims = claims;
    const prepare = (sql: string): StatementSync => state.db.prepare(sql);
    this.#insert = prepare(
      'INSERT INTO bus_groups (name, pattern, types, ordered, seen_at) VALUES (?, ?, ?, ?, ?) RETURNING id',
    );
    this.#setDefinition = prepare('UPDATE bus_groups SET pattern = ?, types = ?, ordered = ? WHERE id = ?');
    this.#setSeen = prepare('UPDATE bus_groups SET seen_at = ? WHERE id = ?');
    this.#lastBefore = prepare(
      'SELECT pos, seq FROM bus_log WHERE lane = ? AND pos <= ? ORDER BY pos DESC LIMIT 1',
    );
    this.#firstSince = prepare(
      'SELECT pos, seq FROM bus_log WHERE lane = ? AND at >= ? ORDER BY pos LIMIT 1',
    );
    this.#firstSeq = prepare('SELECT pos, seq FROM bus_log WHERE lane = ? ORDER BY pos LIMIT 1');
    this.#posOf = prepare('SELECT pos FROM bus_log WHERE id = ?');
    this.#oldestHold = prepare(
      'SELECT min(log.at) AS at FROM bus_holds AS hold JOIN bus_log AS log ON log.pos = abs(hold.pos) WHERE hold.group_id = ?',
    );
    this.#atOf = prepare('SELECT at FROM bus_log WHERE pos = ?');
    this.#oldestAfter = prepare('SELECT at FROM bus_log WHERE lane = ? AND pos > ? ORDER BY pos LIMIT 1');
    this.#dropHolds = prepare('DELETE FROM bus_holds WHERE group_id = ? AND lane = ?');
    this.#dropCursor = prepare('DELETE FROM bus_cursors WHERE group_id = ? AND lane = ?');
    this.#dropAll = [
      'groups WHERE id',
      'cursors WHERE group_id',
      'holds WHERE group_id',
      'flights WHERE group_id',
    ].map((where) => prepare(`DELETE FROM bus_${where} = ?`));
  }

  /** Adds a member, creating or redefining its group. Refuses with `conflict` and `not_found`, before it changes anything. */
  join(memberId: number, spec: MemberSpec): Refusal | null {
    const group = this.#state.groups.get(spec.group);
    const refusal = group === undefined || isSame(group, spec) ? null : this.#refuseOther(group);
    if (refusal) return refusal;
    const start = group === undefined || !isSame(group, spec) ? this.#startOf(spec) : null;
    if (start && 'code' in start) return start;
    if (!group && start) this.#create(spec, start);
    else if (group && start) this.#redefine(group, spec, start);
    this.#state.members.set(memberId, { id: memberId, group: spec.group, room: 0 });
    this.#see(spec.group);
    return null;
  }

  /** Ends a membership; what the member holds goes back to the group. */
  leave(memberId: number, begun: ReadonlySet<number>): void {
    const member = this.#state.members.get(memberId);
    if (!member) return;
    const group = this.#state.groups.get(member.group);
    if (group) {
      this.#settlements.takeBack(group, memberId, begun);
      this.#see(group.name);
    }
    this.#state.members.delete(memberId);
  }

  /** True when there was such a group. Refuses with `conflict` while it has members. */
  delete(name: string): boolean | Refusal {
    const group = this.#state.groups.get(name);
    if (!group) return false;
    const members = this.#membersOf(name);
    if (members > 0) {
      return {
        code: 'conflict',
        message: `The group "${name}" has ${members} running subscriptions; stop them before deleting it.`,
        details: { group: name, members },
      };
    }
    for (const statement of this.#dropAll) statement.run(group.id);
    this.#state.dropGroup(group);
    this.#state.touch();
    return true;
  }

  list(): GroupReport[] {
    return [...this.#state.groups.values()].map((group) => ({
      name: group.name,
      pattern: group.pattern,
      types: group.types,
      ordered: group.ordered,
      members: this.#membersOf(group.name),
      lag: this.lag(group.name),
      inFlight: group.flights.size,
      waitingForRetry: group.holds,
      oldestUnhandledMs: this.#oldestUnhandled(group),
      lastSeenAt: new Date(this.#lastSeen(group)).toISOString(),
    }));
  }

  /** Events a group has not handled; 0 for an unknown group. */
  lag(name: string): number {
    const group = this.#state.groups.get(name);
    if (!group) return 0;
    let lag = group.flights.size + group.holds;
    for (const lane of this.#lanesOf(group)) {
      lag += Math.max(0, lane.headSeq - (group.cursors.get(lane.id)?.seq ?? 0));
    }
    return lag;
  }

  /** Groups that nobody has read for a week. */
  idle(): { name: string; idleMs: number }[] {
    const idle: { name: string; idleMs: number }[] = [];
    for (const group of this.#state.groups.values()) {
      const idleMs = this.#state.now - this.#lastSeen(group);
      if (idleMs > idleGroupMsMax) idle.push({ name: group.name, idleMs });
    }
    return idle;
  }

  #lastSeen(group: Group): number {
    return this.#membersOf(group.name) > 0 ? this.#state.now : group.seenAt;
  }

  #see(name: string): void {
    const group = this.#state.groups.get(name);
    if (!group) return;
    group.seenAt = this.#state.now;
    this.#setSeen.run(group.seenAt, group.id);
    this.#state.touch();
  }

  #membersOf(name: string): number {
    let count = 0;
    for (const member of this.#state.members.values()) if (member.group === name) count += 1;
    return count;
  }

  #lanesOf(group: Group): Lane[] {
    const lanes: Lane[] = [];
    for (const channel of this.#state.channels.values()) {
      if (channel.groups.includes(group)) lanes.push(...channel.lanes);
    }
    return lanes;
  }

  #create(spec: MemberSpec, start: Start): void {
    const { now } = this.#state;
    const types = spec.types === null ? null : JSON.stringify(spec.types);
    const row = this.#insert.get(spec.group, spec.pattern, types, spec.ordered ? 1 : 0, now);
    const group = new Group({ ...spec, id: Number(row?.['id']), name: spec.group, seenAt: now });
    this.#state.addGroup(group);
    for (const lane of this.#lanesOf(group)) this.#begin(group, lane, start);
  }

  #refuseOther(group: Group): Refusal | null {
    if (this.#membersOf(group.name) === 0) return null;
    const { name, pattern, types, ordered } = group;
    return {
      code: 'conflict',
      message: `The group "${name}" is running on "${pattern}" with another pattern, types or order. All members of a group subscribe alike; use another group name.`,
      details: { group: name, pattern, types, ordered },
    };
  }

  // Channels that both definitions cover keep their place; new ones begin where the new definition says.
  #redefine(group: Group, spec: MemberSpec, start: Start): void {
    const types = spec.types === null ? null : JSON.stringify(spec.types);
    this.#setDefinition.run(spec.pattern, types, spec.ordered ? 1 : 0, group.id);
    const next = new Group({ ...spec, id: group.id, name: group.name, seenAt: group.seenAt });
    next.holds = group.holds;
    next.parked = group.parked;
    for (const [lane, cursor] of group.cursors) next.cursors.set(lane, cursor);
    for (const [name, pos] of group.locks) next.locks.set(name, pos);
    this.#state.dropGroup(group);
    this.#state.addGroup(next);
    for (const lane of this.#state.lanes.values()) {
      const before = matchesPattern(group.pattern, lane.channel.name);
      const after = matchesPattern(spec.pattern, lane.channel.name);
      if (before && after) {
        next.cursor(lane.id);
        next.wake(lane);
      } else if (after) this.#begin(next, lane, start);
      else if (before) this.#forget(next, lane);
    }
    this.#claims.findDue(next);
  }

  #forget(group: Group, lane: Lane): void {
    group.holds -= Number(this.#dropHolds.run(group.id, lane.id).changes);
    this.#dropCursor.run(group.id, lane.id);
    group.forgetLane(lane);
    this.#state.touch();
  }

  #begin(group: Group, lane: Lane, start: Start): void {
    this.#place(group, lane, start);
    const cursor = group.cursor(lane.id);
    cursor.from = cursor.pos;
  }

  #place(group: Group, lane: Lane, start: Start): void {
    if (start.kind === 'end') {
      this.#state.moveCursor(group, lane, lane.headPos, lane.headSeq);
      return;
    }
    const row =
      start.kind === 'after' ? this.#lastBefore.get(lane.id, start.pos) : this.#firstFrom(lane, start);
    if (row) {
      const back = start.kind === 'after' ? 0 : 1;
      this.#state.moveCursor(group, lane, Number(row['pos']) - back, Number(row['seq']) - back);
    } else if (start.kind === 'after') {
      const first = this.#firstSeq.get(lane.id);
      const [pos, seq] = first
        ? [Number(first['pos']) - 1, Number(first['seq']) - 1]
        : [lane.headPos, lane.headSeq];
      this.#state.moveCursor(group, lane, pos, seq);
    } else this.#state.moveCursor(group, lane, lane.headPos, lane.headSeq);
    group.wake(lane);
  }

  #firstFrom(lane: Lane, start: Start): Record<string, unknown> | undefined {
    return start.kind === 'since' ? this.#firstSince.get(lane.id, start.at) : this.#firstSeq.get(lane.id);
  }

  #startOf(spec: MemberSpec): Start | Refusal {
    const { from } = spec;
    if (from === 'new') return { kind: 'end' };
    if (from === 'earliest') return { kind: 'begin' };
    if ('sinceMs' in from) return { kind: 'since', at: this.#state.now - from.sinceMs };
    const row = this.#posOf.get(from.eventId);
    if (row) return { kind: 'after', pos: Number(row['pos']) };
    return {
      code: 'not_found',
      message: `The group "${spec.group}" cannot begin after ${from.eventId}: no such event is stored (any more).`,
      details: { eventId: from.eventId },
    };
  }

  #oldestUnhandled(group: Group): number | null {
    let oldest = Number.POSITIVE_INFINITY;
    const note = (at: unknown): void => {
      if (typeof at === 'number') oldest = Math.min(oldest, at);
    };
    note(this.#oldestHold.get(group.id)?.['at']);
    for (const flight of group.flights.values()) {
      note(this.#atOf.get(Math.abs(flight.pos))?.['at']);
    }
    for (const lane of this.#lanesOf(group)) {
      const pos = group.cursors.get(lane.id)?.pos ?? 0;
      if (pos < lane.headPos) note(this.#oldestAfter.get(lane.id, pos)?.['at']);
    }
    return oldest === Number.POSITIVE_INFINITY ? null : Math.max(0, this.#state.now - oldest);
  }
}

type Start =
  | { readonly kind: 'end' }
  | { readonly kind: 'begin' }
  | { readonly kind: 'since'; readonly at: number }
  | { readonly kind: 'after'; readonly pos: number };

function isSame(group: Group, spec: MemberSpec): boolean {
  return (
    group.pattern === spec.pattern &&
    group.ordered === spec.ordered &&
    JSON.stringify(group.types) === JSON.stringify(spec.types)
  );
}
