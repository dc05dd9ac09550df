import { sql, type Kysely, type RawBuilder } from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';

/*
 * Rows of a workspace in tables that this room knows nothing of but their names: tables are walked by their primary keys, which both
 * engines can be asked for. The statements are raw, so they run over the whole installation and name the workspace themselves.
 */

/** A row as it is stored. */
export type StoredRow = Readonly<Record<string, unknown>>;

type Query = Kysely<unknown>;

/** The columns of a table's primary key, in its order. Throws `invalid_options` for a table that has none. */
export async function keyColumns(db: Database, table: string): Promise<string[]> {
  const query =
    db.dialect === 'sqlite'
      ? sql<{ name: string }>`select name from pragma_table_info(${table}) where pk > 0 order by pk`
      : sql<{ name: string }>`
          select a.attname as name from pg_index i
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
          where i.indrelid = to_regclass(${table}) and i.indisprimary
          order by array_position(i.indkey::int2[], a.attnum)`;
  const { rows } = await query.execute(db.system());
  if (rows.length > 0) return rows.map((row) => row.name);
  throw new RaptorFlowError(
    'invalid_options',
    `The table ${table} has no primary key, so a workspace's rows in it can be neither exported nor deleted in steps; give it one.`,
  );
}

/** The next rows of a workspace after the one with the key `after`, in the order of the key. */
export async function readRows(
  query: Query,
  table: string,
  key: readonly string[],
  workspaceId: string,
  after: StoredRow | undefined,
  rowsMax: number,
): Promise<StoredRow[]> {
  const beyond =
    after === undefined
      ? sql``
      : sql` and ${tuple(key.map((column) => sql.ref(column)))} > ${tuple(key.map((column) => sql.val(after[column])))}`;
  const { rows } = await sql<StoredRow>`
    select * from ${sql.table(table)} where workspace_id = ${workspaceId}${beyond}
    order by ${sql.join(key.map((column) => sql.ref(column)))} limit ${rowsMax}`.execute(query);
  return rows;
}

/** Deletes up to so many rows of a workspace, and says how many. */
export async function deleteRows(
  query: Query,
  table: string,
  key: readonly string[],
  workspaceId: string,
  rowsMax: number,
): Promise<number> {
  const columns = sql.join(key.map((column) => sql.ref(column)));
  const { numAffectedRows } = await sql`
    delete from ${sql.table(table)} where workspace_id = ${workspaceId}
    and (${columns}) in (select ${columns} from ${sql.table(table)} where workspace_id = ${workspaceId} limit ${rowsMax})`.execute(
    query,
  );
  return Number(numAffectedRows ?? 0);
}

function tuple(parts: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql`(${sql.join([...parts])})`;
}
