import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeClock } from '../kernel/testing/index.ts';
import { lockDirectory } from './index.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-lock-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('creates the directory for its owner alone', async () => {
  const lock = await lockDirectory(join(root, 'deep', 'home'), { owner: 'test' });
  expect(statSync(lock.path).mode & 0o777).toBe(0o700);
  await lock.release();
});

test('refuses a second lock in the same process, naming the holder and what to do', async () => {
  const clock = createFakeClock();
  const lock = await lockDirectory(root, { owner: 'raptorflow up' }, { clock });
  await expect(lockDirectory(root, { owner: 'other' })).rejects.toMatchObject({
    code: 'directory_locked',
    kind: 'conflict',
    message: expect.stringContaining(
      `"raptorflow up" (process ${process.pid}, since 2026-01-01T00:00:00.000Z)`,
    ),
    details: { pid: process.pid, owner: 'raptorflow up', since: '2026-01-01T00:00:00.000Z' },
  });
  await lock.release();
  await lock.release();
  const again = await lockDirectory(root, { owner: 'other' });
  await again.release();
  expect(readdirSync(root)).toEqual(['owner.lock']);
});

test('says why when the directory cannot be used', async () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  await expect(lockDirectory(file, { owner: 'test' })).rejects.toMatchObject({ code: 'unavailable' });
});
