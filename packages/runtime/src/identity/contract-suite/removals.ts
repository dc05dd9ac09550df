import { describe, expect, test } from 'vitest';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createIdentity, type Identity } from '../identity.ts';
import { identityMigrations, identityTables, type IdentityTables } from '../tables.ts';
import { ledgerMigrations, ledgerTables, type LedgerTables } from './ledger-tables.ts';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';

const secretKey = 'a secret key of at least 32 characters';

interface World {
  readonly identity: Identity;
  readonly db: Database;
  readonly clock: FakeClock;
  readonly userId: string;
  /** Two workspaces of the same owner, full of rows. */
  readonly doomed: string;
  readonly kept: string;
  readonly rowsOf: (workspaceId: string) => Promise<Record<string, number>>;
  readonly types: () => Promise<string[]>;
  /** What the chronicle was asked to forget, with the rows and the workspaces that were left then. */
  readonly forgotten: { workspaceId: string; pages: number | undefined; left: number }[];
}

async function openWorld(open: OpenDatabase, rows: number): Promise<World> {
  const clock = createFakeClock();
  const tables = [identityTables, ledgerTables];
  const db = await open({ tables, migrations: [identityMigrations, ledgerMigrations] }, { clock });
  const forgotten: World['forgotten'] = [];
  const rowsOf: World['rowsOf'] = async (workspaceId) => {
    const counts: Record<string, number> = {};
    for (const table of ['pages', 'lines', 'chain', 'api_keys', 'workspace_members'] as const) {
      const found = await db
        .system<LedgerTables & IdentityTables>()
        .selectFrom(table)
        .select('workspace_id')
        .where('workspace_id', '=', workspaceId)
        .execute();
      counts[table] = found.length;
    }
    return counts;
  };
  const identity = createIdentity(
    { secretKey, tables: { declared: tables, kept: ['chain'] } },
    {
      db,
      clock,
      chronicle: {
        created: async () => undefined,
        async forget(workspaceId) {
          const { pages } = await rowsOf(workspaceId);
          const left = await db.system<IdentityTables>().selectFrom('workspaces').select('id').execute();
          forgotten.push({ workspaceId, pages, left: left.length });
        },
      },
    },
  );
  const { id: userId } = await identity.ensureLocalUser();
  const make = async (name: string): Promise<string> => {
    const { id } = await identity.workspaces.create({ userId, name });
    await identity.apiKeys.create({ workspaceId: id, userId, name: 'ci', role: 'viewer' });
    await fill(db, id, rows);
    return id;
  };
  const [doomed, kept] = [await make('Doomed'), await make('Kept')];
  return {
    identity,
    db,
    clock,
    userId,
    doomed,
    kept,
    forgotten,
    rowsOf,
    async types() {
      const found = await db
        .system<{ outbox: { seq: number; draft: string } }>()
        .selectFrom('outbox')
        .select('draft')
        .orderBy('seq')
        .execute();
      return found.map((row) => (JSON.parse(row.draft) as { type: string }).type);
    },
  };
}

async function fill(db: Database, workspaceId: string, rows: number): Promise<void> {
  const tenant = db.forWorkspace<LedgerTables>(workspaceId);
  const all = Array.from({ length: rows }, (_, id) => id);
  for (let from = 0; from < rows; from += 400) {
    const some = all.slice(from, from + 400);
    await tenant
      .insertInto('pages')
      .values(
        some.map((id) => ({
          workspace_id: workspaceId,
          id,
          text: `${workspaceId} page ${id}`,
          picture: id === 0 ? new Uint8Array([1, 2, 255]) : null,
        })),
      )
      .execute();
    await tenant
      .insertInto('lines')
      .values(some.map((id) => ({ workspace_id: workspaceId, page_id: id, line: 1 })))
      .execute();
  }
  const first = (await db.system<LedgerTables>().selectFrom('chain').select('id').execute()).length;
  await tenant.insertInto('chain').values({ workspace_id: workspaceId, id: first }).execute();
}

/** What the identity promises about the export and the deletion of workspaces, on any engine. */
export function removalsSuite(open: OpenDatabase): void {
  describe('an export', () => {
    test('holds every row of every declared tenant table of its workspace, and no other’s', async () => {
      const { identity, doomed, kept, userId } = await openWorld(open, 1_203);
      await identity.invitations.create({
        workspaceId: doomed,
        userId,
        email: 'b@example.com',
        role: 'viewer',
      });
      const lines: { table?: string; row?: Record<string, unknown>; [name: string]: unknown }[] = [];
      let text = '';
      for await (const line of identity.exportWorkspace(doomed)) {
        text += line;
        lines.push(JSON.parse(line) as (typeof lines)[number]);
      }
      expect(lines[0]).toMatchObject({
        export: 'raptorflow-workspace',
        version: 1,
        workspace_id: doomed,
        tables: ['workspaces', 'workspace_members', 'api_keys', 'chain', 'invitations', 'lines', 'pages'],
      });
      const counts = Object.entries(Object.groupBy(lines, (line) => line.table ?? 'frame')).map(
        ([table, found]) => [table, found?.length],
      );
      expect(Object.fromEntries(counts)).toEqual({
        frame: 2,
        workspaces: 1,
        workspace_members: 1,
        api_keys: 1,
        chain: 1,
        invitations: 1,
        lines: 1_203,
        pages: 1_203,
      });
      expect(lines.at(-1)).toEqual({ end: true, rows: lines.length - 2 });
      expect(lines.find((line) => line.table === 'pages')?.row).toMatchObject({
        id: 0,
        picture: { base64: 'AQL/' },
      });
      expect(text).not.toContain(kept);
      // Hashes of secrets say nothing to the owner of the data.
      expect(text).not.toMatch(/secret_hash|code_hash/);
    });

    test('of a workspace that does not exist is refused before it begins', async () => {
      const { identity } = await openWorld(open, 1);
      await expect(identity.exportWorkspace('wsp_none').next()).rejects.toMatchObject({ code: 'not_found' });
    });
  });

  describe('a deletion', () => {
    test('shuts everybody out at once, empties every table but the kept ones, and is told at both ends', async () => {
      const { identity, doomed, kept, rowsOf, types, userId } = await openWorld(open, 1_203);
      const { token } = await identity.issueToken({ userId });
      const key = await identity.apiKeys.create({ workspaceId: doomed, userId, name: 'x', role: 'viewer' });
      const before = await rowsOf(kept);
      await identity.removals.request({ workspaceId: doomed, name: 'Doomed' });
      await expect(identity.admit(token, { path: doomed })).rejects.toMatchObject({ code: 'not_found' });
      await expect(identity.admit(key.text, {})).rejects.toMatchObject({ code: 'token_invalid' });
      expect((await identity.workspaces.listAll()).map((workspace) => workspace.id)).toEqual([kept]);
      await identity.removals.finish();
      expect(await rowsOf(doomed)).toEqual({
        pages: 0,
        lines: 0,
        chain: 1,
        api_keys: 0,
        workspace_members: 0,
      });
      expect(await rowsOf(kept)).toEqual(before);
      expect((await types()).filter((type) => type.startsWith('workspace.delet'))).toEqual([
        'workspace.deletion_started',
        'workspace.deleted',
      ]);
      expect((await identity.admit(token, {})).entrance.workspaceId).toBe(kept);
    });

    test('lets the chronicle forget when the tables are empty, and again when nothing can be written any more', async () => {
      const { identity, clock, doomed, forgotten } = await openWorld(open, 3);
      await identity.removals.request({ workspaceId: doomed, name: 'Doomed' });
      await identity.removals.finish();
      // The row of the workspace still stands: killed here, the next process forgets again.
      expect(forgotten).toEqual([{ workspaceId: doomed, pages: 0, left: 2 }]);
      await identity.removals.finish();
      expect(forgotten).toHaveLength(1);
      await clock.advance(3_600_000);
      await identity.removals.finish();
      expect(forgotten.slice(1)).toEqual([{ workspaceId: doomed, pages: 0, left: 1 }]);
    });

    test('asks for the name, to the letter, and is asked for once', async () => {
      const { identity, doomed } = await openWorld(open, 1);
      for (const name of ['', 'doomed', 'Doomed ']) {
        await expect(identity.removals.request({ workspaceId: doomed, name })).rejects.toMatchObject({
          code: 'invalid_input',
        });
      }
      const asked = await Promise.allSettled(
        [1, 2].map(() => identity.removals.request({ workspaceId: doomed, name: 'Doomed' })),
      );
      expect(asked.map((each) => each.status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(asked.find((each) => each.status === 'rejected')?.reason).toMatchObject({ code: 'not_found' });
    });

    test('by two processes at once ends once', async () => {
      const { identity, db, clock, doomed, rowsOf, types } = await openWorld(open, 2_000);
      const other = createIdentity(
        { secretKey, tables: { declared: [identityTables, ledgerTables], kept: ['chain'] } },
        { db, clock },
      );
      await identity.removals.request({ workspaceId: doomed, name: 'Doomed' });
      await Promise.all([identity.removals.finish(), other.removals.finish()]);
      expect(await rowsOf(doomed)).toMatchObject({ pages: 0, lines: 0 });
      expect((await types()).filter((type) => type === 'workspace.deleted')).toHaveLength(1);
    });

    test('sweeps for an hour what was still being written, then forgets', async () => {
      const { identity, db, clock, doomed, rowsOf } = await openWorld(open, 3);
      await identity.removals.request({ workspaceId: doomed, name: 'Doomed' });
      await identity.removals.finish();
      await db
        .forWorkspace<LedgerTables>(doomed)
        .insertInto('pages')
        .values({ workspace_id: doomed, id: 9, text: 'late', picture: null })
        .execute();
      await identity.removals.finish();
      expect((await rowsOf(doomed))['pages']).toBe(0);
      await clock.advance(3_600_000);
      await identity.removals.finish();
      const left = await db.system<IdentityTables>().selectFrom('removed_workspaces').selectAll().execute();
      expect(left).toEqual([]);
    });

    test('takes along events that the bus refused for good, and none that is on its way', async () => {
      const { identity, db, doomed, kept } = await openWorld(open, 1);
      interface Waiting {
        outbox: {
          event_id: string;
          workspace_id: string;
          channel: string;
          draft: string;
          created_at_ms: number;
          refused_code: string | null;
        };
      }
      const system = db.system<Waiting>();
      const row = { channel: 'x', draft: '{"type":"x"}', created_at_ms: 1 };
      await system
        .insertInto('outbox')
        .values([
          { ...row, event_id: 'refused', workspace_id: doomed, refused_code: 'schema_violation' },
          { ...row, event_id: 'waiting', workspace_id: doomed, refused_code: null },
          { ...row, event_id: 'other', workspace_id: kept, refused_code: 'schema_violation' },
        ])
        .execute();
      await identity.removals.request({ workspaceId: doomed, name: 'Doomed' });
      await identity.removals.finish();
      const left = await system.selectFrom('outbox').select('event_id').where('channel', '=', 'x').execute();
      expect(left.map((each) => each.event_id).toSorted()).toEqual(['other', 'waiting']);
    });

    test('lets its owner have a first workspace again', async () => {
      const { identity, userId, doomed, kept } = await openWorld(open, 1);
      const { token } = await identity.issueToken({ userId });
      await identity.removals.request({ workspaceId: doomed, name: 'Doomed' });
      await identity.removals.request({ workspaceId: kept, name: 'Kept' });
      const { entrance } = await identity.admit(token, {});
      expect([doomed, kept]).not.toContain(entrance.workspaceId);
    });

    test('goes on by itself in a process that starts, and leaves no timer behind', async () => {
      const { identity, db, clock, doomed, types } = await openWorld(open, 10);
      await identity.removals.request({ workspaceId: doomed, name: 'Doomed' });
      const other = createIdentity(
        { secretKey, tables: { declared: [identityTables, ledgerTables], kept: ['chain'] } },
        { db, clock },
      );
      await other.removals.start();
      await expect.poll(types).toContain('workspace.deleted');
      await other.removals.stop();
      await other.removals.stop();
      expect(clock.pending).toBe(0);
    });
  });
}
