import { openSqlite } from 'raptorflow/storage';

/*
 * A process that writes through a store as fast as it can and prints the name of every note that was acknowledged, until it is
 * killed. Arguments: path of the database, prefix of the names.
 */

const [, , path = '', prefix = ''] = process.argv;
const store = openSqlite({ path, program: new URL('./notes.ts', import.meta.url) });
await store.start();
let next = 0;

async function write(): Promise<never> {
  for (;;) {
    const name = `${prefix}-${next++}`;
    await store.call('add', { name, body: 'x'.repeat(200) });
    process.stdout.write(`${name}\n`);
  }
}

async function transact(): Promise<never> {
  for (;;) {
    const names = [`${prefix}-${next++}`, `${prefix}-${next++}`];
    const transaction = await store.begin();
    for (const name of names) await transaction.call('add', { name, body: 'y' });
    await transaction.commit();
    process.stdout.write(`${names.join('\n')}\n`);
  }
}

await Promise.all([...Array.from({ length: 32 }, write), transact()]);
