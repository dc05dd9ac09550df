import { expect, it } from 'vitest';
import type { QuotaDefinition } from './definition.ts';
import type { Quotas } from './quotas.ts';
import { memoryQuotaStore } from './stores/memory.ts';
import { draftOf, quotaWorld } from './testing/world.ts';

const seats = draftOf('seats', { period: 'forever', workspaceId: 'w1' });
const own = { id: 'seats', workspaceId: 'w1' };
const asked = { resource: 'places', workspaceId: 'w1' };

/** What a call comes to, without what differs from call to call. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  try {
    const value = await call;
    return value === undefined ? 'done' : value;
  } catch (error) {
    const { code, message, details } = error as { code: string; message: string; details: unknown };
    return { code, message, details };
  }
}

/** Everything that the first workspace can do with an id, before and after it has it. */
async function lifeOf(quotas: Quotas): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  for (const call of [
    () => quotas.update(own, { limit: 3 }),
    () => quotas.delete(own),
    () => quotas.reset(own, 'ada'),
    () => quotas.acquire(20, asked).then(({ quotaIds }) => quotaIds),
    () => quotas.create(seats),
    () => quotas.create(seats),
    () => quotas.acquire(9, asked).then(({ quotaIds }) => quotaIds),
    () => quotas.acquire(2, asked),
    () => quotas.usage({ workspaceId: 'w1' }),
    () => quotas.update(own, { limit: 3 }),
    () => Promise.resolve(quotas.list({ workspaceId: 'w1' })),
    () => quotas.reset(own, 'ada'),
    () => quotas.usage({ workspaceId: 'w1' }),
    () => quotas.violations.list({ workspaceId: 'w1' }).then((found) => found.map(({ quotaId }) => quotaId)),
    () => quotas.delete(own),
    () => quotas.create({ ...seats, limit: 5 }),
    () => quotas.usage({ workspaceId: 'w1' }),
  ]) {
    outcomes.push(await outcome(call()));
  }
  return outcomes;
}

it('a workspace gets the same answers whether another one has the id or not', async () => {
  const [alone, beside] = [await quotaWorld([]), await quotaWorld([])];
  await beside.quotas.create({ ...seats, workspaceId: 'w2', limit: 1 });
  await beside.quotas.acquire(1, { resource: 'places', workspaceId: 'w2' });
  const outcomes = await lifeOf(alone.quotas);
  expect(await lifeOf(beside.quotas)).toEqual(outcomes);
  expect(outcomes.slice(0, 6)).toMatchObject([
    { code: 'not_found' },
    { code: 'not_found' },
    { code: 'not_found' },
    [],
    { id: 'seats', workspaceId: 'w1' },
    { code: 'conflict' },
  ]);
});

it('what one workspace does to its quota changes nothing for another with the same id', async () => {
  const { quotas } = await quotaWorld([]);
  const theirs = await quotas.create({ ...seats, workspaceId: 'w2', limit: 4 });
  await quotas.acquire(3, { resource: 'places', workspaceId: 'w2' });
  await lifeOf(quotas);
  expect(quotas.list().filter(({ workspaceId }) => workspaceId === 'w2')).toEqual([theirs]);
  expect(await quotas.usage({ workspaceId: 'w2' })).toMatchObject([{ quotaId: 'seats', used: 3, limit: 4 }]);
});

it('an id of no workspace counts in all of them, so it is taken in all, and one that a workspace has is taken for it', async () => {
  const { quotas } = await quotaWorld([draftOf('everybody')]);
  const conflict = { code: 'conflict' };
  await expect(quotas.create({ ...seats, id: 'everybody' })).rejects.toMatchObject(conflict);
  await quotas.create(seats);
  await expect(quotas.create({ ...seats, workspaceId: null })).rejects.toMatchObject(conflict);
});

it('a plain id means a quota of no workspace, whatever it looks like', async () => {
  const { quotas } = await quotaWorld([]);
  await quotas.create(seats);
  for (const id of ['seats', 'seats@w1']) {
    await expect(quotas.delete(id)).rejects.toMatchObject({ code: 'not_found' });
  }
});

it('names of workspaces with any signs keep quotas apart', async () => {
  const { quotas } = await quotaWorld([]);
  for (const workspaceId of ['a@b', 'a%40b', 'b', 'ü']) await quotas.create({ ...seats, workspaceId });
  expect(quotas.list()).toHaveLength(4);
  await quotas.delete({ id: 'seats', workspaceId: 'a@b' });
  expect(quotas.list().map(({ workspaceId }) => workspaceId)).toEqual(['a%40b', 'b', 'ü']);
});

it('a quota stays where it is', async () => {
  const { quotas } = await quotaWorld([]);
  await quotas.create(seats);
  const change = { limit: 2, workspaceId: 'w2' } as Partial<QuotaDefinition>;
  expect(await quotas.update(own, change)).toMatchObject({ workspaceId: 'w1', limit: 2 });
});

it('a service whose own quotas have the id of a workspace’s starts all the same', async () => {
  const store = memoryQuotaStore();
  const before = await quotaWorld([], { store });
  await before.quotas.create(seats);
  await before.quotas.stop();
  const { quotas } = await quotaWorld([draftOf('seats')], { store });
  expect(quotas.list().map(({ workspaceId }) => workspaceId)).toEqual(['w1']);
});

it('a violation is over once the workspace’s own quota has room again', async () => {
  const { quotas, clock } = await quotaWorld([]);
  await quotas.create({ ...seats, workspaceId: 'w2', limit: 1_000 });
  const { id } = await quotas.create({ ...seats, period: 'held', limit: 2 });
  const held = await quotas.acquire(2, asked);
  await expect(quotas.acquire(1, asked)).rejects.toMatchObject({ details: { quota_id: id, limit: 2 } });
  await clock.advance(60_000);
  expect(await quotas.violations.list()).toMatchObject([{ quotaId: id, resolved: false }]);
  await held.release();
  await clock.advance(60_000);
  expect(await quotas.violations.list()).toMatchObject([{ quotaId: id, resolved: true }]);
});
