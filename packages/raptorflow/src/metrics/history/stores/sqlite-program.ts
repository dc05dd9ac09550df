import type { DatabaseSync } from 'node:sqlite';
import type { Program, SqliteMigrations } from '../../../storage/index.ts';
import type { SeriesDescription } from '../point.ts';
import type {
  BlockRange,
  FrameRange,
  Removal,
  ResolutionUsage,
  Sealing,
  StoredBlock,
  StoredFrame,
  StoreUsage,
} from '../store.ts';

/* The half of the SQLite store that lives in the storage worker. */

const tables = `
CREATE TABLE history_sources (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE history_series (
  source INTEGER NOT NULL,
  number INTEGER NOT NULL,
  metric TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  description TEXT NOT NULL,
  PRIMARY KEY (source, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX history_series_by_metric ON history_series (metric);

CREATE TABLE history_frames (
  step_ms INTEGER NOT NULL,
  source INTEGER NOT NULL,
  shard INTEGER NOT NULL,
  at INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (step_ms, source, shard, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX history_frames_by_time ON history_frames (step_ms, at);

CREATE TABLE history_blocks (
  id INTEGER PRIMARY KEY,
  step_ms INTEGER NOT NULL,
  source INTEGER NOT NULL,
  number INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX history_blocks_by_series ON history_blocks (step_ms, source, number, from_at);
CREATE INDEX history_blocks_by_end ON history_blocks (step_ms, to_at);
`;

/** The tables, for the store. */
export const migrations: SqliteMigrations = {
  room: 'metrics_history',
  steps: [{ id: '001_history', up: (db) => db.exec(tables) }],
};

/** Rows of one kind that one call removes at most; at this size others wait some milliseconds. */
const removedRowsMax = 2_000;

type Filter = { readonly metric?: string; readonly source?: string };

/** Builds the program over an open database. */
export function createProgram(db: DatabaseSync): Program {
  const sourceOf = sources(db);
  return {
    operations: { ...writing(db, sourceOf), ...reading(db, sourceOf), ...keeping(db) },
    reads: ['listSeries', 'readFrames', 'readBlocks', 'usage'],
  };
}

/** Finds the number of a source. It is asked of the file each time: memory would not survive a rollback. */
function sources(db: DatabaseSync): {
  readonly make: (name: string) => number;
  readonly find: (name: string) => number;
} {
  const insert = db.prepare('INSERT INTO history_sources (name) VALUES (?) ON CONFLICT DO NOTHING');
  const select = db.prepare('SELECT id FROM history_sources WHERE name = ?');
  const find = (name: string): number => Number(select.get(name)?.['id'] ?? -1);
  return {
    find,
    make: (name) => {
      const known = find(name);
      return known >= 0 ? known : Number(insert.run(name).lastInsertRowid);
    },
  };
}

type Sources = ReturnType<typeof sources>;

function writing(db: DatabaseSync, { make }: Sources): Program['operations'] {
  const putSeries = db.prepare(
    'INSERT OR REPLACE INTO history_series (source, number, metric, seen_at, description) VALUES (?, ?, ?, ?, ?)',
  );
  const putFrame = db.prepare(
    'INSERT OR REPLACE INTO history_frames (step_ms, source, shard, at, bytes) VALUES (?, ?, ?, ?, ?)',
  );
  const putBlock = db.prepare(
    'INSERT OR REPLACE INTO history_blocks (step_ms, source, number, from_at, to_at, bytes) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const dropFrames = db.prepare(
    'DELETE FROM history_frames WHERE step_ms = ? AND source = ? AND shard = ? AND at <= ?',
  );
  return {
    describe(series: readonly SeriesDescription[]): void {
      for (const one of series) {
        putSeries.run(make(one.source), one.number, one.metric, one.seenAt, JSON.stringify(one));
      }
    },
    append(frames: readonly StoredFrame[]): void {
      for (const { stepMs, source, shard, at, bytes } of frames) {
        putFrame.run(stepMs, make(source), shard, at, bytes);
      }
    },
    seal({ source, stepMs, shard, through, blocks }: Sealing): void {
      const id = make(source);
      for (const { number, from, to, bytes } of blocks) putBlock.run(stepMs, id, number, from, to, bytes);
      dropFrames.run(stepMs, id, shard, through);
    },
  };
}

function reading(db: DatabaseSync, { find }: Sources): Program['operations'] {
  const all = db.prepare('SELECT description FROM history_series');
  const ofMetric = db.prepare('SELECT description FROM history_series WHERE metric = ?');
  const ofSource = db.prepare('SELECT description FROM history_series WHERE source = ?');
  const ofBoth = db.prepare('SELECT description FROM history_series WHERE source = ? AND metric = ?');
  const frames = db.prepare(
    'SELECT at, bytes FROM history_frames WHERE step_ms = ? AND source = ? AND shard = ? AND at > ? AND at <= ? ORDER BY at',
  );
  const times = db.prepare(
    "SELECT at, x'' AS bytes FROM history_frames WHERE step_ms = ? AND source = ? AND shard = ? AND at > ? AND at <= ? ORDER BY at",
  );
  const blocks = db.prepare(
    'SELECT from_at, to_at, bytes FROM history_blocks WHERE step_ms = ? AND source = ? AND number = ? AND to_at > ? AND from_at <= ? ORDER BY from_at',
  );
  return {
    /** As text, for the other thread would be held up by as many objects. */
    listSeries({ metric, source }: Filter): string[] {
      let rows;
      if (source === undefined) rows = metric === undefined ? all.all() : ofMetric.all(metric);
      else rows = metric === undefined ? ofSource.all(find(source)) : ofBoth.all(find(source), metric);
      return rows.map((row) => String(row['description']));
    },
    readFrames({ source, stepMs, shard, from, to, timesOnly }: FrameRange): StoredFrame[] {
      const wanted = timesOnly ? times : frames;
      return wanted.all(stepMs, find(source), shard, from, to).map((row) => ({
        source,
        stepMs,
        shard,
        at: Number(row['at']),
        bytes: row['bytes'] as Uint8Array,
      }));
    },
    readBlocks({ source, stepMs, numbers, from, to }: BlockRange): StoredBlock[] {
      const id = find(source);
      return numbers.flatMap((number) =>
        blocks.all(stepMs, id, number, from, to).map((row) => ({
          source,
          stepMs,
          number,
          from: Number(row['from_at']),
          to: Number(row['to_at']),
          bytes: row['bytes'] as Uint8Array,
        })),
      );
    },
  };
}

function keeping(db: DatabaseSync): Program['operations'] {
  const dropFrames = db.prepare(
    'DELETE FROM history_frames WHERE (step_ms, source, shard, at) IN (SELECT step_ms, source, shard, at FROM history_frames WHERE step_ms = ? AND at < ? LIMIT ?)',
  );
  const dropBlocks = db.prepare(
    'DELETE FROM history_blocks WHERE id IN (SELECT id FROM history_blocks WHERE step_ms = ? AND to_at < ? LIMIT ?)',
  );
  const dropSeries = db.prepare(
    'DELETE FROM history_series WHERE (source, number) IN (SELECT source, number FROM history_series WHERE seen_at < ? LIMIT ?)',
  );
  const steps = db.prepare('SELECT step_ms FROM history_frames UNION SELECT step_ms FROM history_blocks');
  const ofFrames = db.prepare(
    'SELECT count(*) AS n, min(at) AS oldest FROM history_frames WHERE step_ms = ?',
  );
  const ofBlocks = db.prepare(
    'SELECT count(*) AS n, min(to_at) AS oldest FROM history_blocks WHERE step_ms = ?',
  );
  const series = db.prepare('SELECT count(*) AS n FROM history_series');
  const pages = db.prepare(
    'SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size',
  );
  return {
    remove({ removals, seriesBefore }: { removals: readonly Removal[]; seriesBefore: number }): number {
      let removed = 0;
      for (const { stepMs, before } of removals) {
        removed += Number(dropFrames.run(stepMs, before, removedRowsMax).changes);
        removed += Number(dropBlocks.run(stepMs, before, removedRowsMax).changes);
      }
      return removed + Number(dropSeries.run(seriesBefore, removedRowsMax).changes);
    },
    usage(): StoreUsage {
      const resolutions = steps.all().map((row): ResolutionUsage => {
        const stepMs = Number(row['step_ms']);
        const [framesFound, blocksFound] = [ofFrames.get(stepMs), ofBlocks.get(stepMs)];
        const oldest = [framesFound?.['oldest'], blocksFound?.['oldest']].filter(
          (at) => typeof at === 'number',
        );
        return {
          stepMs,
          frames: Number(framesFound?.['n']),
          blocks: Number(blocksFound?.['n']),
          oldestAt: oldest.length === 0 ? null : Math.min(...oldest),
        };
      });
      return { bytes: Number(pages.get()?.['bytes']), series: Number(series.get()?.['n']), resolutions };
    },
  };
}
