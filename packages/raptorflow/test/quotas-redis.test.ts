import { randomUUID } from 'node:crypto';
import { startRedis, type RedisServer } from '@raptorflow/rig';
import { createQuotas, redisQuotaStore, type Quotas } from 'raptorflow/resources';
import { quotaStoreContract } from 'raptorflow/resources/contract-suite';
import { openRedisLink } from 'raptorflow/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';

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

test('definitions from when ids were unique among all workspaces are read, with what is used, and stand in the new place', async () => {
  const prefix = randomUUID();
  const open = async (): Promise<Quotas> => {
    const quotas = createQuotas({}, { store: redisQuotaStore({ url: server.url, prefix }) });
    await quotas.start();
    return quotas;
  };
  const before = await open();
  await before.create({
    id: 'seats',
    name: 'Seats',
    scope: 'workspace',
    workspaceId: 'w1',
    resource: 'seat',
    kind: 'hard',
    period: 'forever',
    limit: 9,
    action: 'block',
  });
  await before.acquire(4, { resource: 'seat', workspaceId: 'w1' });
  await before.stop();
  const link = await openRedisLink({ url: server.url });
  const place = `{${prefix}}:definitions`;
  const [text] = (await link.send([['hget', place, 'seats@w1']])) as [Buffer];
  await link.transact([
    ['hdel', place, 'seats@w1'],
    ['hset', place, 'seats', text],
  ]);
  const quotas = await open();
  expect(await quotas.usage({ workspaceId: 'w1' })).toMatchObject([{ quotaId: 'seats', used: 4, limit: 9 }]);
  await quotas.update({ id: 'seats', workspaceId: 'w1' }, { limit: 5 });
  expect(String(await link.send([['hkeys', place]]))).toBe('seats@w1');
  await quotas.stop();
  const after = await open();
  expect(after.list()).toMatchObject([{ id: 'seats', limit: 5 }]);
  await after.stop();
  link.close();
});

test('a quota that is made again under the id of a deleted one begins with no usage', async () => {
  const quotas = createQuotas({}, { store: redisQuotaStore({ url: server.url, prefix: randomUUID() }) });
  await quotas.start();
  const draft = {
    id: 'calls',
    name: 'Calls',
    scope: 'workspace',
    resource: 'call',
    kind: 'hard',
    period: 'forever',
    limit: 5,
    action: 'block',
  } as const;
  const subject = { resource: 'call', workspaceId: 'w1' };
  await quotas.create(draft);
  await quotas.acquire(5, subject);
  await quotas.delete('calls');
  await quotas.create(draft);
  expect(await quotas.usage({ workspaceId: 'w1' })).toMatchObject([{ quotaId: 'calls', used: 0 }]);
  await quotas.acquire(5, subject);
  await expect(quotas.acquire(1, subject)).rejects.toMatchObject({ code: 'exhausted' });
  await quotas.stop();
});
