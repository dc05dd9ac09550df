import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { createIds, systemClock, type Ids } from '../../../kernel/index.ts';
import { deadLetterReasons, isDeadLetterChannel, type DeadLetterReason } from '../../channel.ts';
import { ChannelPolicies } from '../../channel-policies.ts';
import type { EventFate, StoredEvent } from '../../engine.ts';
import { PatternIndex } from '../../pattern.ts';
import { ExpiryHeap } from './expiry-heap.ts';
import { groupFromRow, type Channel, type Cursor, type Group, type Lane } from './group.ts';
import type { ProgramSettings } from './protocol.ts';

interface Statements {
  readonly turn: StatementSync;
  readonly setTurn: StatementSync;
  readonly addChannel: StatementSync;
  readonly setChannel: StatementSync;
  readonly addLane: StatementSync;
  readonly setLane: StatementSync;
  readonly setCursor: StatementSync;
  readonly setFlights: StatementSync;
  readonly noFlights: StatementSync;
}

/** What members are and what they may hold; kept apart from the state, because no table holds it. */
export interface Member {
  readonly id: number;
  readonly group: string;
  room: number;
}

/**
 * What the program keeps in memory: it mirrors the tables, is changed together with them, and is read again from them
 * when a transaction was rolled back (`enter` notices by the number of the turn).
 */
export class State {
  readonly db: DatabaseSync;
  readonly policies: ChannelPolicies;
  readonly settings: ProgramSettings;
  readonly ids: Ids;
  readonly channels: Map<string, Channel> = new Map();
  readonly lanes: Map<number, Lane> = new Map();
  readonly groups: Map<string, Group> = new Map();
  readonly members: Map<number, Member> = new Map();
  readonly expiries: ExpiryHeap<Lane> = new ExpiryHeap();
  readonly deadCounts: Map<DeadLetterReason, number> = new Map();
  now = 0;
  /** Counts operations, so that whoever remembers something of one notices the next. */
  entered = 0;
  /** The tables were read again and nobody has looked at the consequences yet. */
  reread = false;
  nextPos = 1;
  /** Reference of the next claim; it only ever grows, also when a transaction is rolled back. */
  nextRef = 1;
  /** Rows of bus_delayed and when the first is due. */
  delayed = 0;
  delayedDueAt: number = Number.POSITIVE_INFINITY;
  /** The earliest time in bus_expiries and bus_dedupes. */
  singlesAt: number = Number.POSITIVE_INFINITY;
  /** What the present turn has to tell. */
  born: StoredEvent[] = [];
  fates: EventFate[] = [];
  readonly #statements: Statements;
  readonly #laneKeys = new Map<string, Lane>();
  readonly #patterns = new PatternIndex<Group>();
  #turn = -1;
  #changed = false;
  #dirtyChannels: Channel[] = [];
  #dirtyLanes: Lane[] = [];
  #dirtyCursors: [Group, number, Cursor][] = [];
  #dirtyGroups: Group[] = [];

  constructor(db: DatabaseSync, settings: ProgramSettings) {
    this.db = db;
    this.settings = settings;
    this.policies = new ChannelPolicies(settings.policies);
    this.ids = createIds({ clock: { ...systemClock, now: () => this.now } });
    const prepare = (sql: string): StatementSync => db.prepare(sql);
    this.#statements = {
      turn: prepare('SELECT turn, next_pos, next_ref FROM bus_meta'),
      setTurn: prepare('UPDATE bus_meta SET turn = ?, next_pos = ?, next_ref = ?'),
      addChannel: prepare(
        'INSERT INTO bus_channels (name, events, bytes, published) VALUES (?, 0, 0, 0) RETURNING id',
      ),
      setChannel: prepare('UPDATE bus_channels SET events = ?, bytes = ?, published = ? WHERE id = ?'),
      addLane: prepare(
        'INSERT INTO bus_lanes (channel, workspace, priority, head_pos, head_seq) VALUES (?, ?, ?, 0, 0) RETURNING id',
      ),
      setLane: prepare('UPDATE bus_lanes SET head_pos = ?, head_seq = ? WHERE id = ?'),
      setCursor: prepare(
        'INSERT INTO bus_cursors (group_id, lane, pos, seq, from_pos) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET pos = excluded.pos, seq = excluded.seq, from_pos = excluded.from_pos',
      ),
      setFlights: prepare(
        'INSERT INTO bus_flights (group_id, claims) VALUES (?, ?) ON CONFLICT DO UPDATE SET claims = excluded.claims',
      ),
      noFlights: prepare('DELETE FROM bus_flights WHERE group_id = ?'),
    };
  }

  /** Begins an operation: makes sure that memory and tables agree, and sets the time. */
  enter(now: number): void {
    this.now = now;
    this.entered += 1;
    this.born = [];
    this.fates = [];
    const turn = Number(this.#statements.turn.get()?.['turn']);
    // An operation that did not come to its end has left changes in memory that no table has.
    if (turn === this.#turn && !this.#changed) return;
    this.#load(turn);
    this.reread = true;
  }

  /** Ends an operation that may have changed something: writes what memory holds beyond the tables. */
  leave(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const statements = this.#statements;
    for (const channel of this.#dirtyChannels) {
      channel.dirty = false;
      statements.setChannel.run(channel.events, channel.bytes, channel.published, channel.id);
    }
    for (const lane of this.#dirtyLanes) {
      lane.dirty = false;
      statements.setLane.run(lane.headPos, lane.headSeq, lane.id);
    }
    for (const [group, lane, cursor] of this.#dirtyCursors) {
      cursor.dirty = false;
      if (this.lanes.has(lane)) statements.setCursor.run(group.id, lane, cursor.pos, cursor.seq, cursor.from);
    }
    for (const group of this.#dirtyGroups) {
      group.dirty = false;
      if (group.flights.size === 0) statements.noFlights.run(group.id);
      else statements.setFlights.run(group.id, group.encodeFlights());
    }
    this.#dirtyChannels = [];
    this.#dirtyLanes = [];
    this.#dirtyCursors = [];
    this.#dirtyGroups = [];
    this.#turn += 1;
    statements.setTurn.run(this.#turn, this.nextPos, this.nextRef);
  }

  /** To be called by whoever writes to a table directly. */
  touch(): void {
    this.#changed = true;
  }

  touchChannel(channel: Channel): void {
    this.#changed = true;
    if (channel.dirty) return;
    channel.dirty = true;
    this.#dirtyChannels.push(channel);
  }

  touchLane(lane: Lane): void {
    this.#changed = true;
    if (lane.dirty) return;
    lane.dirty = true;
    this.#dirtyLanes.push(lane);
  }

  touchFlights(group: Group): void {
    this.#changed = true;
    if (group.dirty) return;
    group.dirty = true;
    this.#dirtyGroups.push(group);
  }

  moveCursor(group: Group, lane: Lane, pos: number, seq: number): void {
    const cursor = group.cursor(lane.id);
    cursor.pos = pos;
    cursor.seq = seq;
    this.#changed = true;
    if (cursor.dirty) return;
    cursor.dirty = true;
    this.#dirtyCursors.push([group, lane.id, cursor]);
  }

  /** The lane of these three, created when missing. */
  lane(channelName: string, workspace: string, priority: number): Lane {
    const key = laneKey(channelName, workspace, priority);
    const known = this.#laneKeys.get(key);
    if (known) return known;
    const channel = this.channels.get(channelName) ?? this.#createChannel(channelName);
    const row = this.#statements.addLane.get(channel.id, workspace, priority);
    this.#changed = true;
    return this.#addLane(Number(row?.['id']), channel, workspace, priority, 0, 0);
  }

  /** Forgets a lane whose events and rows are gone, and its channel with the last one. */
  dropLane(lane: Lane): void {
    const { channel } = lane;
    this.lanes.delete(lane.id);
    this.#laneKeys.delete(laneKey(channel.name, lane.workspace, lane.priority));
    channel.lanes.delete(lane);
    for (const group of this.groups.values()) group.forgetLane(lane);
    if (channel.lanes.size === 0) this.channels.delete(channel.name);
    this.#changed = true;
  }

  addGroup(group: Group): void {
    this.groups.set(group.name, group);
    this.#patterns.add(group.pattern, group);
    this.#findGroups();
  }

  dropGroup(group: Group): void {
    this.groups.delete(group.name);
    this.#patterns.delete(group.pattern, group);
    this.#findGroups();
  }

  #findGroups(): void {
    for (const channel of this.channels.values()) channel.groups = this.#patterns.match(channel.name);
  }

  #createChannel(name: string): Channel {
    const row = this.#statements.addChannel.get(name);
    this.#changed = true;
    return this.#addChannel(Number(row?.['id']), name, 0, 0, 0);
  }

  #addChannel(id: number, name: string, events: number, bytes: number, published: number): Channel {
    const channel: Channel = {
      id,
      name,
      policy: this.policies.of(name),
      deadLetters: isDeadLetterChannel(name),
      lanes: new Set(),
      groups: this.#patterns.match(name),
      events,
      bytes,
      published,
      dirty: false,
    };
    this.channels.set(name, channel);
    return channel;
  }

  #addLane(
    id: number,
    channel: Channel,
    workspace: string,
    priority: number,
    headPos: number,
    headSeq: number,
  ): Lane {
    const lane: Lane = {
      id,
      channel,
      workspace,
      priority,
      headPos,
      headSeq,
      dirty: false,
      expiryAt: Number.POSITIVE_INFINITY,
      emptySince: null,
    };
    this.lanes.set(id, lane);
    this.#laneKeys.set(laneKey(channel.name, workspace, priority), lane);
    channel.lanes.add(lane);
    return lane;
  }

  #load(turn: number): void {
    this.channels.clear();
    this.lanes.clear();
    this.#laneKeys.clear();
    this.expiries.clear();
    for (const group of this.groups.values()) this.#patterns.delete(group.pattern, group);
    this.groups.clear();
    this.#dirtyChannels = [];
    this.#dirtyLanes = [];
    this.#dirtyCursors = [];
    this.#dirtyGroups = [];
    this.#changed = false;
    this.#turn = turn;
    const meta = this.#statements.turn.get();
    this.nextPos = Number(meta?.['next_pos']);
    this.nextRef = Math.max(this.nextRef, Number(meta?.['next_ref']));
    const rows = (sql: string): Record<string, unknown>[] => this.db.prepare(sql).all();
    for (const row of rows('SELECT * FROM bus_groups')) {
      this.addGroup(groupFromRow(row));
    }
    const channels = new Map<number, Channel>();
    for (const row of rows('SELECT id, name, events, bytes, published FROM bus_channels')) {
      const id = Number(row['id']);
      const counts = [Number(row['events']), Number(row['bytes']), Number(row['published'])] as const;
      channels.set(id, this.#addChannel(id, String(row['name']), ...counts));
    }
    for (const row of rows('SELECT * FROM bus_lanes')) {
      const channel = channels.get(Number(row['channel']));
      if (!channel) continue;
      const head = [Number(row['head_pos']), Number(row['head_seq'])] as const;
      const lane = this.#addLane(
        Number(row['id']),
        channel,
        String(row['workspace']),
        Number(row['priority']),
        ...head,
      );
      // When its events expire is found out by the next sweep.
      lane.expiryAt = 0;
      this.expiries.push(0, lane);
    }
    this.#loadGroups();
    this.#loadTimes();
  }

  #loadGroups(): void {
    const byId = new Map([...this.groups.values()].map((group) => [group.id, group]));
    for (const row of this.db.prepare('SELECT * FROM bus_cursors').all()) {
      const cursor = byId.get(Number(row['group_id']))?.cursor(Number(row['lane']));
      if (!cursor) continue;
      cursor.pos = Number(row['pos']);
      cursor.seq = Number(row['seq']);
      cursor.from = Number(row['from_pos']);
    }
    for (const row of this.db.prepare('SELECT * FROM bus_flights').all()) {
      byId.get(Number(row['group_id']))?.decodeFlights(String(row['claims']), this.lanes);
    }
    const holds = this.db.prepare('SELECT group_id, pos, lane, due_at, lock, redriven FROM bus_holds').all();
    for (const row of holds) {
      const lock = row['lock'] === null ? null : String(row['lock']);
      const [pos, lane, dueAt] = [Number(row['pos']), Number(row['lane']), Number(row['due_at'])];
      byId.get(Number(row['group_id']))?.noteHold(pos, lane, dueAt, lock, row['redriven'] === 1);
    }
    for (const lane of this.lanes.values()) {
      for (const group of lane.channel.groups) group.wake(lane);
    }
  }

  #loadTimes(): void {
    const number = (sql: string): number | null => {
      const value = Object.values(this.db.prepare(sql).get() ?? {})[0];
      return value === null || value === undefined ? null : Number(value);
    };
    this.delayed = number('SELECT count(*) FROM bus_delayed') ?? 0;
    this.delayedDueAt = number('SELECT min(due_at) FROM bus_delayed') ?? Number.POSITIVE_INFINITY;
    this.singlesAt = Math.min(
      number('SELECT min(expires_at) FROM bus_expiries') ?? Number.POSITIVE_INFINITY,
      number('SELECT min(expires_at) FROM bus_dedupes') ?? Number.POSITIVE_INFINITY,
    );
    for (const reason of deadLetterReasons) this.deadCounts.set(reason, 0);
    const counts = this.db
      .prepare(
        "SELECT reason, count(*) AS letters FROM bus_dead_letters WHERE state = 'open' GROUP BY reason",
      )
      .all();
    for (const row of counts) this.deadCounts.set(row['reason'] as DeadLetterReason, Number(row['letters']));
  }
}

function laneKey(channel: string, workspace: string, priority: number): string {
  return `${channel}\n${priority}\n${workspace}`;
}
