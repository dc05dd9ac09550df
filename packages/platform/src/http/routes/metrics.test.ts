import { createToolUse, type RunContext } from '@raptorflow/runtime';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { createMetrics } from 'raptorflow/metrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { home, openRouteWorld, type RouteWorld } from '../testing/route-world.ts';
import type { HistoryQuestion, MetricPast } from './metric-history.ts';
import { registerMetricRoutes } from './metrics.ts';

const clock = createFakeClock(Date.UTC(2026, 10, 20, 12));
let world: RouteWorld;
let agentId: string;
const metrics = createMetrics({}, { clock });
/** What another process measures. */
const elsewhere = createMetrics({}, { clock });
const asked: HistoryQuestion[] = [];

/** One series, of the very tags that were asked for. */
function past(question: HistoryQuestion): Awaited<ReturnType<MetricPast['query']>> {
  asked.push(question);
  const { tags, to, limit, offset } = question;
  const point = { at: to, value: 12.5, relativeError: 0.0078, clipped: false };
  const series = { tags, points: [{ ...point, at: to - 1_000, value: null, relativeError: 0 }, point] };
  const isWanted = limit > 0 && offset === 0;
  return { series: isWanted ? [series] : [], total: 1, stepMs: 15_000, resolutionMs: 10_000 };
}

/** A run of the agent that takes so long and then ends well or badly. */
async function work(
  ms: number,
  ends: 'well' | 'badly',
  of: Partial<{ workspaceId: string }> = {},
): Promise<void> {
  const { workspaceId = home } = of;
  const run = await world.runs.start({ workspaceId, runType: 'task', input: null, agentId });
  await world.runs.execute({ workspaceId, runId: run.id }, async (context: RunContext) => {
    await context.tool('look', null, async () => {
      await clock.advance(ms);
      return null;
    });
    if (ends === 'badly') throw new TypeError('broken');
    return null;
  });
}

beforeAll(async () => {
  world = await openRouteWorld({ clock });
  registerMetricRoutes(world.app, {
    ...world.guard,
    agents: world.agents,
    runs: world.runs,
    tools: createToolUse(world.db),
    workspaces: { listAll: async () => [{ id: home }, { id: 'wsp_elsewhere' }] as never },
    metrics,
    past: { query: async (question) => past(question) },
    present: async () => [
      { source: 'server', snapshot: metrics.snapshot() },
      { source: 'worker', snapshot: elsewhere.snapshot() },
    ],
    clock,
  });
  const description = 'What it says.';
  metrics
    .counter({ name: 'agent_executions', unit: 'runs', description, category: 'agent' })
    .with({ workspace_id: home, outcome: 'completed' })
    .add();
  metrics
    .histogram({ name: 'http_request_ms', unit: 'ms', description, category: 'performance' })
    .with({ route: '/things' })
    .record(5);
  for (const id of [home, 'wsp_elsewhere']) {
    elsewhere
      .counter({ name: 'agent_executions', unit: 'runs', description, category: 'agent' })
      .with({ workspace_id: id, outcome: 'completed' })
      .add(4);
  }
  const [agent] = await world.agents.list(home);
  agentId = agent?.id ?? '';
  await work(100, 'well');
  await work(300, 'well');
  await work(200, 'badly');
});
afterAll(() => world.stop());

describe('the summary of an agent', () => {
  it('counts executions, rates and times, by id or code', async () => {
    const answer = await world.send('viewer', 'GET', `/api/v1/metrics/agents/${agentId}`);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        status: 'success',
        message: expect.stringContaining('3 runs'),
        data: {
          agent_id: agentId,
          workspace_id: home,
          total_executions: 3,
          successful_executions: 2,
          failed_executions: 1,
          error_rate: 1 / 3,
          average_execution_time_ms: 200,
          total_cost_usd: '0.000000',
          counted_since: null,
        },
      },
    });
    expect(answer.body.data.success_rate).toBeCloseTo(66.67, 1);
    const { code } = await world.agents.get(home, agentId);
    expect((await world.send('viewer', 'GET', `/api/v1/metrics/agents/${code}`)).body).toEqual(answer.body);
  });

  it('is of the workspace only, and 404 for an agent that it does not have', async () => {
    expect((await world.send('outsider', 'GET', `/api/v1/metrics/agents/${agentId}`)).status).toBe(404);
    expect((await world.send('viewer', 'GET', '/api/v1/metrics/agents/NON-001')).status).toBe(404);
    expect((await world.send(null, 'GET', `/api/v1/metrics/agents/${agentId}`)).status).toBe(401);
  });

  it('begins anew when an admin says so, while runs and costs stay', async () => {
    const path = `/api/v1/metrics/reset/${agentId}`;
    expect((await world.send('member', 'DELETE', path)).status).toBe(403);
    expect((await world.send('outsider', 'DELETE', path)).status).toBe(404);
    await clock.advance(1_000);
    expect(await world.send('admin', 'DELETE', path)).toMatchObject({
      status: 200,
      body: { data: { agents: 1 } },
    });
    const { data } = (await world.send('viewer', 'GET', `/api/v1/metrics/agents/${agentId}`)).body;
    expect(data).toMatchObject({
      total_executions: 0,
      success_rate: null,
      error_rate: null,
      counted_since: new Date(clock.now()).toISOString(),
    });
    expect(await world.runs.statsByAgent(home, { agentId })).toMatchObject([{ runs: 3 }]);
  });

  it('of everybody begins anew when the operator says so, and nobody else', async () => {
    expect((await world.send('admin', 'DELETE', '/api/v1/metrics/reset')).status).toBe(403);
    const { body } = await world.send('operator', 'DELETE', '/api/v1/metrics/reset');
    expect(body.data.agents).toBe(
      (await world.agents.list(home)).length + (await world.agents.list('wsp_elsewhere')).length,
    );
  });
});

describe('the performance of a workspace', () => {
  it('sums up runs and tools of the last minutes', async () => {
    const answer = await world.send('viewer', 'GET', '/api/v1/metrics/performance?time_window_minutes=5');
    expect(answer.body.data).toMatchObject({
      time_window_minutes: 5,
      summary: { total: 3, successful: 2, failed: 1 },
      performance: {
        average_execution_time_ms: 200,
        maximum_execution_time_ms: 300,
        total_executions: 3,
        total_tool_executions: 3,
        failed_tool_executions: 0,
        average_tool_time_ms: 200,
        total_llm_cost_usd: '0.000000',
      },
    });
    const elsewhere = await world.send('outsider', 'GET', '/api/v1/metrics/performance');
    expect(elsewhere.body.data).toMatchObject({
      time_window_minutes: 60,
      summary: { total: 0, success_rate: null },
      performance: { average_tool_time_ms: null },
    });
  });

  it('is refused for a window of no minutes, or of more than a day', async () => {
    for (const minutes of [0, 1441, 'many']) {
      const path = `/api/v1/metrics/performance?time_window_minutes=${minutes}`;
      expect((await world.send('viewer', 'GET', path)).status).toBe(422);
    }
  });
});

describe('the words of metrics', () => {
  it('are listed for whoever is signed in', async () => {
    const { body } = await world.send('viewer', 'GET', '/api/v1/metrics/types');
    expect(body.data).toMatchObject({
      categories: expect.arrayContaining(['system', 'agent']),
      types: ['counter', 'gauge', 'histogram', 'timer', 'rate'],
      aggregations: expect.arrayContaining(['p99', 'rate']),
    });
  });
});

describe('the list of metrics', () => {
  it('has for the operator all, for others those with series of their workspace', async () => {
    const namesFor = async (role: string) =>
      ((await world.send(role, 'GET', '/api/v1/metrics')).body.data as { name: string }[]).map(
        ({ name }) => name,
      );
    expect(await namesFor('operator')).toEqual(['agent_executions', 'http_request_ms']);
    expect(await namesFor('viewer')).toEqual(['agent_executions']);
    expect(await namesFor('outsider')).toEqual([]);
    const { body } = await world.send('operator', 'GET', '/api/v1/metrics?metric_type=performance');
    expect(body).toMatchObject({
      total: 1,
      data: [{ name: 'http_request_ms', type: 'histogram', unit: 'ms', series: 1, tag_names: ['route'] }],
    });
  });
});

describe('what is measured now', () => {
  it('is that of all processes together, of the workspace alone', async () => {
    const answer = await world.send('viewer', 'GET', '/api/v1/metrics/global');
    const series = { metric: 'agent_executions', type: 'counter', value: 5, distribution: null };
    expect(answer).toMatchObject({
      status: 200,
      body: {
        processes: [{ name: 'server' }, { name: 'worker' }],
        data: [{ ...series, tags: { workspace_id: home, outcome: 'completed' } }],
        pagination: { limit: 200, offset: 0, total: 1 },
      },
    });
  });

  it('is of everybody for the operator alone, with distributions and their bounds, page by page', async () => {
    const path = '/api/v1/metrics/global?scope=installation';
    expect((await world.send('admin', 'GET', path)).status).toBe(403);
    const all = await world.send('operator', 'GET', path);
    expect(all.body.pagination.total).toBe(3);
    const [found] = (await world.send('operator', 'GET', `${path}&metric=http_request_ms`)).body.data;
    const { distribution } = found;
    expect(distribution).toMatchObject({ count: 1, sum: 5, min: 5, max: 5 });
    expect(Math.abs(distribution.p99 - 5) / 5).toBeLessThanOrEqual(distribution.relative_error_max);
    expect(distribution.relative_error_max).toBeLessThan(0.01);
    const second = await world.send('operator', 'GET', `${path}&limit=1&offset=1`);
    expect(second.body.data).toEqual([all.body.data[1]]);
    const business = await world.send('operator', 'GET', `${path}&metric_type=business`);
    expect(business.body.pagination.total).toBe(0);
  });
});

describe('the history of metrics', () => {
  const path = '/api/v1/metrics/history';

  it('is of the workspace, whatever tags are asked for', async () => {
    const answer = await world.send(
      'viewer',
      'GET',
      `${path}?metric=agent_executions&tags=workspace_id=wsp_elsewhere,outcome=completed&agent_id=agt_1`,
    );
    expect(asked.at(-1)).toMatchObject({
      metric: 'agent_executions',
      tags: { workspace_id: home, outcome: 'completed', agent_id: 'agt_1' },
      from: clock.now() - 3_600_000,
      to: clock.now(),
      step: 15_000,
      aggregation: 'sum',
    });
    expect(answer.body).toMatchObject({
      status: 'success',
      step_seconds: 15,
      resolution_seconds: 10,
      pagination: { limit: 1_000, offset: 0, total: 1 },
      data: [
        {
          metric: 'agent_executions',
          unit: 'runs',
          points: [
            { value: null, relative_error_max: null },
            {
              at: new Date(clock.now()).toISOString(),
              value: 12.5,
              relative_error_max: 0.0078,
              clipped: false,
            },
          ],
        },
      ],
    });
  });

  it('is of the installation for its operator alone', async () => {
    const query = '?metric=http_request_ms&scope=installation&aggregation=p99.9&step=60';
    expect((await world.send('admin', 'GET', path + query)).status).toBe(403);
    expect((await world.send('operator', 'GET', path + query)).status).toBe(200);
    expect(asked.at(-1)).toMatchObject({ tags: {}, aggregation: { percentile: 99.9 }, step: 60_000 });
  });

  it('goes over all metrics of a category, page by page', async () => {
    const all = await world.send('operator', 'GET', `${path}?scope=installation&limit=1&offset=1`);
    expect(all.body.pagination).toEqual({ limit: 1, offset: 1, total: 2 });
    const some = await world.send('operator', 'GET', `${path}?scope=installation&metric_type=agent`);
    expect(some.body.data.map(({ metric }: { metric: string }) => metric)).toEqual(['agent_executions']);
  });

  it('refuses what makes no sense, and says what does', async () => {
    for (const [query, status] of [
      ['metric=unheard_of', 404],
      ['metric=agent_executions&from=2026-11-20T12:00:00.000Z&to=2026-11-20T11:00:00.000Z', 422],
      ['metric=agent_executions&aggregation=p101', 422],
      ['metric=agent_executions&aggregation=median', 422],
      ['metric=agent_executions&tags=broken', 422],
      ['metric=agent_executions&limit=1001', 422],
    ] as const) {
      const answer = await world.send('operator', 'GET', `${path}?${query}`);
      expect([query, answer.status]).toEqual([query, status]);
    }
  });
});
