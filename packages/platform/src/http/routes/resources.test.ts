import { createFakeClock } from 'raptorflow/kernel/testing';
import { createQuotas, createResources, type Quotas, type Resources } from 'raptorflow/resources';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { home, openRouteWorld, type Answer, type RouteWorld } from '../testing/route-world.ts';
import { registerQuotaRoutes } from './quotas.ts';
import { registerResourceRoutes } from './resources.ts';

const clock = createFakeClock(Date.UTC(2026, 10, 20, 12));
let world: RouteWorld;
let resources: Resources;
let quotas: Quotas;

beforeAll(async () => {
  world = await openRouteWorld({ clock });
  resources = createResources({ leaks: { everyMs: 0, growth: false }, cleanup: { everyMs: 0 } }, { clock });
  quotas = createQuotas({}, { clock });
  await Promise.all([resources.start(), quotas.start()]);
  registerResourceRoutes(world.app, { ...world.guard, resources, quotas, process: 'server', clock });
  const { ledger, budgets } = world;
  registerQuotaRoutes(world.app, { ...world.guard, quotas, ledger, budgets, clock });
});
afterAll(async () => {
  await Promise.all([resources.stop(), quotas.stop()]);
  await world.stop();
});

const get = (role: string, path: string): Promise<Answer> =>
  world.send(role, 'GET', `/api/v1/metrics/${path}`);
const post = (role: string, path: string, body?: unknown): Promise<Answer> =>
  world.send(role, 'POST', `/api/v1/metrics/${path}`, body);
const asOperator = (path: string): string => `${path}${path.includes('?') ? '&' : '?'}scope=installation`;

describe('resources', () => {
  let closed: string[] = [];
  beforeEach(async () => {
    await resources.cleanup({ type: 'file_handle', force: true });
    closed = [];
    const open = (id: string, workspaceId: string): void =>
      void resources.register({
        id,
        type: 'file_handle',
        workspaceId,
        sizeBytes: 10,
        dispose: () => void closed.push(id),
      });
    open('own', home);
    open('theirs', 'wsp_other');
  });

  it('are counted and listed for the workspace, and for the whole process by its operator alone', async () => {
    expect((await get('viewer', 'resources/summary')).body.data).toMatchObject({
      process: 'server',
      total_resources: 1,
      total_bytes: 10,
      resources_by_type: { file_handle: 1 },
      resources_by_status: { active: 1, leaked: 0 },
      total_leaks: 0,
    });
    const { body } = await get('viewer', 'resources?resource_type=file_handle');
    expect(body.data.map((each: { resource_id: string }) => each.resource_id)).toEqual(['own']);
    expect((await get('owner', asOperator('resources'))).status).toBe(403);
    const all = await get('operator', asOperator('resources/summary'));
    expect(all.body.data).toMatchObject({ total_resources: 2, total_bytes: 20 });
  });

  it('that are forgotten are leaks with evidence, until somebody says that the verdict is wrong', async () => {
    await clock.advance(2 * 3_600_000);
    expect((await post('owner', 'resources/leaks/scan')).status).toBe(403);
    expect((await post('operator', 'resources/leaks/scan')).body.data).toMatchObject({ found: 2, open: 2 });
    const { body } = await get('viewer', 'resources/leaks');
    expect(body.total).toBe(1);
    expect(body.data[0]).toMatchObject({
      reason: 'age',
      severity: 'high',
      resource_id: 'own',
      leak_duration_seconds: 7_200,
      resource: { workspace_id: home },
    });
    const verdict = (role: string, leak: string): Promise<Answer> =>
      post(role, `resources/leaks/${leak}/verdict`, { right: false });
    expect((await verdict('member', body.data[0].leak_id)).status).toBe(403);
    expect((await verdict('admin', body.data[0].leak_id)).status).toBe(200);
    expect((await get('viewer', 'resources/leaks')).body.total).toBe(0);
    expect((await verdict('admin', body.data[0].leak_id)).status).toBe(404);
    const [other] = resources.leaks.list();
    expect((await verdict('admin', other?.id ?? '')).status).toBe(404);
  });

  it('are really closed, those in use only by force, and nobody else’s', async () => {
    const careful = await post('admin', 'resources/cleanup/file_handle');
    expect(careful.body.data).toMatchObject({ resources_cleaned: 0, resources_active: 1 });
    expect(closed).toEqual([]);
    const forced = await post('admin', 'resources/cleanup/file_handle?force=true');
    expect(forced.body).toMatchObject({
      message: '1 resources were closed.',
      data: { resources_cleaned: 1, bytes_freed: 10, resources_failed: 0 },
    });
    expect(closed).toEqual(['own']);
    expect((await post('member', 'resources/cleanup/file_handle')).status).toBe(403);
    expect((await post('admin', 'resources/cleanup/File%20handle')).status).toBe(422);
  });
});

describe('quotas', () => {
  const draft = {
    quota_id: 'calls',
    name: 'Calls a day',
    quota_scope: 'workspace',
    resource_type: 'calls',
    quota_type: 'hard',
    period: 'day',
    limit: 5,
    action: 'block',
  };

  it('of a workspace are made, changed, used, reset and removed by its admins', async () => {
    expect((await post('member', 'quotas', draft)).status).toBe(403);
    const made = await post('admin', 'quotas', draft);
    expect(made.status).toBe(201);
    expect(made.body.data).toMatchObject({
      quota_id: 'calls',
      workspace_id: home,
      limit: 5,
      description: '',
    });
    expect((await post('admin', 'quotas', draft)).status).toBe(409);
    const elsewhere = await post('admin', 'quotas', { ...draft, quota_id: 'b', time_zone: 'Mars/Olympus' });
    expect(elsewhere.body.error.details.issues).toMatchObject([{ path: 'time_zone' }]);
    const change = { limit: 3 };
    const changed = await world.send('admin', 'PATCH', '/api/v1/metrics/quotas/calls', change);
    expect(changed.body.data).toMatchObject({ limit: 3, name: 'Calls a day', enabled: true });
    const subject = { resource: 'calls', workspaceId: home };
    await quotas.acquire(3, subject);
    await expect(quotas.acquire(1, subject)).rejects.toMatchObject({
      code: 'exhausted',
      message: expect.stringContaining('usage begins anew in'),
    });
    const { body } = await get('viewer', 'quotas');
    expect(body.data).toMatchObject({
      usage: [
        { quota_id: 'calls', current_usage: 3, remaining: 0, period_end: '2026-11-21T00:00:00.000Z' },
        { quota_id: 'budget.workspace', resource_type: 'micro_usd' },
      ],
      violations: [{ quota_id: 'calls', exceeded_by: 1, action_taken: 'blocked', resolved: false }],
    });
    const [{ violation_id: violation }] = body.data.violations;
    const resolved = await post('admin', `quotas/violations/${violation}/resolve`);
    expect(resolved.body.data.resolved).toBe(true);
    expect((await get('viewer', 'quotas/violations?resolved=false')).body.total).toBe(0);
    expect((await post('admin', 'quotas/calls/reset')).status).toBe(200);
    await expect(quotas.acquire(1, subject)).resolves.toBeDefined();
    expect((await world.send('admin', 'DELETE', '/api/v1/metrics/quotas/calls')).status).toBe(204);
    expect((await post('admin', 'quotas/calls/reset')).status).toBe(404);
  });

  it('of the installation count everywhere and belong to its operator', async () => {
    const everywhere = { ...draft, quota_id: 'all_calls' };
    expect((await post('owner', asOperator('quotas'), everywhere)).status).toBe(403);
    expect((await post('operator', asOperator('quotas'), everywhere)).body.data.workspace_id).toBeNull();
    expect((await get('viewer', 'quotas')).body.data.quotas).toMatchObject([{ quota_id: 'all_calls' }]);
    expect((await post('admin', 'quotas/all_calls/reset')).status).toBe(404);
    const path = asOperator('/api/v1/metrics/quotas/all_calls');
    expect((await world.send('operator', 'DELETE', path)).status).toBe(204);
  });

  it('that ask people wait for an admin’s word', async () => {
    await post('admin', 'quotas', { ...draft, quota_id: 'asked', limit: 1, action: 'escalate' });
    const subject = { resource: 'calls', workspaceId: home };
    await quotas.acquire(1, subject);
    const waits = quotas.acquire(1, subject);
    const { body } = await get('admin', 'quotas');
    const [{ approval_id: id }] = body.data.approvals;
    expect((await post('admin', `quotas/approvals/${id}`, { approve: true })).body.data.approved).toBe(true);
    await expect(waits).resolves.toMatchObject({ amount: 1 });
    expect((await post('admin', `quotas/approvals/${id}`, { approve: true })).status).toBe(404);
  });
});
