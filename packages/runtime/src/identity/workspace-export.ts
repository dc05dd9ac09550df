import { RaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import { keyColumns, readRows, type StoredRow } from './tenant-rows.ts';
import type { IdentityTables } from './tables.ts';
import { listMembersOf } from './workspaces.ts';

/** What an export is made of. */
export interface WorkspaceExportDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** Every declared tenant table. */
  readonly tables: readonly string[];
}

const rowsAtOnce = 500;

/** What says nothing to the owner of the data, and something to whoever would guess a secret. */
const withheld: Readonly<Record<string, readonly string[]>> = {
  api_keys: ['secret_hash'],
  invitations: ['code_hash'],
};

/**
 * Everything that an installation stores of a workspace, as JSON Lines: a line that says what follows, `{"table", "row"}` for the workspace, its
 * members and every row of every tenant table, and a last line with the number of rows, so that an export that was cut off can be told from a whole one.
 *
 * Rows are read in steps while others write: each is as it was when it was read, and all of them belong to no one moment.
 * The first line throws `not_found`.
 */
export async function* exportWorkspace(
  workspaceId: string,
  { db, clock, tables }: WorkspaceExportDeps,
): AsyncGenerator<string> {
  const system = db.system<IdentityTables>();
  const workspace = await system
    .selectFrom('workspaces')
    .select(['id', 'name', 'slug', 'time_zone', 'created_by', 'created_at', 'updated_at'])
    .where('id', '=', workspaceId)
    .executeTakeFirst();
  if (!workspace) throw new RaptorFlowError('not_found', 'There is no such workspace to export.');
  yield line({
    export: 'raptorflow-workspace',
    version: 1,
    workspace_id: workspaceId,
    exported_at: new Date(clock.now()).toISOString(),
    tables: ['workspaces', 'workspace_members', ...tables],
  });
  let rows = 1;
  yield line({ table: 'workspaces', row: workspace });
  for (const member of await listMembersOf(system, workspaceId)) {
    rows += 1;
    yield line({
      table: 'workspace_members',
      row: {
        workspace_id: workspaceId,
        user_id: member.userId,
        email: member.email,
        display_name: member.displayName,
        role: member.role,
        joined_at: member.joinedAt,
      },
    });
  }
  for (const table of tables) {
    for await (const row of rowsOf(db, table, workspaceId)) {
      rows += 1;
      yield line({ table, row });
    }
  }
  yield line({ end: true, rows });
}

async function* rowsOf(db: Database, table: string, workspaceId: string): AsyncGenerator<StoredRow> {
  const key = await keyColumns(db, table);
  const hidden = new Set(withheld[table]);
  let after: StoredRow | undefined;
  for (;;) {
    const rows = await readRows(db.system(), table, key, workspaceId, after, rowsAtOnce);
    for (const row of rows) {
      yield Object.fromEntries(
        Object.entries(row)
          .filter(([column]) => !hidden.has(column))
          .map(([column, value]) => [column, plain(value)]),
      );
    }
    after = rows.at(-1);
    if (rows.length < rowsAtOnce) return;
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  return typeof value === 'bigint' ? value.toString() : value;
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
