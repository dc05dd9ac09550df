import { randomUUID } from 'node:crypto';
import { findFreePort, startRedis, startRedisCluster } from '@raptorflow/rig';
import { redisHistoryStore } from 'raptorflow/metrics';
import { historyStoreContract } from 'raptorflow/metrics/contract-suite';
import { openRedisLink } from 'raptorflow/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

describe('a link to Redis', () => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  beforeAll(async () => {
    server = await startRedis({});
  });
  afterAll(() => server.stop());

  test('sends and reads bytes, answers in order, and does all of a transaction or nothing', async () => {
    const link = await openRedisLink({ url: server.url });
    const bytes = Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => index));
    const key = randomUUID();
    expect(
      await link.send([
        ['set', key, bytes],
        ['get', key],
        ['strlen', key],
      ]),
    ).toEqual([Buffer.from('OK'), bytes, 256]);
    await expect(
      link.transact([
        ['set', key, 'changed'],
        ['nonsense', key],
      ]),
    ).rejects.toMatchObject({ code: 'unavailable' });
    expect(await link.send([['get', key]])).toEqual([bytes]);
    link.close();
  });

  test('says that Redis has no memory left, and what is wrong with its options', async () => {
    const link = await openRedisLink({ url: server.url });
    await link.send([['config', 'set', 'maxmemory', '1']]);
    await expect(link.send([['set', 'a', 'b']])).rejects.toMatchObject({ code: 'storage_full' });
    await link.send([['config', 'set', 'maxmemory', '0']]);
    link.close();
    await expect(openRedisLink({})).rejects.toMatchObject({ code: 'invalid_options' });
    await expect(openRedisLink({ url: 'http://localhost' })).rejects.toMatchObject({
      code: 'invalid_options',
    });
  });

  test('says in words for operators that Redis went away, and works again when it is back', async () => {
    const own = await startRedis({});
    const link = await openRedisLink({ url: own.url });
    const { port, directory } = own;
    await own.kill();
    const away = { code: 'unavailable', message: expect.stringContaining('Redis does not answer') as string };
    await expect(link.send([['ping']])).rejects.toMatchObject(away);
    await expect(link.transact([['ping']])).rejects.toMatchObject(away);
    const again = await startRedis({ port, directory });
    await expect
      .poll(() => link.send([['ping']]).catch(() => 'away'), { timeout: 10_000 })
      .toEqual([Buffer.from('PONG')]);
    link.close();
    await again.stop();
  });

  test('is refused with unavailable when nobody listens', async () => {
    const url = `redis://127.0.0.1:${await findFreePort()}`;
    await expect(openRedisLink({ url })).rejects.toMatchObject({ code: 'unavailable' });
    const store = redisHistoryStore({ url });
    await expect(store.usage()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a link to a cluster', () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  historyStoreContract(
    'redis on a cluster',
    async () => {
      const prefix = randomUUID();
      const make = (): ReturnType<typeof redisHistoryStore> =>
        redisHistoryStore({ cluster: cluster.urls, prefix });
      return { store: make(), reopen: make, second: make, dispose: async () => undefined };
    },
    { reopen: true, second: true },
  );
});
