import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { trackHandles } from '../kernel/testing/index.ts';
import { createSqliteThread, openSqlite, type SqliteStore, type SqliteThread } from './index.ts';

const program = new URL('../../test/programs/notes.ts', import.meta.url);
const note = (name: string): { name: string; body: string } => ({ name, body: 'b' });

let directory = '';
let threads = 0;
let opened: SqliteStore[] = [];
const count = (): number => (threads += 1);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'raptorflow-thread-'));
  threads = 0;
  opened = [];
  process.on('worker', count);
});

afterEach(async () => {
  process.off('worker', count);
  for (const store of opened) await store.stop();
  rmSync(directory, { recursive: true });
});

async function open(thread: SqliteThread, name: string): Promise<SqliteStore> {
  const store = openSqlite({ path: join(directory, name), program }, { thread });
  opened.push(store);
  await store.start();
  return store;
}

test('several stores share one thread, which ends with the last of them and begins anew with the next', async () => {
  const thread = createSqliteThread();
  const handles = trackHandles();
  const [a, b] = await Promise.all([open(thread, 'a.db'), open(thread, 'b.db')]);
  await Promise.all([a.call('add', note('in a')), b.call('add', note('in b'))]);
  expect(threads).toBe(1);
  await a.stop();
  await b.call('add', note('after a'));
  expect(await b.call('names')).toEqual(['in b', 'after a']);
  const again = await open(thread, 'a.db');
  expect([again.uncleanStop, await again.call('names')]).toEqual([false, ['in a']]);
  expect(threads).toBe(1);
  await Promise.all([again.stop(), b.stop()]);
  expect(handles.leaks()).toEqual([]);
  expect(await (await open(thread, 'b.db')).call('count')).toBe(2);
  expect(threads).toBe(2);
});

test('what a store opened alone has kept, it finds again on a shared thread, and the other way round', async () => {
  const alone = await open(createSqliteThread(), 'a.db');
  await alone.call('add', note('alone'));
  await alone.stop();
  const shared = createSqliteThread();
  const [a] = await Promise.all([open(shared, 'a.db'), open(shared, 'b.db')]);
  await a.call('add', note('shared'));
  await a.stop();
  expect(await (await open(createSqliteThread(), 'a.db')).call('names')).toEqual(['alone', 'shared']);
});

test('a transaction that is open in one file holds up nobody in another', async () => {
  const thread = createSqliteThread();
  const [a, b] = await Promise.all([open(thread, 'a.db'), open(thread, 'b.db')]);
  const transaction = await a.begin();
  await transaction.call('add', note('a'));
  await b.call('add', note('b'));
  await transaction.rollback();
  expect([await a.call('count'), await b.call('count')]).toEqual([0, 1]);
});

test('a file that cannot be opened leaves the others alone', async () => {
  const thread = createSqliteThread();
  const store = await open(thread, 'a.db');
  await expect(open(thread, 'none/b.db')).rejects.toMatchObject({ code: 'unavailable' });
  expect(await store.call('add', note('a'))).toBe(1);
});

test('a store that stops while the thread is busy with another waits until its deadline, and the other loses nothing', async () => {
  const thread = createSqliteThread();
  const [a, b] = await Promise.all([open(thread, 'a.db'), open(thread, 'b.db')]);
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const busy = b.call('dawdle', flags);
  await Atomics.waitAsync(flags, 0, 0).value;
  const late = a.call('add', note('late'));
  await Promise.all([
    a.stop({ deadlineMs: 20 }),
    expect(late).rejects.toMatchObject({ code: 'unavailable' }),
  ]);
  Atomics.store(flags, 1, 1);
  Atomics.notify(flags, 1);
  expect(await Promise.all([busy, b.call('add', note('b'))])).toEqual(['ok', 1]);
  await b.stop();
  // What had been sent is committed before the file is closed, although nobody waits for it any more.
  const again = await open(thread, 'a.db');
  expect([again.uncleanStop, await again.call('names')]).toEqual([false, ['late']]);
});

test('a thread that dies takes all of its stores along and says of what; who starts then gets a new one', async () => {
  const thread = createSqliteThread();
  const [a, b] = await Promise.all([open(thread, 'a.db'), open(thread, 'b.db')]);
  await b.call('add', note('kept'));
  await expect(a.call('exit')).rejects.toMatchObject({ code: 'unavailable' });
  await expect(b.call('count')).rejects.toMatchObject({ code: 'unavailable' });
  expect([a.state, b.state]).toEqual(['failed', 'failed']);
  expect(await (await open(thread, 'b.db')).call('names')).toEqual(['kept']);
});
