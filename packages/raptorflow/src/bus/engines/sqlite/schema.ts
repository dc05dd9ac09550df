import type { SqliteMigrations } from '../../../storage/index.ts';

/*
 * bus_log holds every event once, in the order of storing (`pos`). A group's place in each lane is one row of bus_cursors;
 * everything at or before it is settled, or has its row in bus_holds, or is in the group's row of bus_flights. So an event that is
 * handled at the first attempt costs a group no row of its own.
 */
const tables = `
CREATE TABLE bus_meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  -- Counts turns that changed something: the program's memory is as old as this says, or it is read again.
  turn INTEGER NOT NULL,
  next_pos INTEGER NOT NULL
) STRICT;
INSERT INTO bus_meta (one, turn, next_pos) VALUES (1, 0, 1);

CREATE TABLE bus_channels (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  events INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  published INTEGER NOT NULL
) STRICT;

CREATE TABLE bus_lanes (
  id INTEGER PRIMARY KEY,
  channel INTEGER NOT NULL,
  workspace TEXT NOT NULL,
  priority INTEGER NOT NULL,
  head_pos INTEGER NOT NULL,
  head_seq INTEGER NOT NULL,
  UNIQUE (channel, workspace, priority)
) STRICT;

CREATE TABLE bus_log (
  pos INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  ordering_key TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX bus_log_by_id ON bus_log (id);
CREATE INDEX bus_log_by_lane ON bus_log (lane);

-- Events whose own expiry is earlier than their channel's.
CREATE TABLE bus_expiries (
  expires_at INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  PRIMARY KEY (expires_at, pos)
) STRICT, WITHOUT ROWID;

CREATE TABLE bus_delayed (
  id TEXT PRIMARY KEY,
  due_at INTEGER NOT NULL,
  channel TEXT NOT NULL,
  workspace TEXT NOT NULL,
  priority INTEGER NOT NULL,
  type TEXT NOT NULL,
  expires_in_ms INTEGER,
  ordering_key TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX bus_delayed_by_due ON bus_delayed (due_at);

CREATE TABLE bus_dedupes (
  channel INTEGER NOT NULL,
  workspace TEXT NOT NULL,
  key TEXT NOT NULL,
  id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (channel, workspace, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX bus_dedupes_by_expiry ON bus_dedupes (expires_at);

CREATE TABLE bus_groups (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  pattern TEXT NOT NULL,
  types TEXT,
  ordered INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;

CREATE TABLE bus_cursors (
  group_id INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (group_id, lane)
) STRICT, WITHOUT ROWID;

-- What the members of a group have in hand, as one JSON text.
CREATE TABLE bus_flights (
  group_id INTEGER PRIMARY KEY,
  claims TEXT NOT NULL
) STRICT;

-- Events behind a group's cursor that are not settled: they wait for a retry or for their ordering key, or were redriven.
CREATE TABLE bus_holds (
  group_id INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  -- 1: pos is the dead letter's, negated, whose payload holds the event.
  redriven INTEGER NOT NULL,
  lock TEXT,
  history TEXT NOT NULL,
  PRIMARY KEY (group_id, pos)
) STRICT, WITHOUT ROWID;
CREATE INDEX bus_holds_by_due ON bus_holds (group_id, due_at);
CREATE INDEX bus_holds_by_lock ON bus_holds (group_id, lock, pos) WHERE lock IS NOT NULL;
CREATE INDEX bus_holds_by_pos ON bus_holds (pos);

CREATE TABLE bus_dead_letters (
  pos INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  reason TEXT NOT NULL,
  channel TEXT NOT NULL,
  group_name TEXT,
  workspace TEXT NOT NULL,
  event_id TEXT NOT NULL,
  dead_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  settled_at INTEGER
) STRICT;
CREATE INDEX bus_dead_letters_by_state ON bus_dead_letters (state, reason, pos);
`;

/*
 * For `chain`. Only events that belong to a chain have a request_id and rows in bus_handlings, so that plain ones cost neither; a row's pos is
 * the event's, or, after a redrive, the dead letter's, negated (as in bus_holds). from_pos is where a group began in a lane.
 */
const chains = `
ALTER TABLE bus_log ADD COLUMN request_id TEXT;
CREATE INDEX bus_log_by_request ON bus_log (request_id) WHERE request_id IS NOT NULL;
ALTER TABLE bus_delayed ADD COLUMN request_id TEXT;
ALTER TABLE bus_cursors ADD COLUMN from_pos INTEGER NOT NULL DEFAULT 0;

CREATE TABLE bus_handlings (
  pos INTEGER NOT NULL,
  group_name TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  began_at INTEGER,
  ended_at INTEGER NOT NULL,
  took_ms REAL NOT NULL,
  error TEXT,
  dead_letter TEXT,
  PRIMARY KEY (pos, group_name)
) STRICT, WITHOUT ROWID;
`;

// References of claims are fencing tokens, so they must never begin anew.
const tokens = 'ALTER TABLE bus_meta ADD COLUMN next_ref INTEGER NOT NULL DEFAULT 1;';

/** The bus's tables. */
export const busMigrations: SqliteMigrations = {
  room: 'bus',
  steps: [
    { id: '001_bus', up: (db) => db.exec(tables) },
    { id: '002_chains', up: (db) => db.exec(chains) },
    { id: '003_tokens', up: (db) => db.exec(tokens) },
  ],
};
