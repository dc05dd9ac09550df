import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, type PostgresServer } from '@raptorflow/rig';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../src/db/index.ts';
import { createIdentity, identityMigrations, identityTables, type Identity } from '../src/identity/index.ts';
import {
  ledgerMigrations,
  ledgerTables,
  type LedgerTables,
} from '../src/identity/contract-suite/ledger-tables.ts';
import { runChild } from './child.ts';

let server: PostgresServer;
let root = '';
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-removal-'));
  server = await startPostgres();
});
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true });
});

const rowsEach = 30_000;
const kills = 4;

async function openPlace(place: string): Promise<{ db: Database; identity: Identity }> {
  const tables = [identityTables, ledgerTables];
  const db = openDatabase({
    ...(place.startsWith('postgres') ? { url: place } : { path: place }),
    tables,
    migrations: [identityMigrations, ledgerMigrations],
  });
  await db.start();
  const secretKey = 'a secret key of at least 32 characters';
  return {
    db,
    identity: createIdentity({ secretKey, tables: { declared: tables, kept: ['chain'] } }, { db }),
  };
}

async function fill(db: Database, workspaceId: string): Promise<void> {
  await db.transaction(workspaceId, async (tx) => {
    for (let from = 0; from < rowsEach; from += 5_000) {
      const values = Array.from({ length: 5_000 }, (_, at) => ({
        workspace_id: workspaceId,
        id: from + at,
        text: 'x',
        picture: null,
      }));
      await tx.query<LedgerTables>().insertInto('pages').values(values).execute();
    }
  });
}

async function count(db: Database, workspaceId: string): Promise<number> {
  const { total } = await db
    .system<LedgerTables>()
    .selectFrom('pages')
    .select((rows) => rows.fn.countAll<number>().as('total'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  return total;
}

describe.each(['sqlite', 'postgres'])('on %s', (engine) => {
  test('a deletion that is killed again and again is finished by whoever comes next, and told once', async () => {
    const random = seededRandom(engine.length);
    const place = engine === 'sqlite' ? join(root, 'data.sqlite') : await server.createDatabase();
    const { db, identity } = await openPlace(place);
    const { id: userId } = await identity.ensureLocalUser();
    const doomed = (await identity.workspaces.create({ userId, name: 'Doomed' })).id;
    const kept = (await identity.workspaces.create({ userId, name: 'Kept' })).id;
    await fill(db, doomed);
    await fill(db, kept);
    await identity.removals.request({ workspaceId: doomed, name: 'Doomed' });
    await db.stop();

    let [kill, inTheMiddle] = [0, 0];
    for (; kill < kills; kill += 1) {
      const child = runChild('remover.ts', [place]);
      await child.spoken;
      await systemClock.sleep(random.next() * 60);
      await child.kill();
      if (!child.output().includes('done')) inTheMiddle += 1;
    }
    expect(inTheMiddle).toBeGreaterThan(0);
    const last = runChild('remover.ts', [place]);
    expect(await last.ended).toBe(0);

    const after = await openPlace(place);
    expect(await count(after.db, doomed)).toBe(0);
    expect(await count(after.db, kept)).toBe(rowsEach);
    expect((await after.identity.workspaces.listAll()).map((workspace) => workspace.id)).toEqual([kept]);
    const told = await after.db
      .system<{ outbox: { draft: string } }>()
      .selectFrom('outbox')
      .select('draft')
      .where('draft', 'like', '%"workspace.deleted"%')
      .execute();
    expect(told).toHaveLength(1);
    await after.db.stop();
  });
});
