import { createFakeClock } from 'raptorflow/kernel/testing';
import { createQuotas, type QuotaDraft, type Quotas } from 'raptorflow/resources';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { home, openRouteWorld, type RouteWorld } from '../testing/route-world.ts';
import { registerAgentRoutes } from './agents.ts';
import { registerQuotaRoutes } from './quotas.ts';

const clock = createFakeClock(Date.UTC(2026, 10, 20, 12));
let world: RouteWorld;
let quotas: Quotas;

beforeAll(async () => {
  world = await openRouteWorld({ clock });
  quotas = createQuotas({}, { clock });
  await quotas.start();
  const { agents, runs, ledger, budgets } = world;
  registerQuotaRoutes(world.app, { ...world.guard, requestQuotas: quotas, quotas, ledger, budgets, clock });
  registerAgentRoutes(world.app, { ...world.guard, requestQuotas: quotas, agents, runs, clock });
});
afterAll(async () => {
  await quotas.stop();
  await world.stop();
});
afterEach(async () => {
  for (const quota of quotas.list()) await quotas.delete(quota);
});

const limit = (most: number, more: Partial<QuotaDraft> = {}): Promise<unknown> =>
  quotas.create({
    id: 'requests',
    name: 'Requests',
    scope: 'workspace',
    resource: 'http_requests',
    kind: 'hard',
    period: 'hour',
    limit: most,
    action: 'block',
    ...more,
  });
const agentsAs = (role: string) => world.send(role, 'GET', '/api/v1/agents');

describe('requests', () => {
  it('are let through up to a hard quota of their workspace, however many come at once, and then told when to come again', async () => {
    await limit(5);
    const answers = await Promise.all(Array.from({ length: 20 }, () => agentsAs('member')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body.error).toMatchObject({
      code: 'exhausted',
      message: expect.stringContaining('Quota requests (Requests) has 0 of 5 left') as string,
    });
    expect(refused?.headers['retry-after']).toBe('3600');
    expect((await agentsAs('stranger')).status).not.toBe(429);
  });

  it('are counted for each user where the quota says so', async () => {
    await limit(1, { scope: 'user' });
    expect((await agentsAs('member')).status).toBe(200);
    expect((await agentsAs('member')).status).toBe(429);
    expect((await agentsAs('admin')).status).toBe(200);
  });

  it('to the quotas themselves always get through, so that one that is used up can be changed', async () => {
    await limit(1);
    await agentsAs('owner');
    expect((await agentsAs('owner')).status).toBe(429);
    const path = '/api/v1/metrics/quotas';
    const { body, status } = await world.send(
      'operator',
      'GET',
      `${path}?scope=installation&quota_id=requests`,
    );
    expect([status, body.data.quotas[0].quota_id]).toEqual([200, 'requests']);
    const changed = await world.send('operator', 'PATCH', `${path}/requests?scope=installation`, {
      limit: 2,
    });
    expect(changed.status).toBe(200);
    expect((await agentsAs('owner')).status).toBe(200);
  });
});

describe('caps of money', () => {
  it('are shown as usage beside the quotas, as the ledger has it', async () => {
    const { ledger, budgets } = world;
    await budgets.setCap(home, { level: 'agent', subject: 'agt_1' }, 5_000);
    await ledger.reserve(
      {
        workspaceId: home,
        guild: 'muse',
        agentId: 'agt_1',
        agentRunId: null,
        campaignId: null,
        budgetId: null,
        correlationId: null,
        callId: 'call_1',
        attempt: 1,
        provider: 'openai',
        requestedModel: 'fast',
        model: 'rig-model',
      },
      1_200,
    );
    const { body } = await world.send('viewer', 'GET', '/api/v1/metrics/quotas');
    const money = body.data.usage.filter(
      (row: { resource_type: string }) => row.resource_type === 'micro_usd',
    );
    expect(money).toMatchObject([
      {
        quota_id: 'budget.workspace',
        quota_scope: 'workspace',
        current_usage: 1_200,
        limit: 10_000_000,
        remaining: 9_998_800,
        period_start: '2026-11-01T00:00:00.000Z',
        period_end: '2026-12-01T00:00:00.000Z',
      },
      {
        quota_id: 'budget.agent.agt_1',
        quota_scope: 'agent',
        current_usage: 1_200,
        limit: 5_000,
        remaining: 3_800,
      },
    ]);
    const one = await world.send('viewer', 'GET', '/api/v1/metrics/quotas?quota_id=budget.agent.agt_1');
    expect(one.body.data.usage).toHaveLength(1);
  });
});
