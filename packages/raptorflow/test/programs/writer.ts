import { createSqliteThread, openSqlite, type SqliteStore } from 'raptorflow/storage';

/*
 * A process that writes through stores as fast as it can and prints the name of every note that was acknowledged, until it is
 * killed. Arguments: prefix of the names, paths of the databases, which one thread serves.
 */

const [, , prefix = '', ...paths] = process.argv;
const thread = createSqliteThread();
let next = 0;

async function write(store: SqliteStore, path: string): Promise<never> {
  for (;;) {
    const name = `${prefix}-${next++}`;
    await store.call('add', { name, body: 'x'.repeat(200) });
    process.stdout.write(`${path} ${name}\n`);
  }
}

async function transact(store: SqliteStore, path: string): Promise<never> {
  for (;;) {
    const names = [`${prefix}-${next++}`, `${prefix}-${next++}`];
    const transaction = await store.begin();
    for (const name of names) await transaction.call('add', { name, body: 'y' });
    await transaction.commit();
    process.stdout.write(names.map((name) => `${path} ${name}\n`).join(''));
  }
}

await Promise.all(
  paths.map(async (path) => {
    const store = openSqlite({ path, program: new URL('./notes.ts', import.meta.url) }, { thread });
    await store.start();
    await Promise.all([...Array.from({ length: 32 }, () => write(store, path)), transact(store, path)]);
  }),
);
