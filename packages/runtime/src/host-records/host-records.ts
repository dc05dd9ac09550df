import { parseOptions } from 'raptorflow/kernel';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../db/index.ts';
import type { HostRecordTables, RaptorMetricsRow } from './tables.ts';

/** How much of the past the table keeps. */
export interface HostRecordsOptions {
  /** Records older than this are removed. Default seven days. */
  readonly keepMs?: number;
  /** Records kept at most, the newest of all machines together. Default 1,000,000. */
  readonly recordsMax?: number;
}

/** Which records are asked for. */
export interface HostRecordsQuery {
  /** From this moment on, milliseconds since 1970 UTC. */
  readonly from?: number;
  /** Before this moment. */
  readonly to?: number;
  readonly host?: string;
  /** Default 100, at most 1,000. */
  readonly limit?: number;
}

/** The past of the machines in the relational store, for other tools that read the table `raptor_metrics`. */
export interface HostRecords {
  /** Stores a record; a second one of the same machine and millisecond replaces the first. */
  add(record: RaptorMetricsRow): Promise<void>;
  /** The newest records that match, newest first. */
  list(query?: HostRecordsQuery): Promise<readonly RaptorMetricsRow[]>;
  /** Removes what is too old or too much at `now`; answers how many records that were. */
  prune(now: number): Promise<number>;
}

const optionsSchema = z.strictObject({
  keepMs: z
    .int()
    .positive()
    .default(7 * 86_400_000),
  recordsMax: z.int().positive().default(1_000_000),
});
const listedAtFirst = 100;
const listedMax = 1_000;

/** Records of machines in a database that has the room's migrations. Throws `invalid_options`. */
export function createHostRecords(db: Database, options: HostRecordsOptions = {}): HostRecords {
  const { keepMs, recordsMax } = parseOptions('createHostRecords', optionsSchema, options);
  const query = (): Kysely<HostRecordTables> => db.system<HostRecordTables>();
  return {
    async add(record) {
      const { timestamp: _timestamp, host: _host, ...rest } = record;
      await query()
        .insertInto('raptor_metrics')
        .values(record)
        .onConflict((conflict) => conflict.columns(['timestamp', 'host']).doUpdateSet(rest))
        .execute();
    },
    async list({ from, to, host, limit = listedAtFirst } = {}) {
      let rows = query().selectFrom('raptor_metrics').selectAll();
      if (from !== undefined) rows = rows.where('timestamp', '>=', from);
      if (to !== undefined) rows = rows.where('timestamp', '<', to);
      if (host !== undefined) rows = rows.where('host', '=', host);
      return rows.orderBy('timestamp', 'desc').orderBy('host').limit(Math.min(limit, listedMax)).execute();
    },
    async prune(now) {
      // The oldest of those that may stay; everything before it goes.
      const edge = await query()
        .selectFrom('raptor_metrics')
        .select('timestamp')
        .orderBy('timestamp', 'desc')
        .offset(recordsMax - 1)
        .limit(1)
        .executeTakeFirst();
      const before = Math.max(now - keepMs, edge?.timestamp ?? 0);
      const removed = await query()
        .deleteFrom('raptor_metrics')
        .where('timestamp', '<', before)
        .executeTakeFirst();
      return Number(removed.numDeletedRows);
    },
  };
}
