import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCleanupScheduler,
  createQuotas,
  defaultCleanupTasks,
  defineCleanupAction,
  sqliteAdviceStore,
  sqliteCleanupStore,
  sqliteQuotaStore,
  type Recommendation,
} from 'raptorflow/resources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { startServer, type RunningServer } from '../src/compose/server.ts';
import { storeFiles } from '../src/compose/stores.ts';
import { readConfig } from '../src/config.ts';

let root = '';
let home = '';
let server: RunningServer | undefined;
let threads = 0;
const count = (): number => (threads += 1);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-small-'));
  home = join(root, 'home');
  mkdirSync(home, { mode: 0o700 });
  threads = 0;
});
afterEach(async () => {
  process.off('worker', count);
  await server?.stop();
  server = undefined;
  rmSync(root, { recursive: true, force: true });
});

const start = (): Promise<RunningServer> =>
  startServer(readConfig({ env: { RAPTORFLOW_HOME: home, PORT: '0' }, directory: root }));

async function read<T>({ url, localToken }: RunningServer, path: string): Promise<T> {
  const answer = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${localToken}` } });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { data: T }).data;
}

it('an idle program has three threads for its files: one for rows, one for events, one for what has little to do', async () => {
  process.on('worker', count);
  server = await start();
  expect(threads).toBe(3);
  expect(readdirSync(home).filter((name) => name.endsWith('.db'))).toEqual([...storeFiles].toSorted());
});

/** Quotas and cleanup as programs have them that open each store alone. */
async function workAlone(): Promise<void> {
  const quotas = createQuotas({}, { store: sqliteQuotaStore({ path: join(home, 'quotas.db') }) });
  await quotas.start();
  await quotas.create({
    id: 'seats',
    name: 'Seats',
    scope: 'global',
    resource: 'seat',
    kind: 'hard',
    period: 'forever',
    limit: 9,
    action: 'block',
  });
  await quotas.acquire(4, { resource: 'seat' });
  await quotas.stop();
  const sweep = defineCleanupAction({
    description: 'Sweeps.',
    parameters: z.strictObject({}),
    run: () => Promise.resolve({ resourcesCleaned: 7, bytesFreed: 0, message: 'Swept.' }),
  });
  const scheduler = createCleanupScheduler(
    { tasks: defaultCleanupTasks.filter(({ action }) => action === 'cache.sweep') },
    {
      actions: { 'cache.sweep': sweep },
      store: sqliteCleanupStore({ path: join(home, 'cleanup.db') }),
      ports: {},
    },
  );
  await scheduler.start();
  await scheduler.run('cache_cleanup_6hourly');
  await scheduler.stop();
}

it('what quotas and cleanup tasks kept when each had its own thread is there on the shared one', async () => {
  await workAlone();
  server = await start();
  const { usage } = await read<{ usage: object[] }>(
    server,
    '/api/v1/metrics/quotas?scope=installation&quota_id=seats',
  );
  expect(usage).toMatchObject([{ quota_id: 'seats', current_usage: 4, limit: 9 }]);
  const results = await read<object[]>(server, '/api/v1/metrics/cleanup/history');
  expect(results).toMatchObject([{ task_id: 'cache_cleanup_6hourly', resources_cleaned: 7 }]);
});

it('a recommendation that was carried out before the start is shown as such', async () => {
  const at = Date.now();
  const recommendation: Recommendation = {
    id: 'adv_1',
    type: 'cleanup',
    title: 'Close what is forgotten',
    description: 'Handles only ever grow.',
    priority: 'high',
    effort: 'low',
    estimatedSaving: null,
    currentState: '900 handles',
    recommendedState: '100 handles',
    steps: ['Close them.'],
    basis: 'leak',
    confidence: 0.99,
    action: { kind: 'run_cleanup', resourceType: 'file_handle', workspaceId: null },
    series: {
      id: 'handles',
      resourceType: 'file_handle',
      kind: 'held',
      unit: 'handles',
      workspaceId: null,
      capacity: null,
      quotaId: null,
      taskId: null,
    },
    resourceType: 'file_handle',
    tags: [],
    createdAt: at,
    seenAt: at,
    state: 'applied',
    application: { by: 'ada', at, outcome: 'applied', result: '800 were closed.' },
  };
  const store = sqliteAdviceStore({ path: join(home, 'advice.db') });
  await store.open({ appliedMax: 50 });
  await store.keep({ key: 'handles', recommendation });
  await store.close();
  server = await start();
  const path = '/api/v1/metrics/analytics/recommendations?scope=installation';
  expect(await read<object[]>(server, path)).toMatchObject([
    { recommendation_id: 'adv_1', state: 'applied', application: { by: 'ada', result: '800 were closed.' } },
  ]);
});
