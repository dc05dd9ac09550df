import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proofSize } from '@raptorflow/rig';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { lockDirectory, openSqlite } from 'raptorflow/storage';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runChild } from './child.ts';

const kills = proofSize('STORE_KILLS', 5);

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-crash-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** What a file holds; whether it was closed properly. */
async function read(path: string): Promise<{ stored: Set<string>; uncleanStop: boolean }> {
  const store = openSqlite({ path, program: new URL('./programs/notes.ts', import.meta.url) });
  await store.start();
  const stored = new Set((await store.call<string[]>('names')).map((name) => `${path} ${name}`));
  await store.stop();
  return { stored, uncleanStop: store.uncleanStop };
}

test.each([1, 2])(
  `stores on one thread keep everything that they acknowledged over ${kills} kills at random moments (%i of them)`,
  async (files) => {
    const random = seededRandom(20);
    const paths = Array.from({ length: files }, (_, file) => join(root, `notes${file}.sqlite`));
    const acknowledged = new Set<string>();
    let uncleanStops = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const child = runChild('writer.ts', [`round${kill}`, ...paths]);
      await child.spoken;
      await systemClock.sleep(random.next() * 150);
      await child.kill();
      // The last line may be cut by the kill: only whole lines were printed as acknowledged.
      for (const line of child.output().split('\n').slice(0, -1)) acknowledged.add(line);
      const found = await Promise.all(paths.map(read));
      uncleanStops += found.filter(({ uncleanStop }) => uncleanStop).length;
      const missing = [...acknowledged].filter((line) => !found.some(({ stored }) => stored.has(line)));
      expect(missing).toEqual([]);
    }
    for (const path of paths) {
      const own = [...acknowledged].filter((line) => line.startsWith(path));
      expect(own.length).toBeGreaterThan((kills * 50) / files);
    }
    // What was acknowledged first says nothing of the other file.
    expect(uncleanStops).toBeGreaterThanOrEqual(kills);
  },
  60_000 + kills * 10_000,
);

test('a directory lock keeps other processes out and ends with kill -9', async () => {
  const home = join(root, 'home');
  const child = runChild('holder.ts', [home]);
  await child.spoken;
  await expect(lockDirectory(home, { owner: 'second' })).rejects.toMatchObject({
    code: 'directory_locked',
    details: { pid: child.process.pid, owner: 'holder' },
  });
  await child.kill();
  const lock = await lockDirectory(home, { owner: 'second' });
  await lock.release();
});

test('a full disk fails the calls that find no room, loses nothing, and leaves the store readable', async () => {
  const path = join(root, 'notes.sqlite');
  const child = runChild('filler.ts', [path], { fileKibMax: 1_024 });
  await child.ended;
  const report: unknown = JSON.parse(child.output());
  expect(report).toMatchObject({ codes: ['storage_full'], missing: [], readable: true });
  const store = openSqlite({ path, program: new URL('./programs/notes.ts', import.meta.url) });
  await store.start();
  expect(await store.check('full')).toEqual([]);
  await store.stop();
});
