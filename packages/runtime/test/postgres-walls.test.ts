import { startPostgres, type PostgresServer } from '@raptorflow/rig';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type Database } from '../src/db/index.ts';
import { garden, type GardenTables } from '../src/db/contract-suite/garden.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function withDatabase(
  options: { url: string; migrationUrl?: string },
  work: (db: Database) => Promise<void>,
): Promise<void> {
  const database = openDatabase({ ...garden, ...options });
  try {
    await database.start();
    await work(database);
  } finally {
    await database.stop();
  }
}

test('row-level security keeps workspaces apart even without the plugin', async () => {
  const url = await server.createDatabase();
  await withDatabase({ url }, async (database) => {
    for (const workspace of ['a', 'b']) {
      await database
        .forWorkspace<GardenTables>(workspace)
        .insertInto('beds')
        .values({ id: 'x', name: workspace, size: 1 })
        .execute();
    }
    await database.system<GardenTables>().insertInto('keys').values({ id: 'master' }).execute();
    await connected(url, async (client) => {
      const as = async (workspace: string | undefined, statement: string): Promise<unknown> => {
        await client.query('begin; set local role raptorflow_app');
        if (workspace) await client.query("select set_config('app.workspace', $1, true)", [workspace]);
        try {
          return (await client.query(statement)).rows;
        } catch (error) {
          return error instanceof Error ? error.message : error;
        } finally {
          await client.query('rollback');
        }
      };
      expect(await as('a', 'select name from beds')).toEqual([{ name: 'a' }]);
      expect(await as(undefined, 'select name from beds')).toEqual([]);
      expect(await as('a', "update beds set size = 9 where name = 'b' returning id")).toEqual([]);
      expect(await as('a', "delete from beds where name = 'b' returning id")).toEqual([]);
      expect(await as('a', "insert into beds values ('b', 'y', 'y', 1)")).toContain('row-level security');
      expect(await as('a', "update beds set workspace_id = 'b'")).toContain('row-level security');
      expect(await as('a', 'select * from keys')).toContain('permission denied');
      expect(await as('a', 'select * from schema_steps')).toContain('permission denied');
    });
  });
});

test('every tenant table has forced row-level security', async () => {
  const url = await server.createDatabase();
  await withDatabase({ url }, async () => {
    const { rows } = await connected(url, (client) =>
      client.query<{ name: string }>(
        "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity and relforcerowsecurity order by 1",
      ),
    );
    expect(rows.map((row) => row.name)).toEqual(['beds', 'outbox', 'plants', 'tags']);
  });
});

test('the application’s login needs no rights of its own, and the owner of the tables may be another', async () => {
  const url = await server.createDatabase();
  const name = new URL(url).pathname.slice(1);
  await connected(url, async (client) => {
    await client.query('create role owner_login login createrole; create role app_login login');
    await client.query(`alter database ${name} owner to owner_login`);
    await client.query('alter schema public owner to owner_login');
    // The roles exist already on this server, made by a superuser for the other tests.
    await client.query('grant raptorflow_app, raptorflow_system to owner_login with admin option');
  });
  const as = (login: string): string => url.replace('postgres@', `${login}@`);
  await withDatabase({ url: as('app_login'), migrationUrl: as('owner_login') }, async (database) => {
    await database
      .forWorkspace<GardenTables>('a')
      .insertInto('beds')
      .values({ id: 'x', name: 'a', size: 1 })
      .execute();
    expect(await database.forWorkspace<GardenTables>('b').selectFrom('beds').selectAll().execute()).toEqual(
      [],
    );
    expect(await database.system<GardenTables>().selectFrom('beds').select('name').execute()).toEqual([
      { name: 'a' },
    ]);
  });
});

test('a login that may not make the roles is told what an administrator has to run', async () => {
  const url = await server.createDatabase();
  await connected(url, (client) => client.query('create role poor_login login'));
  const poor = url.replace('postgres@', 'poor_login@');
  await expect(withDatabase({ url: poor }, async () => undefined)).rejects.toMatchObject({
    code: 'missing_configuration',
    message: expect.stringContaining('GRANT raptorflow_app, raptorflow_system TO poor_login') as unknown,
  });
});

test('a lost connection is `unavailable` once, and the next statement works', async () => {
  const url = await server.createDatabase();
  await withDatabase({ url }, async (database) => {
    const kill = (): Promise<unknown> =>
      connected(url, (client) =>
        client.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        ),
      );
    const work = database.transaction('a', async (tx) => {
      await kill();
      await tx.query<GardenTables>().selectFrom('beds').selectAll().execute();
    });
    await expect(work).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    await database.ping();
    expect(await database.forWorkspace<GardenTables>('a').selectFrom('beds').selectAll().execute()).toEqual(
      [],
    );
  });
});

test('a server that cannot be reached is `unavailable`', async () => {
  const database = openDatabase({ ...garden, url: 'postgres://postgres@127.0.0.1:1/none' });
  await expect(database.start()).rejects.toMatchObject({ code: 'unavailable' });
  expect(database.state).toBe('failed');
  await database.stop();
});
