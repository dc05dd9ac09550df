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
        rawUsage: failed ? null : { prompt_tokens: 100 },
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
    openHolds: world.openHolds,
    models: world.models,
    modelSettings: world.modelSettings,
    prices: world.prices,
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

describe('cost lines', () => {
  it('come page by page with the provider’s usage, and those of one day, model or campaign alone', async () => {
    const first = await world.send('viewer', 'GET', '/api/v1/costs/lines?limit=3');
    expect(first.body.items).toHaveLength(3);
    expect(first.body.items[0]).toMatchObject({
      model: 'gpt-6-luna',
      status: 'completed',
      prompt_tokens: 100,
      cost_usd: '0.000050',
      price_version: 'test',
      raw_usage: { prompt_tokens: 100 },
      revision: 0,
    });
    const next = await world.send(
      'viewer',
      'GET',
      `/api/v1/costs/lines?limit=3&cursor=${encodeURIComponent(first.body.next_cursor)}`,
    );
    expect([next.body.items.length, next.body.next_cursor]).toEqual([1, null]);
    const of = async (query: string): Promise<number> =>
      (await world.send('viewer', 'GET', `/api/v1/costs/lines?${query}`)).body.items.length;
    expect([
      await of('from=2026-11-21'),
      await of('model=gpt-6-sol'),
      await of(`campaign_id=${campaignId}`),
      await of('month=2026-10'),
    ]).toEqual([1, 3, 3, 0]);
    expect((await world.send('viewer', 'GET', '/api/v1/costs/lines?cursor=x')).status).toBe(422);
  });

  it('and sums are files for a spreadsheet, too', async () => {
    const sums = await summary('?group_by=model&format=csv');
    expect(sums.headers['content-type']).toMatch(/^text\/csv/);
    expect(sums.headers['content-disposition']).toContain('costs-by-model-2026-11-01-to-2026-11-30.csv');
    expect(sums.text).toBe(
      'model,label,calls,attempts,prompt_tokens,completion_tokens,cost_usd,uncertain_usd,estimated_usd\r\n' +
        'gpt-6-sol,gpt-6-sol,2,3,200,40,3.500001,0.000000,0.000000\r\n' +
        'gpt-6-luna,gpt-6-luna,1,1,100,20,0.000050,0.000000,0.000000\r\n',
    );
    const lines = await world.send('viewer', 'GET', '/api/v1/costs/lines?format=csv&model=gpt-6-luna');
    const rows = lines.text.split('\r\n');
    expect(rows[0]).toMatch(/^created_at,day,month,call_id,.*,error_code,raw_usage$/);
    expect(rows[1]).toContain('"{""prompt_tokens"":100}"');
    expect(rows).toHaveLength(3);
  });
});

describe('a month at other prices', () => {
  const reprice = (body: unknown): Promise<Answer> =>
    world.send('viewer', 'POST', '/api/v1/costs/reprice', body);

  it('says what each model would have cost, and changes nothing', async () => {
    const { status, body } = await reprice({ month: '2026-11', models: { 'gpt-6-sol': 'gpt-6-luna' } });
    expect(status).toBe(200);
    // 100 tokens in at $0.1 and 20 out at $0.5 a million: 20 micro-USD a call.
    expect(body).toMatchObject({
      month: '2026-11',
      booked_usd: '3.500051',
      repriced_usd: '0.000060',
      difference_usd: '-3.499991',
      unpriced: [],
      items: [
        { model: 'gpt-6-sol', priced_as: 'gpt-6-luna', attempts: 3, repriced_usd: '0.000040' },
        { model: 'gpt-6-luna', priced_as: 'gpt-6-luna', attempts: 1, repriced_usd: '0.000020' },
      ],
    });
    expect((await summary()).body.cost_usd).toBe('3.500051');
  });

  it('knows the aliases of the workspace', async () => {
    await world.modelSettings.set(home, 'thrifty', { model: 'offline' });
    const { body } = await reprice({ month: '2026-11', models: { 'gpt-6-sol': 'thrifty' } });
    expect(body.items).toContainEqual(
      expect.objectContaining({ model: 'gpt-6-sol', priced_as: 'offline', repriced_usd: '0.000000' }),
    );
  });

  it('names what has no price, and what is wrong with the table given', async () => {
    const { body } = await reprice({ month: '2026-11', models: { 'gpt-6-sol': 'my-llama' } });
    expect(body.unpriced).toMatchObject([
      { model: 'gpt-6-sol', priced_as: 'my-llama', reason: 'price_unknown', booked_usd: '3.500001' },
    ]);
    const wrong = await reprice({ month: '2026-11', prices: { models: [{ models: ['x'] }] } });
    expect([wrong.status, wrong.body.error.message]).toEqual([
      422,
      expect.stringContaining('models[0].periods'),
    ]);
    expect((await reprice({ month: '2026-13' })).status).toBe(422);
  });
});

describe('holds', () => {
  it('that nobody settled are listed, and the owner books what an uncertain one cost', async () => {
    const attempt = {
      workspaceId: home,
      callId: 'call_lost',
      attempt: 1,
      provider: 'openai',
      requestedModel: 'fast',
      model: 'gpt-6-sol',
      guild: 'research',
      agentId,
      agentRunId: null,
      campaignId: null,
      budgetId: null,
      correlationId: null,
    };
    const hold = await world.ledger.reserve(attempt, 900_000);
    await world.ledger.dispatched(hold);
    const lost = { status: 'uncertain', usage: null, rawUsage: null, costMicroUsd: null } as const;
    const rest = { priceVersion: 'test', latencyMs: 5, streamed: false, errorCode: 'timeout' };
    await world.ledger.settle(hold, attempt, { ...lost, ...rest });
    const { body } = await world.send('viewer', 'GET', '/api/v1/costs/holds?state=uncertain');
    expect(body.items).toMatchObject([
      { call_id: 'call_lost', attempt: 1, state: 'uncertain', held_usd: '0.900000', agent_id: agentId },
    ]);
    expect((await summary('?group_by=guild')).body).toMatchObject({
      uncertain_usd: '0.900000',
      budget: { uncertain_usd: '0.900000' },
      items: [{ key: null }, { key: 'research', uncertain_usd: '0.900000' }],
    });
    const url = '/api/v1/costs/holds/call_lost/1/reconcile';
    const cost = { cost_usd: '0.250000' };
    expect((await world.send('admin', 'POST', url, cost)).status).toBe(403);
    expect((await world.send('owner', 'POST', url, { cost_usd: '0.25' })).status).toBe(422);
    const { body: booked } = await world.send('owner', 'POST', url, cost);
    expect(booked).toMatchObject({
      cost_usd: '0.250000',
      held_usd: '0.900000',
      given_back_usd: '0.650000',
      message: expect.stringContaining('$0.650000 of the $0.900000 that were charged can be spent again'),
    });
    expect((await summary()).body.budget).toMatchObject({ spent_usd: '3.750051', uncertain_usd: '0.000000' });
    const again = await world.send('owner', 'POST', url, cost);
    expect([again.status, again.body.error.message]).toEqual([409, expect.stringContaining('settled')]);
    expect((await world.send('outsider', 'POST', url, cost)).status).toBe(404);
  });
});
