import { describe, expect, test } from 'vitest';
import type { OpenDatabase } from '../../testing/databases.ts';
import { garden, type GardenTables } from './garden.ts';
import type { OutboxTables } from '../outbox.ts';
import { sql } from 'kysely';

const bed = (id: string, size = 1): { id: string; name: string; size: number } => ({ id, name: id, size });

/** What a unit of work and single statements promise. */
export function transactionsSuite(open: OpenDatabase): void {
  describe('a transaction', () => {
    test('answers what the work answers, and its rows and events are there', async () => {
      const db = await open(garden);
      const id = await db.transaction('a', async (tx) => {
        await tx.query<GardenTables>().insertInto('beds').values(bed('herbs')).execute();
        return tx.publish('guild.plants', { type: 'bed.made', payload: { id: 'herbs' } });
      });
      expect(id).toMatch(/^evt_/);
      expect(await db.forWorkspace<GardenTables>('a').selectFrom('beds').select('id').execute()).toEqual([
        { id: 'herbs' },
      ]);
      const [row, ...others] = await db.system<OutboxTables>().selectFrom('outbox').selectAll().execute();
      expect(others).toEqual([]);
      expect(row).toMatchObject({ event_id: id, workspace_id: 'a', channel: 'guild.plants' });
      expect(JSON.parse(row?.draft ?? '')).toEqual({
        id,
        type: 'bed.made',
        workspaceId: 'a',
        payload: { id: 'herbs' },
      });
    });

    test('stores neither rows nor events when the work throws, and rejects with that', async () => {
      const db = await open(garden);
      const failure = new RangeError('changed my mind');
      const work = db.transaction('a', async (tx) => {
        await tx.query<GardenTables>().insertInto('beds').values(bed('herbs')).execute();
        tx.publish('guild.plants', { type: 'bed.made', payload: {} });
        throw failure;
      });
      await expect(work).rejects.toBe(failure);
      expect(await db.system<GardenTables>().selectFrom('beds').selectAll().execute()).toEqual([]);
      expect(await db.system<OutboxTables>().selectFrom('outbox').selectAll().execute()).toEqual([]);
    });

    test('takes no further statement after one that failed, on either engine', async () => {
      const db = await open(garden);
      const work = db.transaction('a', async (tx) => {
        const query = tx.query<GardenTables>();
        await query.insertInto('beds').values(bed('herbs')).execute();
        const again = query.insertInto('beds').values(bed('herbs')).execute();
        await expect(again).rejects.toMatchObject({ code: 'constraint_violated' });
        await query.selectFrom('beds').selectAll().execute();
      });
      await expect(work).rejects.toMatchObject({ code: 'conflict' });
      expect(await db.system<GardenTables>().selectFrom('beds').selectAll().execute()).toEqual([]);
    });

    test('does not commit after a failed statement that the work swallowed', async () => {
      const db = await open(garden);
      const work = db.transaction('a', async (tx) => {
        const query = tx.query<GardenTables>();
        await query.insertInto('beds').values(bed('herbs')).execute();
        await query
          .insertInto('beds')
          .values(bed('herbs'))
          .execute()
          .catch(() => undefined);
      });
      await expect(work).rejects.toMatchObject({ code: 'conflict' });
      expect(await db.system<GardenTables>().selectFrom('beds').selectAll().execute()).toEqual([]);
    });

    test('is bound to its workspace, in its statements and in its events', async () => {
      const db = await open(garden);
      await db.forWorkspace<GardenTables>('b').insertInto('beds').values(bed('theirs')).execute();
      await db.transaction('a', async (tx) => {
        expect(await tx.query<GardenTables>().selectFrom('beds').selectAll().execute()).toEqual([]);
        expect(() => tx.publish('c', { type: 't', workspaceId: 'b', payload: {} })).toThrow(
          expect.objectContaining({ code: 'unscoped_statement' }),
        );
      });
      await expect(
        db.transaction('a', (tx) => sql`select 1`.execute(tx.query<GardenTables>())),
      ).rejects.toMatchObject({ code: 'unscoped_statement' });
    });

    test('of the installation reaches everything, and its events may belong to a workspace or to none', async () => {
      const db = await open(garden);
      await db.transaction(null, async (tx) => {
        await tx.query<GardenTables>().insertInto('keys').values({ id: 'master' }).execute();
        await tx
          .query<GardenTables>()
          .insertInto('beds')
          .values({ ...bed('x'), workspace_id: 'b' })
          .execute();
        tx.publish('c', { type: 't', payload: 1 });
        tx.publish('c', { type: 't', workspaceId: 'b', payload: 2 });
      });
      const rows = await db
        .system<OutboxTables>()
        .selectFrom('outbox')
        .select('workspace_id')
        .orderBy('seq')
        .execute();
      expect(rows.map((row) => row.workspace_id)).toEqual([null, 'b']);
    });

    test('keeps with an event who caused it', async () => {
      const db = await open(garden, { ambient: () => ({ requestId: 'req-1', workspaceId: 'elsewhere' }) });
      await db.transaction('a', async (tx) => tx.publish('c', { type: 't', payload: {} }));
      const row = await db
        .system<OutboxTables>()
        .selectFrom('outbox')
        .select('draft')
        .executeTakeFirstOrThrow();
      expect(JSON.parse(row.draft)).toMatchObject({ requestId: 'req-1', workspaceId: 'a' });
    });

    test('and many others at once lose no change', async () => {
      const db = await open(garden);
      await db.forWorkspace<GardenTables>('a').insertInto('beds').values(bed('herbs', 0)).execute();
      const grow = (): Promise<unknown> =>
        db.transaction('a', async (tx) =>
          tx
            .query<GardenTables>()
            .updateTable('beds')
            .set((eb) => ({ size: eb('size', '+', 1) }))
            .execute(),
        );
      await Promise.all(Array.from({ length: 30 }, grow));
      const row = await db
        .forWorkspace<GardenTables>('a')
        .selectFrom('beds')
        .select('size')
        .executeTakeFirst();
      expect(row).toEqual({ size: 30 });
    });
  });

  describe('a statement', () => {
    test('names the rule that it breaks', async () => {
      const db = await open(garden);
      const a = db.forWorkspace<GardenTables>('a');
      await a.insertInto('beds').values(bed('herbs')).execute();
      await expect(a.insertInto('beds').values(bed('herbs')).execute()).rejects.toMatchObject({
        code: 'constraint_violated',
        kind: 'conflict',
        details: { constraint: 'unique', table: 'beds' },
      });
      await expect(
        a
          .insertInto('beds')
          .values({ id: 'x', name: null as never, size: 1 })
          .execute(),
      ).rejects.toMatchObject({ details: { constraint: 'not_null', columns: ['beds.name'] } });
    });

    test('answers counts, sums and moments as numbers', async () => {
      const db = await open(garden);
      const a = db.forWorkspace<GardenTables>('a');
      const moment = Date.UTC(2026, 0, 1);
      await a
        .insertInto('beds')
        .values([bed('x', moment), bed('y', 1)])
        .execute();
      const row = await a
        .selectFrom('beds')
        .select((eb) => [
          eb.fn.countAll<number>().as('rows'),
          eb.fn.sum<number>('size').as('sum'),
          eb.fn.max('size').as('max'),
        ])
        .executeTakeFirst();
      expect(row).toEqual({ rows: 2, sum: moment + 1, max: moment });
    });

    test('takes truth values as 1 and 0, and refuses what engines would store differently', async () => {
      const db = await open(garden);
      const a = db.forWorkspace<GardenTables>('a');
      await a
        .insertInto('beds')
        .values({ ...bed('x'), size: true as never })
        .execute();
      expect(await a.selectFrom('beds').select('size').execute()).toEqual([{ size: 1 }]);
      for (const size of [new Date(), Number.NaN, { nested: true }]) {
        await expect(
          a
            .insertInto('beds')
            .values({ ...bed('y'), size: size as never })
            .execute(),
        ).rejects.toMatchObject({ code: 'invalid_input' });
      }
    });
  });
}
