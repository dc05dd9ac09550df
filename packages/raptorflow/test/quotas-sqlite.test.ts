import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from 'raptorflow/kernel';
import { createQuotas, sqliteQuotaStore, type QuotaNotice, type Quotas } from 'raptorflow/resources';
import { quotaStoreContract } from 'raptorflow/resources/contract-suite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runChild } from './child.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-quotas-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

quotaStoreContract('on SQLite', () => {
  const directory = mkdtempSync(join(root, 'contract-'));
  const open = (): ReturnType<typeof sqliteQuotaStore> =>
    sqliteQuotaStore({ path: join(directory, 'quotas.db') });
  return Promise.resolve({ store: open(), reopen: open, dispose: () => Promise.resolve() });
});

test('every grant that was given is counted after kill -9, and what was held is free again', async () => {
  const path = join(root, 'killed.db');
  const child = runChild('quota-holder.ts', [path]);
  await child.spoken;
  await systemClock.sleep(300);
  await child.kill();
  const given = child.output().split('\n').length - 1;
  const quotas = createQuotas({}, { store: sqliteQuotaStore({ path }) });
  await quotas.start();
  const used = new Map(
    (await quotas.usage({ workspaceId: 'w1' })).map((usage) => [usage.quotaId, usage.used]),
  );
  expect(given).toBeGreaterThan(20);
  // At most those on their way were counted and not given.
  expect(used.get('total')).toBeGreaterThanOrEqual(given);
  expect(used.get('total')).toBeLessThanOrEqual(given + 20);
  expect(used.get('places')).toBe(0);
  await quotas.acquire(10, { resource: 'place', workspaceId: 'w1' });
  await quotas.stop();
});

test('a thousand requests at once get exactly the limit, and violations are there after a restart', async () => {
  const path = join(root, 'crowd.db');
  const subject = { resource: 'place', workspaceId: 'w1', userId: 'ada' };
  const quota = {
    id: 'places',
    name: 'Places',
    scope: 'workspace',
    resource: 'place',
    kind: 'hard',
    period: 'forever',
    limit: 600,
    action: 'block',
  } as const;
  const before = createQuotas({ quotas: [quota] }, { store: sqliteQuotaStore({ path }) });
  await before.start();
  const asked = Array.from({ length: 1_000 }, () => before.acquire(1, subject).catch(() => null));
  expect((await Promise.all(asked)).filter((grant) => grant !== null)).toHaveLength(600);
  await before.stop();
  const after = createQuotas({}, { store: sqliteQuotaStore({ path }) });
  await after.start();
  await expect(after.acquire(1, subject)).rejects.toMatchObject({ code: 'exhausted' });
  const violations = await after.violations.list({ limit: 1_000, resolved: false });
  expect(violations).toHaveLength(401);
  expect(violations.every(({ exceededBy }) => exceededBy === 1)).toBe(true);
  await after.stop();
});

test('a store that fails closes hard quotas and opens soft ones', async () => {
  const store = sqliteQuotaStore({ path: join(root, 'failing.db') });
  const notices: QuotaNotice[] = [];
  const base = { name: 'Q', scope: 'workspace', period: 'held', limit: 5 } as const;
  const quotas = createQuotas(
    {
      quotas: [
        { ...base, id: 'hard', resource: 'place', kind: 'hard', action: 'queue' },
        { ...base, id: 'soft', resource: 'seat', kind: 'soft', action: 'warn' },
      ],
    },
    { store, onNotice: (notice) => void notices.push(notice) },
  );
  await quotas.start();
  await store.close();
  await expect(quotas.acquire(1, { resource: 'place', workspaceId: 'w1' })).rejects.toMatchObject({
    code: 'unavailable',
    details: { quota_ids: ['hard'] },
  });
  const grant = await quotas.acquire(9, { resource: 'seat', workspaceId: 'w1' });
  expect(grant.isCounted).toBe(false);
  expect(notices).toMatchObject([
    { kind: 'store_failed', outcome: 'refused', quotaIds: ['hard'] },
    { kind: 'store_failed', outcome: 'allowed', quotaIds: ['soft'] },
  ]);
  await quotas.stop();
});

test('a file from when ids were unique among all workspaces is read, with what is used, and its ids are free for others', async () => {
  const path = join(root, 'former.db');
  const seats = {
    id: 'seats',
    name: 'Seats',
    scope: 'workspace',
    workspaceId: 'w1',
    resource: 'seat',
    kind: 'hard',
    period: 'forever',
    limit: 9,
    action: 'block',
  } as const;
  const open = async (): Promise<Quotas> => {
    const quotas = createQuotas({}, { store: sqliteQuotaStore({ path }) });
    await quotas.start();
    return quotas;
  };
  const before = await open();
  await before.create(seats);
  await before.acquire(4, { resource: 'seat', workspaceId: 'w1' });
  await before.stop();
  const file = new DatabaseSync(path);
  // As the former version left it: the same tables, with ids where the keys stand now.
  file.exec(
    "UPDATE quota_definitions SET id = 'seats'; UPDATE quota_counters SET quota_id = 'seats'; DELETE FROM schema_steps WHERE id = '002_quota_keys'",
  );
  expect(file.prepare('SELECT key, quota_id FROM quota_counters').all()).toEqual([
    { key: expect.stringMatching(/^seats~\d+\/w1$/u), quota_id: 'seats' },
  ]);
  file.close();
  const quotas = await open();
  await quotas.create({ ...seats, workspaceId: 'w2', limit: 1 });
  expect(await quotas.usage({ workspaceId: 'w1' })).toMatchObject([{ quotaId: 'seats', used: 4, limit: 9 }]);
  await quotas.delete({ id: 'seats', workspaceId: 'w1' });
  // What the deleted one had counted went with it.
  await quotas.create(seats);
  expect(await quotas.usage({ workspaceId: 'w1' })).toMatchObject([{ used: 0 }]);
  await quotas.stop();
});
