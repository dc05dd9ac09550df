import type { StatementSync } from 'node:sqlite';
import type { AppendOutcome } from '../../engine.ts';
import type { Channel, Lane } from './group.ts';
import { LogWriter } from './log-writer.ts';
import type { LanePages } from './lane-pages.ts';
import type { AppendColumns, EventExtras, EventKind } from './protocol.ts';
import type { State } from './state.ts';

/** An event about to be stored. */
export interface LogEntry {
  readonly id: string;
  readonly type: string;
  readonly body: string;
  readonly orderingKey: string | null;
  /** Milliseconds until it expires, if that is sooner than the channel says. */
  readonly expiresInMs: number | null;
  /** The request that it is indexed under. */
  readonly requestId: string | null;
  /** Where it stands among the events of the append, if that brings it. */
  readonly source?: number;
}

/** What one append brings, taken apart again. */
interface Batch {
  readonly kinds: readonly EventKind[];
  /** The lane of each kind. */
  readonly lanes: readonly Lane[];
  readonly kind: readonly number[];
  readonly ids: readonly string[];
  readonly bodies: readonly string[];
  readonly requests: readonly (string | null)[] | null;
  readonly extras: readonly (EventExtras | null)[] | null;
}

/** Stores events: the one place where rows of bus_log are born. */
export class Appender {
  readonly #state: State;
  readonly #pages: LanePages;
  readonly #log: LogWriter;
  readonly #insertExpiry: StatementSync;
  readonly #insertDelayed: StatementSync;
  readonly #insertDedupe: StatementSync;
  readonly #insertDead: StatementSync;
  readonly #findId: StatementSync;
  readonly #findDelayed: StatementSync;
  readonly #findDedupe: StatementSync;
  readonly #dueDelayed: StatementSync;
  readonly #nextDelayed: StatementSync;
  readonly #dropDelayed: StatementSync;

  constructor(state: State, pages: LanePages) {
    this.#state = state;
    this.#pages = pages;
    const prepare = (sql: string): StatementSync => state.db.prepare(sql);
    this.#log = new LogWriter(state.db);
    this.#insertExpiry = prepare('INSERT INTO bus_expiries (expires_at, pos) VALUES (?, ?)');
    this.#insertDelayed = prepare(
      'INSERT INTO bus_delayed (id, due_at, channel, workspace, priority, type, expires_in_ms, ordering_key, request_id, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#insertDedupe = prepare(
      'INSERT INTO bus_dedupes (channel, workspace, key, id, expires_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET id = excluded.id, expires_at = excluded.expires_at',
    );
    this.#insertDead = prepare(
      "INSERT INTO bus_dead_letters (pos, id, reason, channel, group_name, workspace, event_id, dead_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open')",
    );
    this.#findId = prepare('SELECT 1 FROM bus_log WHERE id = ?');
    this.#findDelayed = prepare('SELECT 1 FROM bus_delayed WHERE id = ?');
    this.#findDedupe = prepare(
      'SELECT id FROM bus_dedupes WHERE channel = ? AND workspace = ? AND key = ? AND expires_at > ?',
    );
    this.#dueDelayed = prepare('SELECT * FROM bus_delayed WHERE due_at <= ? ORDER BY due_at, id LIMIT ?');
    this.#nextDelayed = prepare('SELECT min(due_at) AS due FROM bus_delayed');
    this.#dropDelayed = prepare('DELETE FROM bus_delayed WHERE id = ?');
  }

  /** Stores units, each whole or not at all. `visible` tells of each event whether it can be seen now; null when all can. */
  append(columns: AppendColumns): { outcomes: (AppendOutcome | null)[] | null; visible: boolean[] | null } {
    const batch = this.#unpack(columns);
    const count = batch.ids.length;
    let outcomes: (AppendOutcome | null)[] | null = null;
    let visible: boolean[] | null = null;
    const units = columns.units ?? batch.ids.map(() => 1);
    let from = 0;
    this.#log.begin(columns.areNew);
    for (const [index, size] of units.entries()) {
      const to = from + size;
      const refused = this.#refuse(batch, from, to);
      const { outcome, hidden } = refused
        ? { outcome: refused, hidden: null }
        : this.#storeUnit(batch, from, to);
      if (outcome) {
        outcomes ??= units.map(() => null);
        outcomes[index] = outcome;
      }
      if (refused || hidden) {
        visible ??= Array.from({ length: count }, () => true);
        if (refused) visible.fill(false, from, to);
        for (const at of hidden ?? []) visible[at] = false;
      }
      from = to;
    }
    this.#log.end();
    return { outcomes, visible };
  }

  #unpack(columns: AppendColumns): Batch {
    const { kinds, kind, requests, extras } = columns;
    const lanes = kinds.map(({ channel, workspace, priority }) =>
      this.#state.lane(channel, workspace, priority),
    );
    const [ids, bodies] = [columns.ids.split('\n'), columns.bodies.split('\n')];
    return { kinds, lanes, kind, ids, bodies, requests, extras };
  }

  /** Stores one event; false when its id is stored already. */
  store(lane: Lane, entry: LogEntry): boolean {
    const state = this.#state;
    const { channel } = lane;
    const pos = state.nextPos;
    const kept = state.now + channel.policy.retentionMs;
    const own = entry.expiresInMs === null ? kept : Math.min(kept, state.now + entry.expiresInMs);
    const isNew = this.#log.write([
      pos,
      lane.id,
      lane.headSeq + 1,
      state.now,
      own,
      entry.type,
      entry.id,
      entry.orderingKey,
      entry.requestId,
      entry.body,
    ]);
    if (!isNew) return false;
    state.nextPos = pos + 1;
    if (own < kept) {
      this.#insertExpiry.run(own, pos);
      state.singlesAt = Math.min(state.singlesAt, own);
    }
    // Without members nobody reads on in this turn.
    if (state.members.size > 0 && channel.groups.length > 0) {
      const { type, body, source, orderingKey } = entry;
      const facts = { pos, seq: lane.headSeq + 1, type, expires_at: own, ordering_key: orderingKey };
      this.#pages.note(lane, source === undefined ? { ...facts, body } : { ...facts, body, source });
    }
    lane.headPos = pos;
    lane.headSeq += 1;
    if (lane.expiryAt === Number.POSITIVE_INFINITY) {
      lane.expiryAt = kept;
      lane.emptySince = null;
      state.expiries.push(kept, lane);
    }
    state.touchLane(lane);
    channel.events += 1;
    channel.bytes += Buffer.byteLength(entry.body);
    channel.published += 1;
    state.touchChannel(channel);
    for (const group of channel.groups) group.wake(lane);
    return true;
  }

  /** Moves delayed events that are due into the log, at most `limit`. */
  giveOutDelayed(limit: number): void {
    const state = this.#state;
    if (state.delayedDueAt > state.now) return;
    for (const row of this.#dueDelayed.all(state.now, limit)) {
      const id = String(row['id']);
      const body = String(row['body']);
      const type = String(row['type']);
      const lane = state.lane(String(row['channel']), String(row['workspace']), Number(row['priority']));
      this.#dropDelayed.run(id);
      state.delayed -= 1;
      const stored = this.store(lane, {
        id,
        type,
        body,
        orderingKey: row['ordering_key'] === null ? null : String(row['ordering_key']),
        expiresInMs: row['expires_in_ms'] === null ? null : Number(row['expires_in_ms']),
        requestId: row['request_id'] === null ? null : String(row['request_id']),
      });
      if (stored) state.born.push({ channel: lane.channel.name, type, body });
    }
    const due = this.#nextDelayed.get()?.['due'];
    state.delayedDueAt = typeof due === 'number' ? due : Number.POSITIVE_INFINITY;
    state.touch();
  }

  /** Notes the dead letter whose event has just been stored in this lane. */
  noteDeadLetter(lane: Lane, id: string, facts: NonNullable<EventExtras['deadLetter']>): void {
    const state = this.#state;
    const { reason, channel, group, eventId } = facts;
    this.#insertDead.run(lane.headPos, id, reason, channel, group, lane.workspace, eventId, state.now);
    state.deadCounts.set(reason, (state.deadCounts.get(reason) ?? 0) + 1);
    state.touch();
  }

  #storeUnit(
    batch: Batch,
    from: number,
    to: number,
  ): { outcome: AppendOutcome | null; hidden: number[] | null } {
    let ids: string[] | null = null;
    let hidden: number[] | null = null;
    let duplicates = 0;
    for (let index = from; index < to; index += 1) {
      const id = batch.ids[index] as string;
      const extras = batch.extras?.[index] ?? null;
      const storedId =
        extras === null ? this.#storePlain(batch, index) : this.#storeWithExtras(batch, index, extras);
      const isNew = storedId === id;
      if (isNew && !(extras && extras.delayMs > 0)) continue;
      hidden ??= [];
      hidden.push(index);
      if (isNew) continue;
      duplicates += 1;
      ids ??= batch.ids.slice(from, to);
      ids[index - from] = storedId ?? id;
    }
    return { outcome: ids === null ? null : { kind: 'stored', ids, duplicates }, hidden };
  }

  // The id under which the event is stored: its own, or null when that was stored before.
  #storePlain(batch: Batch, index: number): string | null {
    const kind = batch.kind[index] as number;
    const id = batch.ids[index] as string;
    if (this.#state.delayed > 0 && this.#findDelayed.get(id)) return null;
    const { type } = batch.kinds[kind] as EventKind;
    const body = batch.bodies[index] as string;
    const lane = batch.lanes[kind] as Lane;
    const requestId = batch.requests?.[index] ?? null;
    const plain = { orderingKey: null, expiresInMs: null };
    const stored = this.store(lane, { id, type, body, requestId, source: index, ...plain });
    return stored ? id : null;
  }

  #storeWithExtras(batch: Batch, index: number, extras: EventExtras): string | null {
    const state = this.#state;
    const kind = batch.kind[index] as number;
    const lane = batch.lanes[kind] as Lane;
    const id = batch.ids[index] as string;
    const { dedupeKey, orderingKey, expiresInMs } = extras;
    if (dedupeKey !== null) {
      const before = this.#findDedupe.get(lane.channel.id, lane.workspace, dedupeKey, state.now);
      if (before) return before['id'] === id ? null : String(before['id']);
    }
    const { type } = batch.kinds[kind] as EventKind;
    const body = batch.bodies[index] as string;
    const requestId = batch.requests?.[index] ?? null;
    const entry = { id, type, body, orderingKey, expiresInMs, requestId, source: index };
    const stored =
      extras.delayMs > 0
        ? this.#delay(lane, entry, extras.delayMs)
        : !(state.delayed > 0 && this.#findDelayed.get(id)) && this.store(lane, entry);
    if (!stored) return null;
    if (dedupeKey !== null) {
      const until = state.now + extras.dedupeMs;
      this.#insertDedupe.run(lane.channel.id, lane.workspace, dedupeKey, id, until);
      state.singlesAt = Math.min(state.singlesAt, until);
      state.touch();
    }
    if (extras.deadLetter) this.noteDeadLetter(lane, id, extras.deadLetter);
    return id;
  }

  #delay(lane: Lane, entry: LogEntry, delayMs: number): boolean {
    const state = this.#state;
    if (this.#findId.get(entry.id)) return false;
    const dueAt = state.now + delayMs;
    const { channel, workspace, priority } = lane;
    const { id, type, expiresInMs, orderingKey, requestId, body } = entry;
    const place = [id, dueAt, channel.name, workspace, priority];
    if (this.#insertDelayed.run(...place, type, expiresInMs, orderingKey, requestId, body).changes === 0)
      return false;
    state.delayed += 1;
    state.delayedDueAt = Math.min(state.delayedDueAt, dueAt);
    state.touch();
    return true;
  }

  // Checked before anything of the unit is written, so that a refused unit leaves no trace.
  #refuse(batch: Batch, from: number, to: number): AppendOutcome | null {
    let added: Map<Channel, { events: number; bytes: number }> | undefined;
    for (let index = from; index < to; index += 1) {
      const { channel } = batch.lanes[batch.kind[index] as number] as Lane;
      const { eventsMax, bytesMax } = channel.policy;
      if (eventsMax === null && bytesMax === null) continue;
      added ??= new Map();
      const sum = added.get(channel) ?? { events: 0, bytes: 0 };
      sum.events += 1;
      sum.bytes += Buffer.byteLength(batch.bodies[index] as string);
      added.set(channel, sum);
      if (eventsMax !== null && channel.events + sum.events > eventsMax) {
        return { kind: 'exhausted', channel: channel.name, limit: 'eventsMax', max: eventsMax };
      }
      if (bytesMax !== null && channel.bytes + sum.bytes > bytesMax) {
        return { kind: 'exhausted', channel: channel.name, limit: 'bytesMax', max: bytesMax };
      }
    }
    return null;
  }
}
