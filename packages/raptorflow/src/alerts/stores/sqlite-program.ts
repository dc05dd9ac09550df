import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Program, SqliteMigrations } from '../../storage/index.ts';
import { readCursor, writeCursor } from '../history-cursor.ts';
import { isOver, type AlertRecord, type Delivery, type Transition } from '../record.ts';
import type { AlertChange, AlertKeeping, HistoryPage, HistoryQuery } from '../store.ts';

/** The tables, for the store. */
export const migrations: SqliteMigrations = {
  room: 'alerts',
  steps: [
    {
      id: '001_alerts',
      up: (db) =>
        db.exec(`
          CREATE TABLE alert_records (
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            body TEXT NOT NULL,
            -- Of deliveries that are over, when they were made; orders them for forgetting. NULL for what is loaded at the start.
            over_at_ms REAL,
            PRIMARY KEY (kind, key)
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX alert_records_over ON alert_records (over_at_ms) WHERE over_at_ms IS NOT NULL;
          CREATE TABLE alert_transitions (
            place INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            at_ms REAL NOT NULL,
            workspace_id TEXT,
            rule TEXT NOT NULL,
            alert_id TEXT NOT NULL,
            to_state TEXT NOT NULL,
            body TEXT NOT NULL
          ) STRICT;
          CREATE INDEX alert_transitions_at ON alert_transitions (at_ms, place);
          CREATE INDEX alert_transitions_alert ON alert_transitions (alert_id, at_ms);
        `),
    },
  ],
};

const historyPageDefault = 100;

/** Builds the program over an open database. */
export function createProgram(db: DatabaseSync, options: unknown): Program {
  const keeping = options as AlertKeeping;
  const put = db.prepare(
    'INSERT INTO alert_records (kind, key, body, over_at_ms) VALUES (?, ?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body, over_at_ms = excluded.over_at_ms',
  );
  const remove = db.prepare('DELETE FROM alert_records WHERE kind = ? AND key = ?');
  const append = db.prepare(
    'INSERT INTO alert_transitions (id, at_ms, workspace_id, rule, alert_id, to_state, body) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  const load = db.prepare('SELECT kind, key, body FROM alert_records WHERE over_at_ms IS NULL');
  const deliveries = db.prepare(
    "SELECT body FROM alert_records WHERE kind = 'delivery' ORDER BY json_extract(body, '$.createdAt') DESC, key DESC LIMIT ?",
  );
  const trim = trimmer(db, keeping);
  return {
    operations: {
      commit({ puts, removes, transitions }: AlertChange): void {
        for (const { kind, key } of removes) remove.run(kind, key);
        for (const record of puts)
          put.run(record.kind, record.key, JSON.stringify(record.body), overAt(record));
        for (const transition of transitions) append.run(...rowOf(transition));
        trim(
          transitions.length > 0,
          puts.some((record) => overAt(record) !== null),
        );
      },
      load: (): AlertRecord[] => load.all().map(recordOf),
      history: (query: HistoryQuery): HistoryPage => readHistory(db, query),
      deliveries: (limit: number): Delivery[] =>
        deliveries.all(limit).map((row) => JSON.parse(String(row['body'])) as Delivery),
    },
    reads: ['load', 'history', 'deliveries'],
  };
}

function overAt(record: AlertRecord): number | null {
  return record.kind === 'delivery' && isOver(record.body) ? record.body.createdAt : null;
}

function rowOf(transition: Transition): SQLInputValue[] {
  const { id, at, workspaceId, rule, alertId, to } = transition;
  return [id, at, workspaceId, rule, alertId, to, JSON.stringify(transition)];
}

function recordOf(row: Record<string, unknown>): AlertRecord {
  const body: unknown = JSON.parse(String(row['body']));
  return { kind: row['kind'], key: row['key'], body } as AlertRecord;
}

function trimmer(
  db: DatabaseSync,
  { transitionsMax, deliveriesMax }: AlertKeeping,
): (transitions: boolean, deliveries: boolean) => void {
  const countTransitions = db.prepare('SELECT count(*) AS n FROM alert_transitions');
  const dropTransitions = db.prepare(
    'DELETE FROM alert_transitions WHERE place IN (SELECT place FROM alert_transitions ORDER BY at_ms, place LIMIT ?)',
  );
  const countDeliveries = db.prepare('SELECT count(*) AS n FROM alert_records WHERE over_at_ms IS NOT NULL');
  const dropDeliveries = db.prepare(
    'DELETE FROM alert_records WHERE (kind, key) IN (SELECT kind, key FROM alert_records WHERE over_at_ms IS NOT NULL ORDER BY over_at_ms, key LIMIT ?)',
  );
  return (transitions, deliveries) => {
    const surplus = transitions ? Number(countTransitions.get()?.['n']) - transitionsMax : 0;
    if (surplus > 0) dropTransitions.run(surplus);
    const over = deliveries ? Number(countDeliveries.get()?.['n']) - deliveriesMax : 0;
    if (over > 0) dropDeliveries.run(over);
  };
}

function readHistory(db: DatabaseSync, query: HistoryQuery): HistoryPage {
  const wheres: string[] = [];
  const values: SQLInputValue[] = [];
  const where = (sql: string, ...given: SQLInputValue[]): void => {
    wheres.push(sql);
    values.push(...given);
  };
  if (query.workspaceId !== undefined) where('workspace_id IS ?', query.workspaceId);
  if (query.rule !== undefined) where('rule = ?', query.rule);
  if (query.alertId !== undefined) where('alert_id = ?', query.alertId);
  if (query.to !== undefined) where('to_state = ?', query.to);
  if (query.since !== undefined) where('at_ms >= ?', query.since);
  if (query.until !== undefined) where('at_ms < ?', query.until);
  if (query.cursor !== undefined) {
    const place = readCursor(query.cursor);
    where('(at_ms, place) < (?, ?)', place.at, place.order);
  }
  const limit = query.limit ?? historyPageDefault;
  const condition = wheres.length > 0 ? `WHERE ${wheres.join(' AND ')}` : '';
  const rows = db
    .prepare(
      `SELECT place, at_ms, body FROM alert_transitions ${condition} ORDER BY at_ms DESC, place DESC LIMIT ?`,
    )
    .all(...values, limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => JSON.parse(String(row['body'])) as Transition),
    next:
      rows.length > limit && last
        ? writeCursor({ at: Number(last['at_ms']), order: Number(last['place']) })
        : null,
  };
}
