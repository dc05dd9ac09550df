import { startRedis, startRedisCluster } from '@raptorflow/rig';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openSharedRateCounter, type SharedRateCounter } from '../src/compose/shared-rate-counter.ts';
import { readConfig } from '../src/config.ts';

const SECRET_KEY = 'k3JxQ8vZp1LmT7wYb2RnF6sDc9GhA4eU';

it('counts exactly for several processes at once, and takes nothing where one bucket is empty', async () => {
  const server = await startRedis();
  const { redis } = readConfig({
    env: { REDIS_URL: server.url, SECRET_KEY },
    directory: '/nowhere',
  });
  if (!redis) expect.unreachable();
  const counters = await Promise.all([1, 2, 3].map(() => openSharedRateCounter(redis)));
  try {
    for (const counter of counters) {
      await vi.waitFor(() => counter.take([{ key: 'ready', limit: 1_000 }]));
    }
    const bucket = { key: 'user:ann', limit: 50 };
    const workspace = { key: 'workspace:a', limit: 1_000 };
    const counts = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        (counters[index % 3] ?? expect.unreachable()).take([bucket, workspace]),
      ),
    );
    // One for each 1.2 s that the trial itself takes may come back.
    const passed = counts.filter(([count]) => count?.waitMs === 0).length;
    expect(passed).toBeGreaterThanOrEqual(50);
    expect(passed).toBeLessThanOrEqual(51);
    const [left] = (await counters[0]?.take([workspace])) ?? [];
    expect(Math.round(((left?.fullInMs ?? 0) * workspace.limit) / 60_000)).toBeLessThanOrEqual(passed + 1);
  } finally {
    for (const counter of counters) counter.close();
    await server.stop();
  }
});

it('on a cluster: counts keys that lie on several nodes, for several processes, and takes nothing where one bucket is empty', async () => {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.stop());
  const { redis } = readConfig({
    env: { REDIS_CLUSTER: cluster.urls.join(','), SECRET_KEY },
    directory: '/nowhere',
  });
  if (!redis) expect.unreachable();
  const counters: SharedRateCounter[] = await Promise.all([1, 2].map(() => openSharedRateCounter(redis)));
  onTestFinished(() => {
    for (const counter of counters) counter.close();
  });
  for (const counter of counters)
    await vi.waitFor(() => counter.take([{ key: 'ready', limit: 1_000 }]), 10_000);
  const take = (index: number, buckets: Parameters<SharedRateCounter['take']>[0]) =>
    (counters[index % 2] ?? expect.unreachable()).take(buckets);

  // Twenty users, so that some lie on every node; each has its limit, whichever process it asks.
  const users = Array.from({ length: 20 }, (_, index) => ({ key: `user:${index}`, limit: 10 }));
  const passed = await Promise.all(
    users.map(async (user) => {
      const counts = await Promise.all(Array.from({ length: 30 }, (_, index) => take(index, [user])));
      return counts.filter(([count]) => count?.waitMs === 0).length;
    }),
  );
  expect(passed).toEqual(users.map(() => 10));

  const [ann, workspace] = [
    { key: 'user:ann', limit: 1_000 },
    { key: 'workspace:a', limit: 5 },
  ];
  for (let index = 0; index < 50; index += 1) {
    const [, count] = await take(index, [ann, workspace]);
    expect([index, count?.waitMs === 0]).toEqual([index, index < 5]);
  }
  const [left] = await take(0, [ann]);
  // Each of the limit stands for 60 ms; fifty would be 3,000.
  expect(left?.fullInMs).toBeLessThanOrEqual(6 * 60);
});
