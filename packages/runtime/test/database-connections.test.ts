import { startPostgres } from '@raptorflow/rig';
import { sql } from 'kysely';
import { createResources } from 'raptorflow/resources';
import { expect, test } from 'vitest';
import { openDatabase } from '../src/index.ts';

test('a connection of the pool is among what is open while somebody has it, and not a moment longer', async () => {
  const server = await startPostgres();
  const resources = createResources({ leaks: { growth: false } });
  const db = openDatabase({ url: server.url }, { resources });
  try {
    await db.start();
    expect(resources.list()).toEqual([]);
    const seen = await db.transaction(null, async (tx) => {
      await sql`select 1`.execute(tx.query());
      return resources.list();
    });
    expect(seen).toMatchObject([{ type: 'database_connection', owner: 'database', status: 'active' }]);
    expect(resources.list()).toEqual([]);
    await Promise.all(Array.from({ length: 30 }, () => db.ping()));
    expect(resources.summary()).toMatchObject({ total: 0 });
    expect(resources.summary().released).toBeGreaterThanOrEqual(31);
  } finally {
    await db.stop();
    await resources.stop();
    await server.stop();
  }
  expect(resources.list()).toEqual([]);
}, 60_000);
