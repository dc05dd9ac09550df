import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DeadLetterReason } from '../../channel.ts';
import type { DeadLetterFilter } from '../../dead-letter.ts';
import type { StoredDeadLetter } from '../../engine.ts';
import type { DeadLetterChangeInput, DeadLetterListInput } from './protocol.ts';
import type { State } from './state.ts';

type Parameter = string | number;
type Row = Record<string, unknown>;

/** Refusals that an answer lists at most. */
const refusalsMax = 100;

/** Lists dead letters and settles them. */
export class DeadLetterTable {
  readonly #state: State;
  readonly #byId: StatementSync;
  readonly #settle: StatementSync;
  readonly #hold: StatementSync;

  constructor(state: State) {
    this.#state = state;
    this.#byId = state.db.prepare(
      'SELECT letter.*, log.body, log.expires_at FROM bus_dead_letters AS letter JOIN bus_log AS log USING (pos) WHERE letter.id = ?',
    );
    this.#settle = state.db.prepare('UPDATE bus_dead_letters SET state = ?, settled_at = ? WHERE pos = ?');
    this.#hold = state.db.prepare(
      "INSERT INTO bus_holds (group_id, pos, lane, due_at, attempts, expires_at, redriven, lock, history) VALUES (?, ?, ?, ?, 0, ?, 1, ?, '[]') ON CONFLICT DO UPDATE SET due_at = excluded.due_at",
    );
  }

  list(input: DeadLetterListInput): { items: StoredDeadLetter[]; cursor: string | null; total: number } {
    const where = conditions(input.filter, input.sinceMs);
    const from = `FROM bus_dead_letters AS letter JOIN bus_log AS log USING (pos) WHERE ${where.sql}`;
    const before = input.cursor === null ? Number.MAX_SAFE_INTEGER : Number(input.cursor);
    const rows = query(
      this.#state.db,
      `SELECT letter.*, log.body ${from} AND letter.pos < ? ORDER BY letter.pos DESC LIMIT ?`,
      [...where.values, before, input.limit + 1],
    );
    const page = rows.slice(0, input.limit);
    const last = page.at(-1);
    const [count] = query(this.#state.db, `SELECT count(*) AS letters ${from}`, where.values);
    return {
      items: page.map(toStored),
      cursor: rows.length > input.limit && last ? String(last['pos']) : null,
      total: Number(count?.['letters'] ?? 0),
    };
  }

  get(id: string): StoredDeadLetter | null {
    const row = this.#byId.get(id);
    return row ? toStored(row) : null;
  }

  /** Redrives or discards the next few; `more` says that the same call would find further ones. */
  change(input: DeadLetterChangeInput): {
    changed: number;
    refused: { id: string; why: string }[];
    more: boolean;
  } {
    const refused: { id: string; why: string }[] = [];
    const rows = this.#select(input, refused);
    let changed = 0;
    for (const row of rows) {
      const why =
        input.action === 'redrive' ? this.#redrive(row, input, changed) : this.#mark(row, 'discarded');
      if (why === null) changed += 1;
      else if (refused.length < refusalsMax) refused.push({ id: String(row['id']), why });
    }
    return {
      changed,
      refused,
      more: !Array.isArray(input.which) && changed > 0 && rows.length >= input.limit,
    };
  }

  #select(input: DeadLetterChangeInput, refused: { id: string; why: string }[]): Row[] {
    if (isIds(input.which)) {
      const rows: Row[] = [];
      for (const id of input.which) {
        const row = this.#byId.get(id);
        if (row) rows.push(row);
        else if (refused.length < refusalsMax) refused.push({ id, why: 'There is no such dead letter.' });
      }
      return rows;
    }
    const where = conditions({ ...input.which, state: 'open' }, input.sinceMs);
    // Letters of no living group cannot be redriven; passing over them here keeps a bulk redrive from finding them for ever.
    const living = input.action === 'redrive' ? ' AND group_name IN (SELECT name FROM bus_groups)' : '';
    return query(
      this.#state.db,
      `SELECT letter.*, log.body, log.expires_at FROM bus_dead_letters AS letter JOIN bus_log AS log USING (pos) WHERE ${where.sql}${living} ORDER BY letter.pos LIMIT ?`,
      [...where.values, input.limit],
    );
  }

  // Null when done, else why not.
  #redrive(row: Row, input: DeadLetterChangeInput, index: number): string | null {
    const state = this.#state;
    const name = row['group_name'];
    if (typeof name !== 'string') return 'It was refused at publishing; publish the event anew.';
    const group = state.groups.get(name);
    if (!group) return `The group "${name}" does not exist any more.`;
    const letter = JSON.parse(String(row['body'])) as Letter;
    const why = this.#mark(row, 'redriven');
    if (why !== null) return why;
    // Negative, so that it never meets a claim of the dead letter itself, which a group on `>` handles as well.
    const pos = -Number(row['pos']);
    const { event } = letter.payload;
    const lane = state.lane(String(row['channel']), String(row['workspace']), ranks.indexOf(event.priority));
    const dueAt = state.now + Math.round(input.delayMs + index * input.spacingMs);
    const lock = group.lockOf(event.ordering_key ?? null);
    this.#hold.run(group.id, pos, lane.id, dueAt, Number(row['expires_at']), lock);
    group.holds += 1;
    group.dueAt = Math.min(group.dueAt, dueAt);
    state.touch();
    return null;
  }

  #mark(row: Row, to: 'redriven' | 'discarded'): string | null {
    if (row['state'] !== 'open') return `It is ${String(row['state'])} already.`;
    const reason = row['reason'] as DeadLetterReason;
    this.#settle.run(to, this.#state.now, Number(row['pos']));
    this.#state.deadCounts.set(reason, (this.#state.deadCounts.get(reason) ?? 1) - 1);
    this.#state.touch();
    return null;
  }
}

interface Letter {
  readonly payload: { readonly event: { readonly ordering_key?: string; readonly priority: string } };
}

const ranks: readonly string[] = ['critical', 'high', 'normal', 'low'];

function isIds(which: DeadLetterFilter | readonly string[]): which is readonly string[] {
  return Array.isArray(which);
}

function query(db: DatabaseSync, sql: string, values: readonly Parameter[]): Row[] {
  return db.prepare(sql).all(...values);
}

function toStored(row: Row): StoredDeadLetter {
  return {
    body: String(row['body']),
    state: row['state'] as StoredDeadLetter['state'],
    settledAt: row['settled_at'] === null ? null : Number(row['settled_at']),
  };
}

// Only the columns differ from call to call; values are always bound.
function conditions(filter: DeadLetterFilter, sinceMs: number | null): { sql: string; values: Parameter[] } {
  const parts: string[] = ['letter.state = ?'];
  const values: Parameter[] = [filter.state ?? 'open'];
  const add = (column: string, value: string | undefined): void => {
    if (value === undefined) return;
    parts.push(`letter.${column} = ?`);
    values.push(value);
  };
  add('reason', filter.reason);
  add('channel', filter.channel);
  add('group_name', filter.group);
  add('workspace', filter.workspaceId);
  if (sinceMs !== null) {
    parts.push('letter.dead_at >= ?');
    values.push(sinceMs);
  }
  return { sql: parts.join(' AND '), values };
}
