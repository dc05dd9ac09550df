import { sql, type Insertable, type Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { OpenDatabase } from '../../testing/databases.ts';
import type { Database } from '../index.ts';
import { garden, type GardenTables } from './garden.ts';

/** What a handle of a workspace promises, case by case; `scoping-shapes` draws statements at random. */
export function scopingSuite(open: OpenDatabase): void {
  const prepare = async (): Promise<{ db: Database; a: Kysely<GardenTables>; b: Kysely<GardenTables> }> => {
    const db = await open(garden);
    const a = db.forWorkspace<GardenTables>('a');
    const b = db.forWorkspace<GardenTables>('b');
    const bed = (name: string, size: number): Insertable<GardenTables['beds']> => ({ id: name, name, size });
    await a
      .insertInto('beds')
      .values([bed('herbs', 1), bed('roses', 2)])
      .execute();
    await b
      .insertInto('beds')
      .values([bed('herbs', 10), bed('weeds', 20)])
      .execute();
    return { db, a, b };
  };

  test('rows get the workspace of the handle and are seen by it alone', async () => {
    const { db, a, b } = await prepare();
    const names = async (handle: Kysely<GardenTables>): Promise<string[]> =>
      (await handle.selectFrom('beds').select('name').orderBy('name').execute()).map((row) => row.name);
    expect(await names(a)).toEqual(['herbs', 'roses']);
    expect(await names(b)).toEqual(['herbs', 'weeds']);
    const all = await db.system<GardenTables>().selectFrom('beds').select('workspace_id').execute();
    expect(all.map((row) => row.workspace_id).sort()).toEqual(['a', 'a', 'b', 'b']);
  });

  test('updates and deletes stay inside, also through an alias and a condition with or', async () => {
    const { a, b } = await prepare();
    const updated = await a.updateTable('beds').set({ size: 7 }).executeTakeFirst();
    expect(updated.numUpdatedRows).toBe(2n);
    await a
      .updateTable('beds as x')
      .set((eb) => ({ size: eb('x.size', '+', 1) }))
      .where((eb) => eb.or([eb('x.name', '=', 'herbs'), eb('x.name', '=', 'weeds')]))
      .execute();
    await a
      .deleteFrom('beds')
      .where((eb) => eb.or([eb('name', '=', 'roses'), eb('name', '=', 'weeds')]))
      .execute();
    expect(await a.selectFrom('beds').select(['name', 'size']).execute()).toEqual([
      { name: 'herbs', size: 8 },
    ]);
    const theirs = await b.selectFrom('beds').select('size').orderBy('size').execute();
    expect(theirs.map((row) => row.size)).toEqual([10, 20]);
  });

  test('a row of another workspace that is in the way of an insert stays as it is', async () => {
    const { a, b } = await prepare();
    await b.insertInto('tags').values({ id: 't', label: 'theirs' }).execute();
    // SQLite skips the row; PostgreSQL's row-level security says no. Either way nothing is learnt or changed.
    await a
      .insertInto('tags')
      .values({ id: 't', label: 'mine' })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ label: 'mine' }))
      .execute()
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'unscoped_statement' }));
    expect(await b.selectFrom('tags').select('label').execute()).toEqual([{ label: 'theirs' }]);
    expect(await a.selectFrom('tags').selectAll().execute()).toEqual([]);
  });

  test('shared tables are read, and written by the installation alone', async () => {
    const { db, a } = await prepare();
    await db.system<GardenTables>().insertInto('kinds').values({ id: 'k', name: 'mint' }).execute();
    expect(await a.selectFrom('kinds').select('name').execute()).toEqual([{ name: 'mint' }]);
    await expect(a.deleteFrom('kinds').execute()).rejects.toMatchObject({ code: 'unscoped_statement' });
  });

  describe('refused as unscoped_statement', () => {
    const refused: Record<string, (db: Kysely<GardenTables>) => Promise<unknown>> = {
      'raw SQL': (db) => sql`select * from beds`.execute(db),
      'raw SQL in an expression': (db) =>
        db
          .selectFrom('beds')
          .select(sql<number>`(select count(*) from beds)`.as('n'))
          .execute(),
      'a raw source': (db) =>
        db
          .selectFrom(sql<{ id: string }>`beds`.as('x'))
          .selectAll()
          .execute(),
      'a table of the installation': (db) => db.selectFrom('keys').selectAll().execute(),
      'a table that nobody declared': (db) =>
        db.$extendTables<{ schema_steps: { id: string } }>().selectFrom('schema_steps').selectAll().execute(),
      'a table of the installation in a sub-query': (db) =>
        db
          .selectFrom('beds')
          .selectAll()
          .where('id', 'in', (eb) => eb.selectFrom('keys').select('id'))
          .execute(),
      'a table of a schema': (db) => db.withSchema('public').selectFrom('beds').selectAll().execute(),
      'an expression named like a table': (db) =>
        db
          .with('keys', (eb) => eb.selectFrom('beds').select('id'))
          .selectFrom('keys')
          .selectAll()
          .execute(),
      'a function that is no name': (db) =>
        db
          .selectFrom('beds')
          .select((eb) => eb.fn<number>('count(*) from keys --', []).as('n'))
          .execute(),
      'an insert for another workspace': (db) =>
        db.insertInto('beds').values({ workspace_id: 'b', id: 'x', name: 'x', size: 1 }).execute(),
      'one such row among others': (db) =>
        db
          .insertInto('beds')
          .values([
            { workspace_id: 'a', id: 'x', name: 'x', size: 1 },
            { workspace_id: 'b', id: 'y', name: 'y', size: 1 },
          ])
          .execute(),
      'an update that moves rows': (db) => db.updateTable('beds').set({ workspace_id: 'b' }).execute(),
      'a conflict that moves rows': (db) =>
        db
          .insertInto('beds')
          .values({ id: 'herbs', name: 'x', size: 1 })
          .onConflict((conflict) =>
            conflict.columns(['workspace_id', 'id']).doUpdateSet({ workspace_id: 'b' }),
          )
          .execute(),
      'a replace': (db) => db.replaceInto('tags').values({ id: 't', label: 'x' }).execute(),
      'a workspace chosen by a select': (db) =>
        db
          .insertInto('beds')
          .columns(['workspace_id', 'id', 'name', 'size'])
          .expression((eb) => eb.selectFrom('beds').select(['workspace_id', 'id', 'name', 'size']))
          .execute(),
      'a change of the schema': (db) => db.schema.dropTable('beds').execute(),
    };
    for (const [what, run] of Object.entries(refused)) {
      test(`refuses ${what}`, async () => {
        const { db, a } = await prepare();
        await expect(run(a)).rejects.toMatchObject({ code: 'unscoped_statement', kind: 'forbidden' });
        const beds = await db.system<GardenTables>().selectFrom('beds').select('name').execute();
        expect(beds).toHaveLength(4);
      });
    }
  });
}
