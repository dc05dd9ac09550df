import { startRedis, type RedisServer } from '@raptorflow/rig';
import { Redis } from 'ioredis';
import { createBus, redisEngine } from 'raptorflow/bus';
import { silentLogger } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { redisHistoryStore } from 'raptorflow/metrics';
import {
  createQuotas,
  createResources,
  redisCleanupStore,
  redisQuotaStore,
  trackConnections,
  type Resources,
} from 'raptorflow/resources';
import { openRedisLink } from 'raptorflow/storage';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

let server: RedisServer;
let admin: Redis;
/** Nobody else's: what another test still looks for on a port that it gave back comes to 0. */
const database = 7;
const url = (): string => `${server.url}/${database}`;
let clock: ReturnType<typeof createFakeClock>;
let resources: Resources;
beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server.url);
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});
beforeEach(() => {
  clock = createFakeClock();
  resources = createResources({ leaks: { everyMs: 0 }, cleanup: { everyMs: 0 } }, { clock });
});
afterEach(() => resources.stop());

const opened = (): string[] =>
  resources
    .list({ type: 'database_connection' })
    .map(({ owner, callSite }) => `${owner} at ${callSite}`)
    .toSorted();

/** Connections that the server has in our database. */
async function connected(): Promise<number> {
  const list = String(await admin.call('client', 'list'));
  return list.split('\n').filter((line) => line.includes(` db=${database} `)).length;
}

test('the connections of a bus are there with their owner, as many as the server has, until it stops', async () => {
  const connections = trackConnections(resources, { owner: 'bus' });
  const bus = createBus({
    engine: redisEngine({
      url: url(),
      prefix: 'seen',
      onConnection: connections.onConnection,
    }),
  });
  await bus.start();
  expect(opened()).toEqual(['bus at bus.beats', 'bus at bus.commands', 'bus at bus.subscription']);
  await vi.waitFor(async () => expect(await connected()).toBe(3), 5_000);
  // However long nothing goes over them, they are neither leaks nor left over.
  for (let day = 0; day < 3; day += 1) {
    await clock.advance(86_400_000);
    expect(resources.leaks.scan().found).toEqual([]);
    expect(await resources.cleanup()).toMatchObject({ cleaned: 0, active: 3 });
  }
  await bus.stop();
  connections.ended();
  expect(opened()).toEqual([]);
  await clock.advance(2_000);
  expect(resources.leaks.scan().found).toEqual([]);
});

test('a bus that polls has no subscription', async () => {
  const { onConnection } = trackConnections(resources, { owner: 'bus' });
  const bus = createBus({
    engine: redisEngine({ url: url(), prefix: 'polls', idle: 'polling', onConnection }),
  });
  await bus.start();
  expect(opened()).toEqual(['bus at bus.beats', 'bus at bus.commands']);
  await bus.stop();
  expect(opened()).toEqual([]);
});

test('so are those of the stores, each with its owner', async () => {
  const on = (owner: string) => ({
    url: url(),
    prefix: owner,
    onConnection: trackConnections(resources, { owner }).onConnection,
  });
  const quotas = createQuotas({}, { store: redisQuotaStore(on('quotas')) });
  const cleanup = redisCleanupStore(on('cleanup'));
  const history = redisHistoryStore(on('metrics'));
  await quotas.start();
  await cleanup.open({ resultsMax: 10 });
  await history.open({ clock, log: silentLogger });
  expect(opened()).toEqual([
    'cleanup at cleanup.commands',
    'metrics at metrics.commands',
    'quotas at quotas.commands',
  ]);
  await Promise.all([quotas.stop(), cleanup.close(), history.close()]);
  expect(opened()).toEqual([]);
});

test('one that is closed while the server is away is gone, too', async () => {
  const own = await startRedis();
  const { onConnection } = trackConnections(resources, { owner: 'reader' });
  const link = await openRedisLink({ url: own.url, onConnection });
  await own.stop();
  await expect(link.send([['ping']])).rejects.toMatchObject({ code: 'unavailable' });
  expect(opened()).toEqual(['reader at reader.commands']);
  link.close();
  expect(opened()).toEqual([]);
});

test('a connection that a part has left open when it stopped is a leak with its owner and place, and a cleanup closes it', async () => {
  const connections = trackConnections(resources, { owner: 'reader', site: 'the second reader' });
  await vi.waitFor(async () => expect(await connected()).toBe(0), 5_000);
  const link = await openRedisLink({
    url: url(),
    onConnection: connections.onConnection,
  });
  await clock.advance(86_400_000);
  expect(resources.leaks.scan().found).toEqual([]);
  connections.ended();
  await clock.advance(1_000);
  expect(resources.leaks.scan().found).toMatchObject([
    { reason: 'ownership', resource: { owner: 'reader' }, callSite: 'the second reader' },
  ]);
  expect(await connected()).toBe(1);
  expect(await resources.cleanup({ owner: 'reader' })).toMatchObject({ cleaned: 1, failed: 0 });
  await vi.waitFor(async () => expect(await connected()).toBe(0), 5_000);
  await expect(link.send([['ping']])).rejects.toMatchObject({ code: 'unavailable' });
  link.close();
});

test('a part goes on where there is no room to count its connections', async () => {
  const small = createResources({ resourcesMax: 1 }, { clock });
  small.register({ type: 'cache' });
  const { onConnection } = trackConnections(small, { owner: 'reader' });
  const link = await openRedisLink({ url: url(), onConnection });
  expect(String((await link.send([['ping']]))[0])).toBe('PONG');
  link.close();
  await small.stop();
});

test('what is no function cannot hear of connections', async () => {
  const onConnection = 'bus' as unknown as Parameters<typeof openRedisLink>[0]['onConnection'] & object;
  const invalid = expect.objectContaining({ code: 'invalid_options' });
  expect(() => redisEngine({ url: url(), onConnection })).toThrow(invalid);
  expect(() => redisCleanupStore({ url: url(), onConnection })).toThrow(invalid);
  await expect(openRedisLink({ url: url(), onConnection })).rejects.toEqual(invalid);
});
