import { randomUUID } from 'node:crypto';
import { startRedis, type RedisServer } from '@raptorflow/rig';
import { redisQuotaStore } from 'raptorflow/resources';
import { quotaStoreContract } from 'raptorflow/resources/contract-suite';
import { afterAll, beforeAll } from 'vitest';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis({});
});
afterAll(() => server.stop());

quotaStoreContract('on Redis', () => {
  const prefix = randomUUID();
  const open = (): ReturnType<typeof redisQuotaStore> => redisQuotaStore({ url: server.url, prefix });
  return Promise.resolve({ store: open(), reopen: open, dispose: () => Promise.resolve() });
});
