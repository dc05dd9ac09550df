import { startPostgres } from '@raptorflow/rig';
import { defineMigrations, type Database } from '@raptorflow/runtime';
import { describeOnBothDatabases, describeOnPostgres, type OpenDatabase } from '@raptorflow/runtime/testing';
import { expect, test } from 'vitest';
import { declaredMigrations, declaredTables } from '../src/compose/stores.ts';
import { declaredNames, marker, own, planterOf, rowsOf, type AnyTables } from './two-workspaces.ts';

const { tenant, appendOnly, global } = declaredNames();
const changing = new Map(
  declaredTables.flatMap((room) => (room.appendOnly ?? []).map((table) => [table.name, table.changing?.[0]])),
);

/**
 * Global rows that name a workspace: alerts of the installation stand among those of workspaces, who may enter a workspace is asked before it is
 * known, and that it was deleted outlives it.
 */
const globalWithWorkspace = ['alert_transitions', 'removed_workspaces', 'workspace_members'];

interface Planted {
  readonly db: Database;
  /** The handle of B, which is not to reach what is A's. */
  readonly b: Handle;
  readonly rowsOfA: () => ReturnType<typeof rowsOf>;
}

type Handle = ReturnType<typeof handleOf>;

function handleOf(db: Database, workspaceId: string) {
  return db.forWorkspace<AnyTables>(workspaceId);
}

/** A row of A in every table of tenants. */
async function planted(open: OpenDatabase): Promise<Planted> {
  const db = await open({ tables: declaredTables, migrations: declaredMigrations });
  const plant = planterOf(db);
  for (const table of tenant) await plant(table);
  return { db, b: handleOf(db, own), rowsOfA: () => rowsOf(db, tenant) };
}

/** What B tries on a table, as how many rows it met or the code of the error that refused it. */
async function attempts(handle: Handle, table: string, rowOfA: object): Promise<Record<string, unknown>> {
  const column = changing.get(table) ?? 'workspace_id';
  const change = { [column]: column === 'workspace_id' ? own : 7 };
  const tried = {
    select: () => handle.selectFrom(table).selectAll().execute(),
    update: () => handle.updateTable(table).set(change).returningAll().execute(),
    delete: () => handle.deleteFrom(table).returningAll().execute(),
    insert: () =>
      handle
        .insertInto(table)
        .values({ ...rowOfA })
        .returningAll()
        .execute(),
  };
  const met: Record<string, unknown> = {};
  for (const [name, statement] of Object.entries(tried)) {
    met[name] = await statement().then(
      (rows) => rows.length,
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );
  }
  return met;
}

/** Rows that stay are deleted by nobody, and but for the columns that are named to change they are changed by nobody. */
function expected(table: string, refusal: string): Record<string, unknown> {
  const stays = appendOnly.includes(table);
  const isFixed = stays && changing.get(table) === undefined;
  return {
    select: 0,
    update: isFixed ? refusal : 0,
    delete: stays ? refusal : 0,
    insert: 'unscoped_statement',
  };
}

describeOnBothDatabases('the tables of tenants', startPostgres, (open) => {
  test('are declared, every one, and so are all others', async () => {
    const { db } = await planted(open);
    const found = await db.system().introspection.getTables();
    expect(found.map(({ name }) => name).toSorted()).toEqual([...tenant, ...global].toSorted());
    const withWorkspace = found.filter(({ columns }) => columns.some(({ name }) => name === 'workspace_id'));
    expect(withWorkspace.map(({ name }) => name).toSorted()).toEqual(
      [...tenant, ...globalWithWorkspace].toSorted(),
    );
  });

  test('cannot be joined by one that no room declares', async () => {
    const stray = defineMigrations('stray', [
      {
        id: '001_stray',
        up: (db) => db.schema.createTable('stray').addColumn('workspace_id', 'text').execute(),
      },
    ]);
    const opening = open({ tables: declaredTables, migrations: [...declaredMigrations, stray] });
    await expect(opening).rejects.toMatchObject({
      code: 'invalid_options',
      message: expect.stringContaining('stray is declared by no room') as unknown,
    });
  });

  test('give another workspace’s handle no row to see, change or remove, and take none of A’s from it', async () => {
    const { db, b, rowsOfA } = await planted(open);
    const before = await rowsOfA();
    for (const table of tenant) {
      const [row = ''] = before[table] ?? [];
      const met = await attempts(b, table, JSON.parse(row) as object);
      expect([table, met]).toEqual([table, expected(table, 'unscoped_statement')]);
      const moving = b.updateTable(table).set({ workspace_id: marker }).execute();
      await expect(moving, table).rejects.toMatchObject({ code: 'unscoped_statement' });
      // What B was not shown is there for A.
      expect([table, await handleOf(db, marker).selectFrom(table).selectAll().execute()]).toEqual([
        table,
        [expect.anything()],
      ]);
    }
    expect(await rowsOfA()).toEqual(before);
  });

  test('are all that a workspace’s handle reaches', async () => {
    const { b } = await planted(open);
    for (const table of global) {
      const reading = b.selectFrom(table).selectAll().execute();
      await expect(reading, table).rejects.toMatchObject({ code: 'unscoped_statement' });
    }
  });
});

describeOnPostgres('the walls of PostgreSQL behind the handles', startPostgres, (open) => {
  // Where no workspace is set in a connection of the pool, the setting is empty.
  test.each([
    ['another workspace', own],
    ['no workspace', ''],
  ])('keep A apart from statements without a filter under %s', async (_name, workspaceId) => {
    const { db, rowsOfA } = await planted(open);
    const bare = handleOf(db, workspaceId).withoutPlugins();
    const before = await rowsOfA();
    for (const table of tenant) {
      const [row = ''] = before[table] ?? [];
      const met = await attempts(bare, table, JSON.parse(row) as object);
      expect([table, met]).toEqual([table, expected(table, 'unscoped_statement')]);
      // The same statement meets the row where the workspace is A.
      const inside = handleOf(db, marker).withoutPlugins().selectFrom(table).selectAll().execute();
      expect([table, (await inside).length]).toEqual([table, 1]);
    }
    for (const table of global) {
      const reading = bare.selectFrom(table).selectAll().execute();
      await expect(reading, table).rejects.toMatchObject({ code: 'unscoped_statement' });
    }
    expect(await rowsOfA()).toEqual(before);
  });
});
