import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proofSize } from '@raptorflow/rig';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { lockDirectory, openSqlite } from 'raptorflow/storage';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runChild } from './child.ts';

const kills = proofSize('STORE_KILLS', 8);

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-crash-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test(
  `a store keeps everything that it acknowledged over ${kills} kills at random moments`,
  async () => {
    const random = seededRandom(20);
    const path = join(root, 'notes.sqlite');
    const acknowledged = new Set<string>();
    let uncleanStops = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const child = runChild('writer.ts', [path, `round${kill}`]);
      await child.spoken;
      await systemClock.sleep(random.next() * 150);
      await child.kill();
      // The last line may be cut by the kill: only whole lines were printed as acknowledged.
      for (const name of child.output().split('\n').slice(0, -1)) acknowledged.add(name);
      const store = openSqlite({ path, program: new URL('./programs/notes.ts', import.meta.url) });
      await store.start();
      if (store.uncleanStop) uncleanStops += 1;
      const stored = new Set(await store.call<string[]>('names'));
      expect([...acknowledged].filter((name) => !stored.has(name))).toEqual([]);
      await store.stop();
    }
    expect(acknowledged.size).toBeGreaterThan(kills * 50);
    expect(uncleanStops).toBe(kills);
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
