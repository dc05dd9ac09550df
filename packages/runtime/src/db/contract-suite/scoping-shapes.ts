import * as fc from 'fast-check';
import type { Kysely, SelectQueryBuilder, Transaction } from 'kysely';
import { expect, test } from 'vitest';
import type { OpenDatabase } from '../../testing/databases.ts';
import type { Database } from '../index.ts';
import { garden, type GardenTables } from './garden.ts';

/*
 * The oracle of scoping: two databases, one with the rows of workspaces a and b, one with those of a alone. Whatever statement is
 * drawn, run through a's handle in the first and through the plain handle in the second, it must answer the same, leave the
 * same rows of a behind, and not touch b.
 */

interface Shape {
  readonly join: 'none' | 'inner' | 'left' | 'right' | 'full' | 'cross' | 'derived';
  readonly where: 'none' | 'or' | 'in' | 'exists' | 'notExists' | 'scalar';
  readonly union: 'none' | 'union' | 'unionAll' | 'except' | 'intersect';
  readonly with: 'none' | 'plain' | 'nested' | 'recursive';
  readonly aggregate: boolean;
  readonly statement: 'select' | 'update' | 'updateFrom' | 'delete' | 'insert' | 'insertSelect' | 'upsert';
  readonly number: number;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  join: fc.constantFrom('none', 'inner', 'left', 'right', 'full', 'cross', 'derived'),
  where: fc.constantFrom('none', 'or', 'in', 'exists', 'notExists', 'scalar'),
  union: fc.constantFrom('none', 'union', 'unionAll', 'except', 'intersect'),
  with: fc.constantFrom('none', 'plain', 'nested', 'recursive'),
  aggregate: fc.boolean(),
  statement: fc.constantFrom('select', 'update', 'updateFrom', 'delete', 'insert', 'insertSelect', 'upsert'),
  number: fc.integer({ min: 0, max: 6 }),
});

type Handle = Kysely<GardenTables> | Transaction<GardenTables>;
type Numbers = SelectQueryBuilder<GardenTables, 'beds', { value: number | null }>;

/** Statements of every shape, drawn at random. */
export function scopingShapesSuite(open: OpenDatabase): void {
  test('a workspace’s handle answers and changes as if the other workspaces did not exist', async () => {
    const both = await open(garden);
    const alone = await open(garden);
    await fc.assert(
      fc.asyncProperty(shape, async (drawn) => {
        await refill(both, ['a', 'b']);
        await refill(alone, ['a']);
        const theirs = await rowsOf(both, 'b');
        const answer = await run(both.forWorkspace<GardenTables>('a'), drawn, false);
        expect(answer).toEqual(await run(alone.system<GardenTables>(), drawn, true));
        expect(await rowsOf(both, 'a')).toEqual(await rowsOf(alone, 'a'));
        expect(await rowsOf(both, 'b')).toEqual(theirs);
      }),
      { numRuns: 150 },
    );
  });
}

async function refill(database: Database, workspaces: readonly string[]): Promise<void> {
  const db = database.system<GardenTables>();
  await db.deleteFrom('beds').execute();
  await db.deleteFrom('plants').execute();
  for (const [factor, workspace_id] of workspaces.entries()) {
    const numbers = [0, 1, 2, 3, 4];
    // Ids and numbers of the workspaces overlap, so that a missing filter shows.
    await db
      .insertInto('beds')
      .values(
        numbers.map((n) => ({
          workspace_id,
          id: `bed${n}`,
          name: `${workspace_id}${n % 3}`,
          size: n + factor,
        })),
      )
      .execute();
    await db
      .insertInto('plants')
      .values(
        numbers.map((n) => ({
          workspace_id,
          id: `plant${n}`,
          bed_id: `bed${(n * 2) % 5}`,
          height: n * (factor + 1),
        })),
      )
      .execute();
  }
}

async function rowsOf(database: Database, workspaceId: string): Promise<string[]> {
  const db = database.system<GardenTables>();
  const beds = await db.selectFrom('beds').selectAll().where('workspace_id', '=', workspaceId).execute();
  const plants = await db.selectFrom('plants').selectAll().where('workspace_id', '=', workspaceId).execute();
  return sorted([...beds, ...plants]);
}

async function run(db: Handle, drawn: Shape, plain: boolean): Promise<string[]> {
  const { number } = drawn;
  const picked = (): Numbers => where(db.selectFrom('beds').select('beds.size as value'), drawn);
  switch (drawn.statement) {
    case 'select':
      return sorted(await select(db, drawn));
    case 'update':
      return sorted(
        await db
          .updateTable('beds as target')
          .set((eb) => ({ size: eb('target.size', '+', 1), name: 'changed' }))
          .where('target.size', 'in', picked())
          .returning(['id', 'size'])
          .execute(),
      );
    case 'updateFrom':
      return sorted(
        await db
          .updateTable('beds')
          .from('plants')
          .set({ name: 'joined' })
          .whereRef('beds.id', '=', 'plants.bed_id')
          .where('plants.height', '>=', number)
          .returning('beds.id')
          .execute(),
      );
    case 'delete':
      return sorted(
        await db.deleteFrom('beds').where('beds.size', 'in', picked()).returning('beds.id').execute(),
      );
    case 'insert':
    case 'insertSelect':
    case 'upsert':
      return sorted(await insert(db, drawn, plain));
  }
}

// The plain handle names the workspace itself, which the bound one adds.
async function insert(db: Handle, { statement, number }: Shape, plain: boolean): Promise<unknown[]> {
  const workspace = plain ? { workspace_id: 'a' } : {};
  if (statement === 'insert') {
    return db
      .insertInto('beds')
      .values([1, 2].map((n) => ({ ...workspace, id: `new${n}`, name: 'new', size: number })))
      .returning(['id', 'size'])
      .execute();
  }
  if (statement === 'upsert') {
    return db
      .insertInto('beds')
      .values({ ...workspace, id: `bed${number}`, name: 'upsert', size: 100 })
      .onConflict((conflict) =>
        conflict
          .columns(['workspace_id', 'id'])
          .doUpdateSet((eb) => ({ size: eb('beds.size', '+', eb.ref('excluded.size')) }))
          .where('beds.size', '<', 4),
      )
      .returning(['id', 'size'])
      .execute();
  }
  const rows = db
    .selectFrom('plants')
    .innerJoin('beds', 'beds.id', 'plants.bed_id')
    .where('plants.height', '>=', number)
    .select((eb) => [
      eb.fn<string>('concat', [eb.cast(eb.val('copy-'), 'text'), 'plants.id']).as('id'),
      'beds.name',
      'plants.height as size',
    ]);
  const inserted = plain
    ? db
        .insertInto('beds')
        .columns(['id', 'name', 'size', 'workspace_id'])
        .expression(rows.select((eb) => eb.val('a').as('workspace_id')))
    : db.insertInto('beds').columns(['id', 'name', 'size']).expression(rows);
  return inserted
    .onConflict((conflict) => conflict.columns(['workspace_id', 'id']).doNothing())
    .returning(['id', 'name', 'size'])
    .execute();
}

async function select(db: Handle, drawn: Shape): Promise<unknown[]> {
  const query = union(db, joined(db, drawn), drawn);
  switch (drawn.with) {
    case 'none':
      return query.execute();
    case 'plain':
      return db
        .with('numbers', () => query)
        .selectFrom('numbers')
        .innerJoin('beds', 'beds.size', 'numbers.value')
        .select(['numbers.value', 'beds.id'])
        .execute();
    case 'nested':
      return db
        .with('numbers', () => query)
        .with('doubled', (eb) =>
          eb.selectFrom('numbers').select((x) => x('value', '+', x.ref('value')).as('value')),
        )
        .selectFrom('doubled as d')
        .selectAll('d')
        .where((eb) =>
          eb.exists(eb.selectFrom('numbers as n').whereRef('n.value', '=', 'd.value').select('n.value')),
        )
        .execute();
    case 'recursive':
      return db
        .withRecursive('chain', (eb) =>
          eb
            .selectFrom('beds')
            .select('beds.size as at')
            .where('beds.size', '=', drawn.number)
            .unionAll(
              eb
                .selectFrom('chain')
                .innerJoin('beds', (join) => join.onRef('beds.size', '>', 'chain.at'))
                .select('beds.size as at'),
            ),
        )
        .selectFrom('chain')
        .selectAll()
        .execute();
  }
}

function joined(db: Handle, drawn: Shape): Numbers {
  const from = where(db.selectFrom('beds'), drawn);
  // Outer joins make the columns nullable in the types, which the comparison does not care for.
  const value = (query: unknown): Numbers => {
    const rows = query as SelectQueryBuilder<GardenTables, 'beds' | 'plants', object>;
    const numbers = drawn.aggregate
      ? rows.select((eb) => eb.fn.sum<number>('plants.height').as('value')).groupBy('beds.name')
      : rows.select('plants.height as value');
    return numbers;
  };
  switch (drawn.join) {
    case 'none':
      return drawn.aggregate
        ? from.select((eb) => eb.fn.countAll<number>().as('value')).groupBy('beds.name')
        : from.select('beds.size as value');
    case 'inner':
      return value(from.innerJoin('plants', 'plants.bed_id', 'beds.id'));
    case 'left':
      return value(from.leftJoin('plants', 'plants.bed_id', 'beds.id'));
    case 'right':
      return value(from.rightJoin('plants', 'plants.bed_id', 'beds.id'));
    case 'full':
      return value(from.fullJoin('plants', 'plants.bed_id', 'beds.id'));
    case 'cross':
      return value(from.crossJoin('plants'));
    case 'derived':
      return value(
        from.innerJoin(
          (eb) => eb.selectFrom('plants as p').selectAll('p').where('p.height', '>', 0).as('plants'),
          (join) => join.onRef('plants.bed_id', '=', 'beds.id'),
        ),
      );
  }
}

function where<Query>(query: Query, { where: kind, number }: Shape): Query {
  const q = query as unknown as SelectQueryBuilder<GardenTables, 'beds', object>;
  switch (kind) {
    case 'none':
      return query;
    case 'or':
      return q.where((eb) => eb.or([eb('beds.size', '=', number), eb('beds.name', '=', 'b1')])) as never;
    case 'in':
      return q.where('beds.id', 'in', (eb) =>
        eb.selectFrom('plants').select('bed_id').where('height', '>', number),
      ) as never;
    case 'exists':
      return q.where((eb) =>
        eb.exists(eb.selectFrom('plants as p').select('p.id').whereRef('p.height', '=', 'beds.size')),
      ) as never;
    case 'notExists':
      return q.where((eb) =>
        eb.not(
          eb.exists(eb.selectFrom('plants').select('plants.id').whereRef('plants.bed_id', '=', 'beds.id')),
        ),
      ) as never;
    case 'scalar':
      return q.where('beds.size', '<', (eb) =>
        eb.selectFrom('plants').select((x) => x.fn.max<number>('height').as('m')),
      ) as never;
  }
}

function union(db: Handle, query: Numbers, { union: kind, number }: Shape): Numbers {
  const other = db.selectFrom('plants').select('plants.height as value').where('plants.height', '>', number);
  switch (kind) {
    case 'none':
      return query;
    case 'union':
      return query.union(other);
    case 'unionAll':
      return query.unionAll(other);
    case 'except':
      return query.except(other);
    case 'intersect':
      return query.intersect(other);
  }
}

function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
