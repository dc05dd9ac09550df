import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, type RedisServer } from '@raptorflow/rig';
import { redisCleanupStore, sqliteCleanupStore, type CleanupStore } from 'raptorflow/resources';
import { cleanupStoreContract } from 'raptorflow/resources/contract-suite';
import { afterAll, beforeAll } from 'vitest';

cleanupStoreContract('on SQLite', () => {
  const directory = mkdtempSync(join(tmpdir(), 'raptorflow-cleanup-'));
  const open = (): CleanupStore => sqliteCleanupStore({ path: join(directory, 'cleanup.db') });
  return Promise.resolve({
    store: open(),
    reopen: open,
    dispose: () => Promise.resolve(rmSync(directory, { recursive: true, force: true })),
  });
});

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

cleanupStoreContract('on Redis', () => {
  const prefix = randomUUID();
  const open = (): CleanupStore => redisCleanupStore({ url: server.url, prefix });
  return Promise.resolve({ store: open(), reopen: open, beside: open, dispose: () => Promise.resolve() });
});
