import { createBus, sqliteEngine } from 'raptorflow/bus';
import { createMetrics } from 'raptorflow/metrics';
import {
  createCleanupScheduler,
  defineCleanupAction,
  memoryCleanupStore,
  type CleanupScheduler,
} from 'raptorflow/resources';
import { expect, test } from 'vitest';
import { z } from 'zod';

test('an event of a real bus runs a task once, although two processes hear it', async () => {
  const bus = createBus({ engine: sqliteEngine({ path: ':memory:' }) });
  await bus.start();
  const store = memoryCleanupStore();
  const schedulers: CleanupScheduler[] = [];
  try {
    for (let process = 0; process < 2; process += 1) {
      const scheduler = createCleanupScheduler(
        {
          tasks: [
            {
              id: 'after_alert',
              action: 'sweep',
              trigger: { kind: 'event', channel: 'sys.alert.*', types: ['memory.high'], pauseMs: 0 },
            },
          ],
        },
        {
          store,
          meter: createMetrics(),
          actions: {
            sweep: defineCleanupAction({
              description: 'Removes nothing.',
              parameters: z.strictObject({}),
              run: async () => undefined,
            }),
          },
          ports: {
            subscribe: async ({ channel, types }, handler) => {
              const subscription = await bus.subscribe(channel, (event) => handler(event), { types });
              return () => subscription.stop();
            },
          },
        },
      );
      await scheduler.start();
      schedulers.push(scheduler);
    }
    await bus.publish('sys.alert.critical', { type: 'disk.high', payload: {} });
    await bus.publish('sys.alert.critical', { type: 'memory.high', payload: {} });
    await bus.publish('sys.alert.warning', { type: 'memory.high', payload: {} });
    const results = async (): Promise<readonly string[]> =>
      ((await schedulers[0]?.results())?.items ?? []).map(({ trigger }) => trigger);
    await expect.poll(results, { timeout: 10_000 }).toEqual(['event', 'event']);
    for (const scheduler of schedulers) await scheduler.stop();
    expect(bus.subscriptions()).toEqual([]);
  } finally {
    await bus.stop();
  }
});
