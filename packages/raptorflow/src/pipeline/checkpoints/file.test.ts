import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Checkpoint, CheckpointStore } from '../checkpoint.ts';
import { checkpointStoreContract } from '../contract-suite/index.ts';
import { emptyTally } from '../counts.ts';
import { fileCheckpoints } from './file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raptorflow-checkpoints-'));
  path = join(folder, 'checkpoints');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const at = (id: string, read: number): Checkpoint => ({
  id,
  startedAt: 1,
  finishedAt: null,
  counts: { ...emptyTally(), read, ingested: read },
});

async function reopened(id: string): Promise<Checkpoint | null> {
  const store = fileCheckpoints({ path });
  const found = await store.load(id);
  await store.close();
  return found;
}

checkpointStoreContract('in a file', async () => {
  const home = mkdtempSync(join(tmpdir(), 'raptorflow-checkpoints-'));
  const make = (): CheckpointStore => fileCheckpoints({ path: join(home, 'checkpoints') });
  return {
    store: make(),
    reopen: async () => make(),
    dispose: async () => rmSync(home, { recursive: true, force: true }),
  };
});

describe('checkpoints in a file', () => {
  test('lose a line that a crash cut off, and go on behind it', async () => {
    const store = fileCheckpoints({ path });
    await store.save(at('a', 1));
    await store.close();
    appendFileSync(path, '{"checkpoint":{"id":"a","sta');
    const second = fileCheckpoints({ path });
    expect(await second.load('a')).toEqual(at('a', 1));
    await second.save(at('a', 3));
    await second.close();
    expect(await reopened('a')).toEqual(at('a', 3));
  });

  test('refuse a file whose middle is damaged', async () => {
    writeFileSync(path, 'nothing\n{"forgotten":"a"}\n');
    await expect(reopened('a')).rejects.toMatchObject({ code: 'storage_corrupt', details: { line: 1 } });
  });

  test('keep the file small, whatever is saved', async () => {
    const store = fileCheckpoints({ path, fileBytesMax: 2_000 });
    for (let read = 1; read <= 100; read += 1) await store.save(at('a', read));
    await store.save(at('b', 1));
    await store.close();
    expect(statSync(path).size).toBeLessThan(3_000);
    expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true);
    expect(await reopened('a')).toEqual(at('a', 100));
  });
});
