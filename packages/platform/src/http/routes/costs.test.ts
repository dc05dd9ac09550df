import { checkBrief } from '@raptorflow/society';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { home, openRouteWorld, type Answer, type RouteWorld } from '../testing/route-world.ts';
import { registerCostRoutes } from './costs.ts';

const clock = createFakeClock(Date.UTC(2026, 10, 20, 12));
let world: RouteWorld;
let campaignId: string;
let agentId: string;
let calls = 0;

type Attempt = Parameters<RouteWorld['ledger']['reserve']>[0];

/** Books one answered call. */
async function spend(microUsd: number, of: Partial<Attempt> = {}, attempts = 1): Promise<void> {
  calls += 1;
  const base = {
    workspaceId: home,
    callId: `call_${calls}`,
    provider: 'openai',
    requestedModel: 'fast',
    model: 'gpt-6-sol',
    guild: null,
    agentId: null,
    agentRunId: null,
    campaignId: null,
    budgetId: null,
    correlationId: null,
    ...of,
  };
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const hold = await world.ledger.reserve({ ...base, attempt }, 1_000_000);
    const failed = attempt < attempts;
    await world.ledger.settle(
      hold,
      { ...base, attempt },
      {
        status: failed ? 'failed' : 'completed',
        usage: failed
          ? null
          : {
              inputTokens: 100,
              cachedInputTokens: 0,
              cacheWriteTokens: 0,
              outputTokens: 20,
              reasoningTokens: 0,
            },
        rawUsage: null,
        costMicroUsd: failed ? null : microUsd,
        priceVersion: 'test',
        latencyMs: 5,
        streamed: false,
        errorCode: failed ? 'model_throttled' : null,
      },
    );
  }
}

beforeAll(async () => {
  world = await openRouteWorld({ clock });
  registerCostRoutes(world.app, {
    ...world.guard,
    costs: world.costs,
    ledger: world.ledger,
    identity: { workspaces: { find: async () => undefined } },
    agents: world.agents,
    campaigns: world.society.campaigns,
  });
  const document = await world.documents.add(home, { title: 'Notes', content: 'A Lantern costs $49.' });
  const brief = checkBrief({ name: 'Winter', product: 'Lantern', positioning: 'A light.' });
  const started = await world.society.campaigns.create({
    workspaceId: home,
    userId: null,
    brief,
    documentIds: [document.id],
  });
  campaignId = started.campaignId;
  agentId = (await world.agents.get(home, 'RES-001')).id;
  await spend(2_500_000, { campaignId, agentId, agentRunId: 'run_1' });
  await spend(1_000_001, { campaignId, agentId, agentRunId: 'run_2' }, 2);
  await clock.advance(86_400_000);
  await spend(50, { model: 'gpt-6-luna' });
});
afterAll(() => world.stop());

const summary = (query = ''): Promise<Answer> => world.send('viewer', 'GET', `/api/v1/costs${query}`);

describe('costs', () => {
  it('are summed by day over the current month, beside the budget', async () => {
    const { status, body } = await summary();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      group_by: 'day',
      from: '2026-11-01',
      to: '2026-11-30',
      time_zone: 'UTC',
      calls: 3,
      prompt_tokens: 300,
      completion_tokens: 60,
      cost_usd: '3.500051',
      budget: {
        month: '2026-11',
        cap_usd: '10.000000',
        spent_usd: '3.500051',
        reserved_usd: '0.000000',
        uncertain_usd: '0.000000',
        remaining_usd: '6.499949',
        resets_at: '2026-12-01T00:00:00.000Z',
      },
    });
    expect(
      body.items.map((row: Record<string, unknown>) => [row['key'], row['calls'], row['cost_usd']]),
    ).toEqual([
      ['2026-11-20', 2, '3.500001'],
      ['2026-11-21', 1, '0.000050'],
    ]);
  });

  it('are summed by campaign and agent under their names, and by model and run', async () => {
    const rows = async (group: string): Promise<unknown[]> =>
      (await summary(`?group_by=${group}`)).body.items.map((row: Record<string, unknown>) => [
        row['key'],
        row['label'],
        row['cost_usd'],
      ]);
    expect(await rows('campaign')).toEqual([
      [campaignId, 'Winter', '3.500001'],
      [null, 'no campaign', '0.000050'],
    ]);
    const { name } = await world.agents.get(home, 'RES-001');
    expect(await rows('agent')).toContainEqual([agentId, name, '3.500001']);
    expect(await rows('model')).toEqual([
      ['gpt-6-sol', 'gpt-6-sol', '3.500001'],
      ['gpt-6-luna', 'gpt-6-luna', '0.000050'],
    ]);
    expect(await rows('run')).toContainEqual(['run_1', 'run_1', '2.500000']);
  });

  it('are those of the days asked for, both included', async () => {
    const { body } = await summary('?from=2026-11-21&to=2026-11-21');
    expect([body.calls, body.cost_usd, body.items.length]).toEqual([1, '0.000050', 1]);
    expect((await summary('?from=2026-10-01&to=2026-10-31')).body).toMatchObject({ calls: 0, items: [] });
  });

  it('keep the newest days when there are more than asked for', async () => {
    expect((await summary('?limit=1')).body.items[0].key).toBe('2026-11-21');
  });

  it('of another workspace are its own', async () => {
    const { body } = await world.send('outsider', 'GET', '/api/v1/costs');
    expect(body).toMatchObject({ calls: 0, cost_usd: '0.000000', items: [] });
  });

  it('refuse days the wrong way round, days that are none, and groupings that are none', async () => {
    const wrong = await summary('?from=2026-11-21&to=2026-11-20');
    expect([wrong.status, wrong.body.error.message]).toEqual([
      422,
      expect.stringContaining('wrong way round'),
    ]);
    expect((await summary('?from=2026-11-31')).status).toBe(422);
    expect((await summary('?group_by=moon')).status).toBe(422);
  });
});
