import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeOnSqlite } from '../testing/index.ts';
import { garden, type GardenTables } from './contract-suite/garden.ts';
import { migrationsSuite } from './contract-suite/migrations.ts';
import { outboxSuite } from './contract-suite/outbox.ts';
import { scopingShapesSuite } from './contract-suite/scoping-shapes.ts';
import { scopingSuite } from './contract-suite/scoping.ts';
import { transactionsSuite } from './contract-suite/transactions.ts';
import { writingSuite } from './contract-suite/writing.ts';
import { openDatabase } from './index.ts';

describeOnSqlite('a handle of a workspace', scopingSuite);
describeOnSqlite('statements of every shape', scopingShapesSuite);
describeOnSqlite('units of work', transactionsSuite);
describeOnSqlite('statements sent with a commit', writingSuite);
describeOnSqlite('migrations', migrationsSuite);
describeOnSqlite('the outbox', outboxSuite);

test('an embedded database keeps its rows, applies each step once, refuses an older program, and copies itself', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'raptorflow-db-'));
  const path = join(directory, 'data.sqlite');
  const first = openDatabase({ ...garden, path });
  await first.start();
  await first
    .forWorkspace<GardenTables>('a')
    .insertInto('beds')
    .values({ id: 'x', name: 'x', size: 1 })
    .execute();
  await first.backup(join(directory, 'copy.sqlite'));
  await first.stop();
  await first.stop();
  for (const file of ['data.sqlite', 'copy.sqlite']) {
    const again = openDatabase({ ...garden, path: join(directory, file) });
    await again.start();
    await again.ping();
    expect(await again.forWorkspace<GardenTables>('a').selectFrom('beds').select('id').execute()).toEqual([
      { id: 'x' },
    ]);
    await again.stop();
  }
  const [migrations] = garden.migrations;
  const older = { room: 'garden', steps: migrations?.steps.slice(0, 1) ?? [] };
  const program = openDatabase({ tables: garden.tables, migrations: [older], path });
  await expect(program.start()).rejects.toMatchObject({
    code: 'schema_newer',
    details: { unknown: ['002_kinds'] },
  });
  rmSync(directory, { recursive: true });
});

test('either a path or an address is given', () => {
  expect(() => openDatabase({})).toThrow('give either a path or a url');
  expect(() => openDatabase({ path: 'a', url: 'postgres://b/c' })).toThrow('give either a path or a url');
  expect(() => openDatabase({ url: 'mysql://b/c' })).toThrow('postgres://');
});
