import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SqliteTables } from './index.ts';

const program = new URL('../../test/programs/notes.ts', import.meta.url);
const options = { maker: 'noteStore', content: 'notes', program };
const note = { name: 'a', body: 'b' };

test('tables are reached while they are open, by one owner at a time', async () => {
  const tables = new SqliteTables(options, { path: ':memory:' });
  const closed = { code: 'unavailable', message: 'The store of notes is not open.' };
  await tables.close();
  await expect(tables.call('count')).rejects.toMatchObject(closed);
  await tables.open();
  await expect(tables.open()).rejects.toMatchObject({ code: 'conflict' });
  expect(await tables.call('add', note)).toBe(1);
  await tables.close();
  await tables.close();
  await expect(tables.call('count')).rejects.toMatchObject(closed);
});

test('tables that could not be opened can be opened later, and are what they were', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'raptorflow-tables-'));
  try {
    const path = join(directory, 'notes.db');
    const first = new SqliteTables(options, { path });
    const second = new SqliteTables(
      { ...options, program: new URL('./absent.ts', import.meta.url) },
      { path },
    );
    await expect(second.open()).rejects.toMatchObject({ code: 'internal' });
    await expect(second.open()).rejects.toMatchObject({ code: 'internal' });
    await first.open();
    await first.call('add', note);
    await first.close();
    await first.open();
    expect(await first.call('names')).toEqual(['a']);
    await first.close();
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a place that is none is refused in the name of the function that was given it', () => {
  const place = { path: '', colour: 'red' };
  expect(() => new SqliteTables(options, place)).toThrow(
    expect.objectContaining({ code: 'invalid_options', message: expect.stringContaining('noteStore') }),
  );
});
