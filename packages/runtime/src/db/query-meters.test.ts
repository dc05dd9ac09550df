import { percentileOf, createMetrics } from 'raptorflow/metrics';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from './database.ts';

let db: Database | undefined;
afterEach(() => db?.stop());

describe('the meters of a database', () => {
  it('count and time statements by what they do, and the failed ones', async () => {
    const metrics = createMetrics();
    db = openDatabase({ path: ':memory:' }, { meter: metrics });
    await db.start();
    const system = db.system<{ shelves: { name: string } }>();
    await sql`CREATE TABLE shelves (name TEXT PRIMARY KEY)`.execute(system);
    await system.insertInto('shelves').values({ name: 'one' }).execute();
    await system.selectFrom('shelves').selectAll().execute();
    await system.selectFrom('shelves').selectAll().execute();
    await expect(system.insertInto('shelves').values({ name: 'one' }).execute()).rejects.toMatchObject({
      code: 'constraint_violated',
    });

    const { metrics: found } = metrics.snapshot();
    const times = found.find(({ definition }) => definition.name === 'database_query_ms');
    const failed = found.find(({ definition }) => definition.name === 'database_query_failures');
    const timesOf = (operation: string) => {
      const series = times?.kind === 'histogram' ? times.series : [];
      const value = series.find(({ tags }) => tags['operation'] === operation)?.value;
      return { count: value?.count, p50: value ? (percentileOf(value, 50)?.value ?? -1) : -1 };
    };
    expect(timesOf('select').count).toBe(2);
    expect(timesOf('insert').count).toBe(2);
    expect(timesOf('select').p50).toBeGreaterThan(0);
    expect(failed?.series.filter(({ value }) => value === 1).map(({ tags }) => tags)).toEqual([
      { dialect: 'sqlite', operation: 'insert' },
    ]);
  });
});
