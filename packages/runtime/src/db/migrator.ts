import type { Kysely } from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { RoomMigrations, TableCatalogue } from './declarations.ts';
import type { Engine } from './engine.ts';
import { workspaceColumn } from './scope-writes.ts';

interface StepTables {
  schema_steps: { room: string; id: string; applied_at_ms: number };
}

/** The table that remembers what was applied. */
const stepsTable = 'schema_steps';

/**
 * Applies every step that the database has not seen, room by room in the given order, in one transaction that excludes other
 * migrations; then checks that tables and declarations agree, and lets the engine put up its walls. When anything throws, the
 * database is as before. Answers what was applied, as `room/id`.
 *
 * Throws `schema_newer` for a database of a newer version, `invalid_options` for tables that no room declares or without
 * `workspace_id`.
 */
export async function migrateDatabase(
  engine: Engine,
  tables: TableCatalogue,
  rooms: readonly RoomMigrations[],
  nowMs: number,
): Promise<readonly string[]> {
  const applied: string[] = [];
  await engine.migrate(async (db) => {
    await db.schema
      .createTable(stepsTable)
      .ifNotExists()
      .addColumn('room', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('applied_at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('schema_steps_pk', ['room', 'id'])
      .execute();
    const steps = db.$extendTables<{ schema_steps: StepTables['schema_steps'] }>();
    const seen = await steps.selectFrom('schema_steps').select(['room', 'id']).execute();
    for (const { room, steps: known } of rooms) {
      const done = new Set(seen.filter((row) => row.room === room).map((row) => row.id));
      refuseNewer(room, done, new Set(known.map((step) => step.id)));
      for (const step of known) {
        if (done.has(step.id)) continue;
        await step.up(db, engine.dialect);
        await steps.insertInto('schema_steps').values({ room, id: step.id, applied_at_ms: nowMs }).execute();
        applied.push(`${room}/${step.id}`);
      }
    }
    if (applied.length > 0) await assertDeclared(db, tables);
    await engine.protect(db, tables);
  });
  return applied;
}

function refuseNewer(room: string, done: ReadonlySet<string>, known: ReadonlySet<string>): void {
  const unknown = [...done].filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new RaptorFlowError(
      'schema_newer',
      `The database was written by a newer version: its ${room} tables have the steps ${unknown.join(', ')}, which this version does not know. Update the program, or restore a backup.`,
      { details: { room, unknown } },
    );
  }
}

// A table that nobody declares would be reachable by nobody, and one without a workspace could not be kept apart: both are mistakes
// of a room, found when its migration first runs.
async function assertDeclared(db: Kysely<unknown>, tables: TableCatalogue): Promise<void> {
  const present = await db.introspection.getTables();
  const mistakes: string[] = [];
  const names = new Set(present.map((table) => table.name));
  for (const { name, columns } of present) {
    const kind = tables.kindOf(name);
    if (!kind && name !== stepsTable) mistakes.push(`${name} is declared by no room`);
    if (
      (kind === 'tenant' || kind === 'append-only') &&
      !columns.some((column) => column.name === workspaceColumn)
    ) {
      mistakes.push(`${name} has no column ${workspaceColumn}`);
    }
  }
  for (const kind of ['tenant', 'append-only', 'shared', 'installation'] as const) {
    for (const name of tables.namesOf(kind)) {
      if (!names.has(name)) mistakes.push(`${name} is declared and no migration makes it`);
    }
  }
  if (mistakes.length > 0) {
    throw new RaptorFlowError(
      'invalid_options',
      `Tables and declarations disagree: ${mistakes.join('; ')}.`,
      {
        details: { mistakes },
      },
    );
  }
}
