import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Identity } from '@raptorflow/runtime';
import { home, openRouteWorld, type Answer, type RouteWorld } from '../testing/route-world.ts';
import { registerBudgetRoutes } from './budgets.ts';
import { registerWorkspaceRoutes } from './workspaces.ts';

let world: RouteWorld;
let agentId: string;

const spend = async (microUsd: number): Promise<void> => {
  const attempt = {
    workspaceId: home,
    callId: `call_${microUsd}`,
    attempt: 1,
    provider: 'openai',
    requestedModel: 'fast',
    model: 'gpt-6-sol',
    guild: 'research',
    agentId,
    agentRunId: null,
    campaignId: null,
    budgetId: 'bud_1',
    correlationId: null,
  };
  const hold = await world.ledger.reserve(attempt, 1_000_000);
  await world.ledger.settle(hold, attempt, {
    status: 'completed',
    usage: null,
    rawUsage: null,
    costMicroUsd: microUsd,
    priceVersion: 'test',
    latencyMs: 1,
    streamed: false,
    errorCode: null,
  });
};

beforeAll(async () => {
  world = await openRouteWorld({ clock: createFakeClock(Date.UTC(2026, 10, 20, 12)) });
  const find = async () => undefined;
  const identity = { workspaces: { find } } as unknown as Identity;
  registerBudgetRoutes(world.app, {
    ...world.guard,
    ...world,
    identity,
    campaigns: world.society.campaigns,
  });
  registerWorkspaceRoutes(world.app, { ...world.guard, ...world, identity });
  agentId = (await world.agents.get(home, 'RES-001')).id;
  await spend(300_000);
});
afterAll(() => world.stop());

const set = (role: string, path: string, cap: unknown): Promise<Answer> =>
  world.send(role, 'PUT', `/api/v1/budgets/${path}`, { cap_usd: cap });

describe('budgets', () => {
  it('of a workspace are shown with the caps below it, and what each has spent', async () => {
    expect((await set('admin', 'agent/RES-001', '2.000000')).body).toMatchObject({
      level: 'agent',
      subject: agentId,
      period: '2026-11',
      cap_usd: '2.000000',
      spent_usd: '0.300000',
      remaining_usd: '1.700000',
      resets_at: '2026-12-01T00:00:00.000Z',
    });
    const { body } = await world.send('viewer', 'GET', '/api/v1/budgets');
    expect(body.workspace).toMatchObject({ month: '2026-11', cap_usd: '10.000000', spent_usd: '0.300000' });
    const { name } = await world.agents.get(home, 'RES-001');
    expect(
      body.items.map((row: Record<string, unknown>) => [row['level'], row['label'], row['cap_usd']]),
    ).toEqual([['agent', name, '2.000000'], expect.anything(), expect.anything()]);
    const guilds = await world.send('viewer', 'GET', '/api/v1/budgets?level=guild');
    expect(guilds.body.items).toMatchObject([{ subject: 'research', cap_usd: null, remaining_usd: null }]);
  });

  it('hold from the next call on, and are gone with null', async () => {
    await set('admin', 'guild/research', '0.500000');
    await expect(spend(1)).rejects.toMatchObject({
      code: 'budget_exceeded',
      details: { level: 'guild', cap_usd: '0.500000' },
    });
    expect((await set('admin', 'guild/research', null)).body).toMatchObject({ cap_usd: null });
    await expect(spend(1)).resolves.toBeUndefined();
  });

  it('are set by admins, on what there is, in exact amounts', async () => {
    expect((await set('member', 'agent/RES-001', '1.000000')).status).toBe(403);
    const guild = await set('admin', 'guild/painters', '1.000000');
    expect([guild.status, guild.body.error.message]).toEqual([404, expect.stringContaining('research')]);
    expect((await set('admin', 'agent/RES-999', '1.000000')).status).toBe(404);
    expect((await set('admin', 'run/run_x', '1.000000')).status).toBe(404);
    expect((await set('admin', 'campaign/cmp_x', '1.000000')).status).toBe(404);
    for (const amount of ['1', '1.5', 1, '-1.000000', '9999999999.000000']) {
      expect([amount, (await set('admin', 'agent/RES-001', amount)).status]).toEqual([amount, 422]);
    }
    expect((await set('admin', 'workspace/x', '1.000000')).status).toBe(422);
    // Whoever carries a budget names it, before anything was charged to it.
    expect((await set('admin', 'budget/mine', '1.000000')).body).toMatchObject({
      period: 'lifetime',
      spent_usd: '0.000000',
      resets_at: null,
    });
  });
});

describe('the budget of a workspace', () => {
  const url = `/api/v1/workspaces/${home}/budget`;

  it('is read by everybody in it and set by its owner; null gives the installation’s back', async () => {
    expect((await world.send('viewer', 'GET', url)).body).toMatchObject({ cap_usd: '10.000000' });
    expect((await world.send('admin', 'PUT', url, { cap_usd: '20.000000' })).status).toBe(403);
    const raised = await world.send('owner', 'PUT', url, { cap_usd: '20.500000' });
    expect(raised.body).toMatchObject({ cap_usd: '20.500000', month: '2026-11' });
    expect((await world.ledger.standing(home)).capMicroUsd).toBe(20_500_000);
    const lowered = await world.send('owner', 'PUT', url, { cap_usd: '0.100000' });
    expect(lowered.body).toMatchObject({ remaining_usd: '0.000000' });
    await expect(spend(2)).rejects.toMatchObject({ code: 'budget_exceeded' });
    expect((await world.send('owner', 'PUT', url, { cap_usd: null })).body.cap_usd).toBe('10.000000');
  });
});
