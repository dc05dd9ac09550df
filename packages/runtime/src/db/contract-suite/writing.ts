import { describe, expect, test } from 'vitest';
import type { OpenDatabase } from '../../testing/databases.ts';
import type { OutboxTables } from '../outbox.ts';
import type { Writing } from '../writing.ts';
import { garden, type GardenTables } from './garden.ts';

const bed = (id: string, size = 1): { id: string; name: string; size: number } => ({ id, name: id, size });

/** What statements promise that are sent with a commit. */
export function writingSuite(open: OpenDatabase): void {
  const collected = (writing: Writing): string => {
    const tables = writing.query<GardenTables>();
    writing.add(tables.insertInto('beds').values([bed('herbs'), bed('roses', 2)]));
    writing.add(tables.updateTable('beds').set({ size: 5 }).where('size', '=', 2), 1);
    return writing.publish('guild.plants', { type: 'bed.made', payload: {} });
  };

  describe('statements that are written together', () => {
    test('are there in their order when they resolve, with their events, in their workspace alone', async () => {
      const db = await open(garden);
      await db.forWorkspace<GardenTables>('b').insertInto('beds').values(bed('theirs', 2)).execute();
      const id = await db.write('a', collected);
      expect(await db.system<GardenTables>().selectFrom('beds').selectAll().orderBy('id').execute()).toEqual([
        { workspace_id: 'a', ...bed('herbs') },
        { workspace_id: 'a', ...bed('roses', 5) },
        { workspace_id: 'b', ...bed('theirs', 2) },
      ]);
      const outbox = await db.system<OutboxTables>().selectFrom('outbox').selectAll().execute();
      expect(outbox.map((row) => [row.event_id, row.workspace_id])).toEqual([[id, 'a']]);
    });

    test('are all undone by one that changes another number of rows, whatever those behind it do', async () => {
      const db = await open(garden);
      await db.forWorkspace<GardenTables>('a').insertInto('beds').values(bed('old')).execute();
      for (const rows of [0, 2]) {
        const work = db.write('a', (writing) => {
          const tables = writing.query<GardenTables>();
          const id = collected(writing);
          writing.add(tables.updateTable('beds').set({ name: 'new' }).where('id', '=', 'old'), rows);
          writing.add(tables.insertInto('beds').values(bed('old')));
          return id;
        });
        await expect(work).rejects.toMatchObject({ code: 'serialization_conflict', retryable: true });
      }
      expect(await db.system<GardenTables>().selectFrom('beds').select('name').execute()).toEqual([
        { name: 'old' },
      ]);
      expect(await db.system<OutboxTables>().selectFrom('outbox').selectAll().execute()).toEqual([]);
    });

    test('reject with the first failure, and take nobody else along', async () => {
      const db = await open(garden);
      const bad = db.write('a', (writing) => {
        const tables = writing.query<GardenTables>();
        writing.add(tables.insertInto('beds').values([bed('herbs'), bed('herbs')]));
        writing.add(tables.insertInto('beds').values(bed('roses')));
        return true;
      });
      await expect(bad).rejects.toMatchObject({ code: 'constraint_violated' });
      await db.write('a', collected);
      expect(await db.system<GardenTables>().selectFrom('beds').selectAll().execute()).toHaveLength(2);
    });

    test('are not sent when whoever collects them answers undefined, or throws', async () => {
      const db = await open(garden);
      const nothing = await db.write('a', (writing) => {
        collected(writing);
        return undefined;
      });
      expect(nothing).toBeUndefined();
      const failure = new RangeError('changed my mind');
      const work = db.write('a', () => {
        throw failure;
      });
      await expect(work).rejects.toBe(failure);
      expect(await db.system<GardenTables>().selectFrom('beds').selectAll().execute()).toEqual([]);
      expect(await db.system<OutboxTables>().selectFrom('outbox').selectAll().execute()).toEqual([]);
    });

    test('stay inside their workspace', async () => {
      const db = await open(garden);
      const work = db.write('a', (writing) => {
        writing.add(
          writing
            .query<GardenTables>()
            .insertInto('beds')
            .values({ ...bed('x'), workspace_id: 'b' }),
        );
        return true;
      });
      await expect(work).rejects.toMatchObject({ code: 'unscoped_statement' });
    });
  });

  test('a transaction sends what was added to it with its commit, and fails where the rows are not as many', async () => {
    const db = await open(garden);
    await db.transaction('a', async (tx) => {
      collected(tx);
      expect(await tx.query<GardenTables>().selectFrom('beds').selectAll().execute()).toEqual([]);
    });
    expect(await db.system<GardenTables>().selectFrom('beds').selectAll().execute()).toHaveLength(2);
    const work = db.transaction('a', async (tx) => {
      tx.add(tx.query<GardenTables>().deleteFrom('beds').where('id', '=', 'herbs'), 1);
      tx.add(tx.query<GardenTables>().deleteFrom('beds').where('id', '=', 'nothing'), 1);
    });
    await expect(work).rejects.toMatchObject({ code: 'serialization_conflict' });
    expect(await db.system<GardenTables>().selectFrom('beds').selectAll().execute()).toHaveLength(2);
  });
}
