import { appendFileSync } from 'node:fs';
import { createOutboxRelay, openDatabase } from '../../src/db/index.ts';
import { garden, type GardenTables } from '../../src/db/contract-suite/garden.ts';

/*
 * A process that commits rows with their events as fast as it can and prints the id of every acknowledged event, until it is killed.
 * Arguments: the database (path or address), a prefix for ids, and a file: with one, a relay "publishes" event ids into it.
 */

const [, , place = '', prefix = '', file] = process.argv;
const database = openDatabase({
  ...garden,
  ...(place.startsWith('postgres') ? { url: place } : { path: place }),
});
await database.start();
if (file) {
  const bus = {
    publishMany: async (_channel: string, drafts: readonly { readonly id?: string | undefined }[]) =>
      appendFileSync(file, drafts.map((draft) => `${draft.id}\n`).join('')),
  };
  await createOutboxRelay({ batchRowsMax: 20 }, { database, bus }).start();
}
let next = 0;

async function work(): Promise<never> {
  for (;;) {
    const id = `${prefix}-${next++}`;
    const event = await database.transaction('a', async (tx) => {
      await tx.query<GardenTables>().insertInto('beds').values({ id, name: id, size: 1 }).execute();
      return tx.publish('garden', { type: 'bed.made', payload: { id } });
    });
    process.stdout.write(`${id} ${event}\n`);
  }
}

await Promise.all([work(), work(), work(), work()]);
