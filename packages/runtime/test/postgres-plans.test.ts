import { startPostgres, type PostgresServer } from '@raptorflow/rig';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { garden, type GardenTables } from '../src/db/contract-suite/garden.ts';
import { openDatabase, type Database } from '../src/db/index.ts';

let server: PostgresServer;
let url: string;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
  url = await server.createDatabase();
  // One connection, so that everybody meets the plans of everybody else.
  database = openDatabase({ ...garden, url, connectionsMax: 1 });
  await database.start();
});

afterAll(async () => {
  await database.stop();
  await server.stop();
});

const beds = (workspace: string) => database.forWorkspace<GardenTables>(workspace);

async function connected(): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

async function plans(): Promise<{ statement: string; planned: number }[]> {
  const { rows } = await sql<{ statement: string; planned: number }>`
    select statement, custom_plans + generic_plans as planned from pg_prepared_statements`.execute(
    database.system(),
  );
  return rows;
}

test('a statement that comes often is read by the server once, and each workspace goes on seeing its own rows', async () => {
  for (let turn = 0; turn < 20; turn += 1) {
    for (const workspace of ['a', 'b', 'c']) {
      const id = `${workspace}${turn}`;
      await beds(workspace).insertInto('beds').values({ id, name: workspace, size: turn }).execute();
    }
  }
  for (let turn = 0; turn < 20; turn += 1) {
    for (const workspace of ['a', 'b', 'c', 'nobody']) {
      const rows = await beds(workspace).selectFrom('beds').select(['id', 'name']).execute();
      expect(rows).toHaveLength(workspace === 'nobody' ? 0 : 20);
      expect(rows.every((row) => row.name === workspace)).toBe(true);
    }
  }
  const kept = await plans();
  expect(kept.filter(({ statement }) => statement.startsWith('insert into "beds"'))).toHaveLength(1);
  const select = kept.find(({ statement }) => statement.includes('"name" from (select'));
  expect(Number(select?.planned)).toBeGreaterThan(60);
});

test('a plan that is kept obeys the walls of whoever uses it', async () => {
  const client = await connected();
  const count = async (workspace: string | null): Promise<number> => {
    await client.query('begin');
    if (workspace !== null) {
      await client.query('set local role raptorflow_app');
      await client.query("select set_config('app.workspace', $1, true)", [workspace]);
    }
    const { rows } = await client.query({ name: 'walls', text: 'select count(*)::int as count from beds' });
    await client.query('commit');
    return rows[0].count;
  };
  try {
    for (let turn = 0; turn < 8; turn += 1) {
      expect(await count('a')).toBe(20);
      expect(await count('nobody')).toBe(0);
      expect(await count(null)).toBe(60);
    }
  } finally {
    await client.end();
  }
});

test('a column that a newer program adds breaks nothing that is kept', async () => {
  const readAll = () => beds('a').selectFrom('beds').selectAll().execute();
  const readNames = () => beds('a').selectFrom('beds').select('name').execute();
  for (let turn = 0; turn < 10; turn += 1) await Promise.all([readAll(), readNames()]);
  const newer = await connected();
  await newer.query('alter table beds add column shade text');
  await newer.end();
  expect(await readAll()).toHaveLength(20);
  expect(await readNames()).toHaveLength(20);
  await beds('a').insertInto('beds').values({ id: 'late', name: 'a', size: 1 }).execute();
  expect(await readNames()).toHaveLength(21);
});
