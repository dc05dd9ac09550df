import { startRedis } from '@raptorflow/rig';
import { expect, it, vi } from 'vitest';
import { openSharedRateCounter } from '../src/compose/shared-rate-counter.ts';
import { readConfig } from '../src/config.ts';

it('counts exactly for several processes at once, and takes nothing where one bucket is empty', async () => {
  const server = await startRedis();
  const { redis } = readConfig({
    env: { REDIS_URL: server.url, SECRET_KEY: 'k3JxQ8vZp1LmT7wYb2RnF6sDc9GhA4eU' },
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
