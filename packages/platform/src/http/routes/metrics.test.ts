import { createToolUse, type RunContext } from '@raptorflow/runtime';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { home, openRouteWorld, type RouteWorld } from '../testing/route-world.ts';
import { registerMetricRoutes } from './metrics.ts';

const clock = createFakeClock(Date.UTC(2026, 10, 20, 12));
let world: RouteWorld;
let agentId: string;

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
    clock,
  });
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
