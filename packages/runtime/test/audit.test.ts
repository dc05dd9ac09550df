import { startPostgres, type PostgresServer } from '@raptorflow/rig';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendingSuite } from '../src/audit/contract-suite/appending.ts';
import { entryOf, startAudit } from '../src/audit/contract-suite/fixture.ts';
import { readingSuite } from '../src/audit/contract-suite/reading.ts';
import { auditMigrations, auditTables } from '../src/audit/tables.ts';
import { openDatabase } from '../src/db/index.ts';
import { describeOnPostgres } from '../src/testing/index.ts';

describeOnPostgres('the audit log writes', startPostgres, appendingSuite);
describeOnPostgres('the audit log reads', startPostgres, readingSuite);

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

test('the roles of the program cannot rewrite rows; whoever owns the database can, and is found out', async () => {
  const url = await server.createDatabase();
  const db = openDatabase({ url, tables: [auditTables], migrations: [auditMigrations] });
  await db.start();
  const audit = await startAudit(db);
  for (let index = 0; index < 5; index += 1) await audit.append(entryOf({ details: { index } }));
  const client = new Client({ connectionString: url });
  await client.connect();
  const as = async (role: string, statement: string): Promise<string> => {
    await client.query(`begin; set local role ${role}; select set_config('app.workspace', 'a', true)`);
    try {
      await client.query(statement);
      return 'done';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await client.query('rollback');
    }
  };
  const forgetting = 'update audit_logs set payload = null, payload_salt = null';
  for (const role of ['raptorflow_app', 'raptorflow_system']) {
    for (const statement of [
      "update audit_logs set action = 'x.y'",
      'update audit_logs set payload = null, hash = null',
      'delete from audit_logs',
      'truncate audit_logs',
      'delete from audit_heads',
    ]) {
      expect([role, statement, await as(role, statement)]).toEqual([
        role,
        statement,
        expect.stringContaining('permission denied'),
      ]);
    }
  }
  expect(await as('raptorflow_app', forgetting)).toContain('permission denied');
  expect(await as('raptorflow_system', forgetting)).toBe('done');
  const found = async (statement: string): Promise<unknown> => {
    await client.query(statement);
    const { ok, problem } = await audit.verify('a');
    return [ok, problem?.kind, problem?.sequence];
  };
  expect(await audit.verify('a')).toMatchObject({ ok: true, rows: 5 });
  expect(await found("update audit_logs set actor_id = 'usr_2' where sequence = 4")).toEqual([
    false,
    'changed',
    4,
  ]);
  expect(await found('delete from audit_logs where sequence = 3')).toEqual([false, 'removed', 3]);
  expect(await found(forgetting + ' where sequence = 2')).toEqual([false, 'changed', 2]);
  await client.end();
  await db.stop();
});
