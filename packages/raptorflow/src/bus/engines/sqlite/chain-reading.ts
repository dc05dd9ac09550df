import type { StatementSync } from 'node:sqlite';
import type { AttemptRecord } from '../../dead-letter.ts';
import type { StoredEvent } from '../../engine.ts';
import { parkedDueAt, type Group, type Lane } from './group.ts';
import type { ChainHandling, ChainInput, ChainOutput } from './protocol.ts';
import type { State } from './state.ts';

type Row = Readonly<Record<string, unknown>>;
/** What is asked about one event and one group: `pos` is the event's, or the negated one of its dead letter. */
interface Question {
  readonly pos: number;
  readonly eventId: string;
  readonly lane: Lane;
}

/** Reads the events of a request and where every group is with them. */
export class ChainReading {
  readonly #state: State;
  readonly #root: StatementSync;
  readonly #page: StatementSync;
  readonly #records: StatementSync;
  readonly #holds: StatementSync;

  constructor(state: State) {
    this.#state = state;
    const prepare = (sql: string): StatementSync => state.db.prepare(sql);
    // Payloads stay where they are: a story of many large events must not travel whole. Dead letters keep their facts.
    const columns = `pos, lane, type, id, CASE WHEN type GLOB 'dead_letter:*' THEN
        json_remove(body, '$.payload.event.payload', '$.payload.error.stack') ELSE json_remove(body, '$.payload') END AS body`;
    this.#root = prepare(
      `SELECT ${columns} FROM bus_log WHERE id = ? AND request_id IS NULL AND expires_at > ? AND pos > ?`,
    );
    this.#page = prepare(
      `SELECT ${columns} FROM bus_log WHERE request_id = ? AND expires_at > ? AND pos > ? ORDER BY pos LIMIT ?`,
    );
    this.#records = prepare('SELECT * FROM bus_handlings WHERE pos IN (?, -?)');
    this.#holds = prepare(
      'SELECT group_id, pos, due_at, attempts, history FROM bus_holds WHERE pos IN (?, -?)',
    );
  }

  /** One page, in the order of storing. */
  read({ requestId, after, limit }: ChainInput): ChainOutput {
    const { now } = this.#state;
    const from = after ?? 0;
    const root = this.#root.get(requestId, now, from);
    const rows = this.#page.all(requestId, now, from, limit + 1);
    if (root) rows.push(root);
    rows.sort((a, b) => Number(a['pos']) - Number(b['pos']));
    const page = rows.slice(0, limit);
    const events: StoredEvent[] = [];
    const handlings: ChainHandling[] = [];
    for (const row of page) {
      const lane = this.#state.lanes.get(Number(row['lane']));
      if (!lane) continue;
      events.push({ channel: lane.channel.name, type: String(row['type']), body: String(row['body']) });
      this.#readHandlings(row, lane, handlings);
    }
    const last = page.at(-1);
    return { events, handlings, next: rows.length > limit && last ? Number(last['pos']) : null };
  }

  #readHandlings(row: Row, lane: Lane, into: ChainHandling[]): void {
    const pos = Number(row['pos']);
    const records = this.#records.all(pos, pos);
    const holds = this.#holds.all(pos, pos);
    const question = { pos, eventId: String(row['id']), lane };
    const type = String(row['type']);
    for (const group of lane.channel.groups) {
      if (!group.fits(type)) continue;
      const handling = this.#ask(question, group, records, holds) ?? this.#guess(question, group);
      if (handling) into.push(handling);
    }
    // Groups that are gone, or read other channels now.
    for (const record of records) {
      const name = String(record['group_name']);
      const asked = lane.channel.groups.some((group) => group.name === name && group.fits(type));
      if (!asked && Number(record['pos']) === pos) into.push(recorded(question.eventId, record));
    }
    if (lane.channel.deadLetters) this.#readRedriven(row, lane, records, holds, into);
  }

  // Where the group is with the event inside a dead letter that was given back to it.
  #readRedriven(
    row: Row,
    lane: Lane,
    records: readonly Row[],
    holds: readonly Row[],
    into: ChainHandling[],
  ): void {
    const letter = JSON.parse(String(row['body'])) as Letter;
    const { group: name, event } = letter.payload ?? {};
    // Whoever publishes on the channel of dead letters by hand has made an event and no letter.
    if (typeof name !== 'string' || typeof event?.id !== 'string') return;
    const question = { pos: -Number(row['pos']), eventId: event.id, lane };
    const group = this.#state.groups.get(name);
    const asked = group && this.#ask(question, group, records, holds);
    const record = records.find((candidate) => Number(candidate['pos']) === question.pos);
    const handling = asked ?? (record ? recorded(question.eventId, record) : null);
    if (!handling) return;
    const deadLetterId = handling.deadLetterId ?? String(row['id']);
    into.push({ ...handling, deadLetterId });
  }

  // What flights, holds and records say; null when they say nothing.
  #ask(
    { pos, eventId }: Question,
    group: Group,
    records: readonly Row[],
    holds: readonly Row[],
  ): ChainHandling | null {
    const record = records.find((row) => Number(row['pos']) === pos && row['group_name'] === group.name);
    const known = record ? recorded(eventId, record) : unrecorded(eventId, group);
    const hold = holds.find((row) => Number(row['pos']) === pos && row['group_id'] === group.id);
    const history = hold ? (JSON.parse(String(hold['history'])) as AttemptRecord[]) : [];
    const error = history.at(-1)?.error ?? known.error;
    const flight = group.flying.get(pos);
    if (flight)
      return {
        ...known,
        state: 'running',
        attempts: flight.attempt,
        error,
        deadLetterId: null,
        ref: flight.ref,
      };
    if (hold) {
      const attempts = Number(hold['attempts']);
      const isWaiting = Number(hold['due_at']) === parkedDueAt || (attempts === 0 && error === null);
      return { ...known, state: isWaiting ? 'waiting' : 'retrying', attempts, error, deadLetterId: null };
    }
    return record ? known : null;
  }

  // Without any trace of it, the group's place in the lane tells whether it has still to come to the event or is past it.
  #guess({ pos, eventId, lane }: Question, group: Group): ChainHandling | null {
    const cursor = group.cursors.get(lane.id);
    if (pos <= (cursor?.from ?? 0)) return null;
    const none = unrecorded(eventId, group);
    return (cursor?.pos ?? 0) < pos ? none : { ...none, state: 'handled', attempts: 1 };
  }
}

interface Letter {
  readonly payload?: { readonly group?: string | null; readonly event?: { readonly id?: string } };
}

function unrecorded(eventId: string, group: Group): ChainHandling {
  return {
    eventId,
    group: group.name,
    state: 'waiting',
    attempts: 0,
    beganAt: null,
    endedAt: null,
    tookMs: null,
    error: null,
    deadLetterId: null,
    ref: null,
  };
}

function recorded(eventId: string, row: Row): ChainHandling {
  const { began_at: beganAt, error, dead_letter: deadLetterId } = row;
  return {
    eventId,
    group: String(row['group_name']),
    state: row['state'] as ChainHandling['state'],
    attempts: Number(row['attempts']),
    beganAt: typeof beganAt === 'number' ? beganAt : null,
    endedAt: Number(row['ended_at']),
    tookMs: Number(row['took_ms']),
    error: typeof error === 'string' ? error : null,
    deadLetterId: typeof deadLetterId === 'string' ? deadLetterId : null,
    ref: null,
  };
}
