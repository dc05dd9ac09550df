import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { analyticsWorld, type AnalyticsWorld } from '../testing/world.ts';
import type { Recommendation } from './recommendation.ts';
import { sqliteAdviceStore } from './stores/sqlite.ts';

let directory = '';
let worlds: AnalyticsWorld[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'raptorflow-advice-'));
  worlds = [];
});
afterEach(async () => {
  for (const { analytics } of worlds) await analytics.stop();
  rmSync(directory, { recursive: true });
});

const open = () => sqliteAdviceStore({ path: join(directory, 'advice.db') });

/** An analysis of something that leaks, so many minutes after the first one. */
async function started(minutes = 0): Promise<AnalyticsWorld> {
  const series = { id: 'leaking', workspaceId: 'w1' };
  const at = (hour: number): number => 100 + 2 * hour;
  const world = analyticsWorld([{ series, at }], {}, true, open());
  worlds.push(world);
  await world.clock.advance(minutes * 60_000);
  await world.analytics.start();
  await world.analytics.analyze();
  return world;
}

test('what was carried out stays so over a restart: it is shown, not offered and not applied again', async () => {
  const before = await started();
  const id = before.analytics.recommendations()[0]?.id ?? '';
  const application = await before.analytics.applyRecommendation(id, { by: 'ada' });
  await before.analytics.stop();
  const after = await started(30);
  expect(after.analytics.recommendations()).toMatchObject([
    { id, state: 'applied', application, series: { id: 'leaking', workspaceId: 'w1' } },
  ]);
  await expect(after.analytics.applyRecommendation(id, { by: 'bob' })).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(after.analytics.recommendations({ workspaceId: 'w2' })).toEqual([]);
  await after.clock.advance(60 * 60_000);
  await after.analytics.analyze();
  expect(after.analytics.recommendations().map(({ state }) => state)).toEqual(['open', 'applied']);
  await after.analytics.stop();
  const late = await started(8 * 24 * 60);
  expect(late.analytics.recommendations().map(({ state }) => state)).toEqual(['open']);
});

test('what failed or was only offered is not kept', async () => {
  const before = await started();
  before.faults.executor = new TypeError('broken');
  const id = before.analytics.recommendations()[0]?.id ?? '';
  await expect(before.analytics.applyRecommendation(id, { by: 'ada' })).rejects.toThrow('broken');
  await before.analytics.stop();
  const store = open();
  await store.open({ appliedMax: 10 });
  expect(await store.load()).toEqual([]);
  await store.close();
});

test('a change that is made counts as made, though the store cannot keep it', async () => {
  const store = open();
  const world = analyticsWorld([{ at: (hour) => 100 + 2 * hour }], {}, true, store);
  worlds.push(world);
  await world.analytics.start();
  await world.analytics.analyze();
  await store.close();
  const id = world.analytics.recommendations()[0]?.id ?? '';
  await expect(world.analytics.applyRecommendation(id, { by: 'ada' })).resolves.toMatchObject({
    outcome: 'applied',
  });
  expect(world.done).toHaveLength(1);
});

test('the store keeps the newest, so many as it is told', async () => {
  const world = await started();
  const id = world.analytics.recommendations()[0]?.id ?? '';
  await world.analytics.applyRecommendation(id, { by: 'ada' });
  const [applied] = world.analytics.recommendations() as [Recommendation];
  await world.analytics.stop();
  const store = open();
  await store.open({ appliedMax: 2 });
  for (const key of ['b', 'c', 'b']) {
    await store.keep({ key, recommendation: { ...applied, id: key } });
  }
  expect((await store.load()).map(({ key }) => key)).toEqual(['b', 'c']);
  await store.close();
  await expect(store.load()).rejects.toMatchObject({ code: 'unavailable' });
});
