import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFakeClock, trackHandles } from '../kernel/testing/index.ts';
import { systemClock } from '../kernel/index.ts';
import { openSqlite, type SqliteDependencies, type SqliteStore } from './index.ts';
import type { SqliteLimits } from './sqlite-options.ts';

const program = new URL('../../test/programs/notes.ts', import.meta.url);
const note = (name: string): { name: string; body: string } => ({ name, body: 'b' });

let directory = '';
let opened: SqliteStore[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'raptorflow-store-'));
  opened = [];
});

afterEach(async () => {
  for (const store of opened) await store.stop();
  rmSync(directory, { recursive: true });
});

async function open(
  path = ':memory:',
  limits: SqliteLimits = {},
  dependencies: SqliteDependencies = {},
  programOptions: unknown = {},
): Promise<SqliteStore> {
  const store = openSqlite({ path, program, limits, programOptions }, dependencies);
  opened.push(store);
  await store.start();
  return store;
}

describe('calls of a store', () => {
  test('answer in order, and reads see the writes before them', async () => {
    const store = await open();
    const answers = await Promise.all([
      store.call('add', note('a')),
      store.call('names'),
      store.call('add', note('b')),
      store.call('names'),
    ]);
    expect(answers).toEqual([1, ['a'], 2, ['a', 'b']]);
  });

  test('that go at once take what waits before them along, in order', async () => {
    const store = await open();
    const answers = await Promise.all([
      store.call('add', note('a')),
      store.call('names', undefined, { atOnce: true }),
      store.call('add', note('b')),
      store.call('names', undefined, { atOnce: true }),
    ]);
    expect(answers).toEqual([1, ['a'], 2, ['a', 'b']]);
  });

  test('reject with the error that the operation threw, and nothing of it is stored', async () => {
    const store = await open();
    const calls = [
      store.call('add', note('a')),
      store.call('addAndThrow', note('b')),
      store.call('add', note('c')),
    ];
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(calls[1]).rejects.toMatchObject({
      code: 'not_found',
      kind: 'not-found',
      message: 'Nothing like that here.',
      details: { name: 'b' },
      retryAfterMs: 7,
    });
    expect(await store.call('names')).toEqual(['a', 'c']);
  });

  test('say where a bug of the program is', async () => {
    const store = await open();
    await expect(store.call('addBadly', note('a'))).rejects.toMatchObject({
      code: 'internal',
      message: 'a bug in the program',
      cause: expect.stringContaining('notes.ts'),
    });
  });

  test('name the constraint that they break', async () => {
    const store = await open();
    await store.call('add', note('a'));
    await expect(store.call('add', note('a'))).rejects.toMatchObject({
      code: 'constraint_violated',
      details: { constraint: 'unique', columns: ['notes.name'], table: 'notes' },
    });
    await expect(store.call('addNothing')).rejects.toMatchObject({ details: { constraint: 'not_null' } });
  });

  test('refuse an unknown operation and arguments that cannot be cloned, without harm to others', async () => {
    const store = await open();
    await expect(store.call('remove')).rejects.toMatchObject({
      code: 'invalid_input',
      details: { operation: 'remove' },
    });
    const good = store.call('add', note('good'));
    await expect(store.call('add', { name: () => 'bad' })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(good).resolves.toBe(1);
    await expect(store.call('unsendable', note('sent'))).rejects.toMatchObject({ code: 'internal' });
    expect(await store.call('names')).toEqual(['good', 'sent']);
  });

  test('hand buffers over instead of copying them', async () => {
    const store = await open();
    const bytes = new Uint8Array(1_000);
    expect(await store.call('sizeOf', { bytes }, { transfer: [bytes.buffer] })).toBe(1_000);
    expect(bytes.byteLength).toBe(0);
  });

  test('are refused beyond queueCallsMax', async () => {
    const store = await open(':memory:', { queueCallsMax: 2 });
    const calls = ['a', 'b', 'c'].map((name) => store.call('add', note(name)));
    await expect(calls[2]).rejects.toMatchObject({ code: 'exhausted', details: { queueCallsMax: 2 } });
    await expect(Promise.all(calls.slice(0, 2))).resolves.toEqual([1, 2]);
  });

  test('deliver notifications after the commit, and none of a call that failed', async () => {
    const store = await open();
    const heard: unknown[] = [];
    const forget = store.onNotification((message) => heard.push(message));
    const kept = store.call('addAndTell', note('a'));
    await expect(store.call('addAndThrow', note('b'))).rejects.toMatchObject({ code: 'not_found' });
    await kept;
    expect(heard).toEqual([{ added: 'a' }]);
    forget();
    await store.call('addAndTell', note('c'));
    expect(heard).toHaveLength(1);
  });
});

describe('a transaction of a store', () => {
  test('is alone: calls and other transactions wait for its end', async () => {
    const store = await open();
    const first = await store.begin();
    const outside = store.call('add', note('outside'));
    const second = store.begin();
    await first.call('add', note('1'));
    await first.call('add', note('2'));
    expect(await first.call('names')).toEqual(['1', '2']);
    await first.commit();
    await outside;
    const later = await second;
    expect(await later.call('names')).toEqual(['1', '2', 'outside']);
    await later.rollback();
  });

  test('undoes everything on rollback, and cannot be used after its end', async () => {
    const store = await open();
    const transaction = await store.begin();
    await transaction.call('addAndTell', note('a'));
    await transaction.rollback();
    await transaction.rollback();
    expect(await store.call('count')).toBe(0);
    await expect(transaction.call('count')).rejects.toMatchObject({ code: 'conflict' });
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'conflict' });
  });

  test('ends by itself after transactionMsMax, so that nobody waits for ever', async () => {
    const clock = createFakeClock();
    const store = await open(':memory:', { transactionMsMax: 100 }, { clock });
    const forgotten = await store.begin();
    await forgotten.call('add', note('a'));
    const waiting = store.call('add', note('b'));
    await clock.advance(100);
    await waiting;
    await expect(forgotten.commit()).rejects.toMatchObject({ code: 'timeout' });
    expect(await store.call('names')).toEqual(['b']);
  });
});

describe('a store', () => {
  test('stops before it was started, and twice, and refuses calls when not running', async () => {
    const store = openSqlite({ path: ':memory:', program });
    await expect(store.call('count')).rejects.toMatchObject({ code: 'unavailable' });
    await store.stop();
    await store.stop();
    expect(store.state).toBe('stopped');
    await expect(store.start()).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('drains at stop, rolls back a forgotten transaction and leaves no handle behind', async () => {
    const path = join(directory, 'a.sqlite');
    const handles = trackHandles();
    const store = await open(path);
    const calls = Promise.all(
      Array.from({ length: 100 }, (_, index) => store.call('add', note(`n${index}`))),
    );
    await Promise.all([calls, store.stop()]);
    expect(store.state).toBe('stopped');
    expect(handles.leaks()).toEqual([]);
    const again = await open(path);
    expect(again.uncleanStop).toBe(false);
    expect(await again.call('count')).toBe(100);
    const forgotten = await again.begin();
    await forgotten.call('add', note('forgotten'));
    await again.stop({ deadlineMs: 50 });
    expect(await (await open(path)).call('count')).toBe(100);
  });

  test('is failed, and tells everybody, when its worker dies', async () => {
    const store = await open();
    const transaction = store.begin();
    const calls = [store.call('exit'), store.call('add', note('a'))];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'unavailable' });
    await expect((await transaction).commit()).rejects.toMatchObject({ code: 'unavailable' });
    expect(store.state).toBe('failed');
    await expect(store.call('count')).rejects.toMatchObject({ code: 'unavailable' });
    await store.stop();
  });

  test('does not start on a file that is no database, nor without its program', async () => {
    const path = join(directory, 'text.sqlite');
    writeFileSync(
      path,
      'this is a text and not a database, although it is long enough to have a header of 100 bytes'.repeat(3),
    );
    await expect(openSqlite({ path, program }).start()).rejects.toMatchObject({ code: 'storage_corrupt' });
    const missing = openSqlite({ path: join(directory, 'none', 'a.sqlite'), program });
    await expect(missing.start()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(
      openSqlite({ path: ':memory:', program: new URL('./absent.ts', import.meta.url) }).start(),
    ).rejects.toMatchObject({ code: 'internal' });
  });

  test('refuses unknown options', () => {
    const options = { path: ':memory:', program, colour: 'red' };
    expect(() => openSqlite(options)).toThrow('colour');
  });

  test('copies itself while it is written', async () => {
    const store = await open(join(directory, 'a.sqlite'));
    await store.call('add', note('before'));
    const target = join(directory, 'copy.sqlite');
    const writes: Promise<unknown>[] = [];
    const backup = store.backup(target);
    for (let index = 0; index < 200; index += 1) writes.push(store.call('add', note(`during${index}`)));
    await Promise.all([backup, ...writes]);
    const copy = new DatabaseSync(target);
    expect(copy.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    expect(copy.prepare("SELECT count(*) AS n FROM notes WHERE name = 'before'").get()).toEqual({ n: 1 });
    copy.close();
    await expect(store.backup(target)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('copies a database in memory, knows its size and finds no fault in itself', async () => {
    const store = await open();
    await store.call('add', note('a'));
    await store.backup(join(directory, 'copy.sqlite'));
    expect(await (await open(join(directory, 'copy.sqlite'))).call('names')).toEqual(['a']);
    expect(await store.sizeBytes()).toBeGreaterThanOrEqual(4_096);
    expect(await store.check('quick')).toEqual([]);
    expect(await store.check('full')).toEqual([]);
  });

  test('keeps house when it is quiet, until the program has no more to do', async () => {
    const store = await open(':memory:', {}, {}, { choresMax: 3 });
    await store.call('add', note('a'));
    const deadline = systemClock.monotonic() + 5_000;
    let done = 0;
    while (done < 3 && systemClock.monotonic() < deadline) done = await store.call<number>('choresDone');
    expect(done).toBe(3);
  });
});
