import { RaptorFlowError } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import type { RunBody } from '@raptorflow/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { home, openRouteWorld, type RouteWorld } from '../testing/route-world.ts';
import { registerRunRoutes } from './runs.ts';

const clock = createFakeClock();
let world: RouteWorld;
let agentId: string;
beforeAll(async () => {
  world = await openRouteWorld({ clock });
  registerRunRoutes(world.app, { ...world.guard, runs: world.runs, agents: world.agents, clock });
  agentId = (await world.agents.get(home, 'RES-001')).id;
});
afterAll(() => world.stop());

const url = '/api/v1/runs';
const asking: RunBody = async (run) => {
  const answer = await run.model('say', {
    model: 'fast',
    messages: [{ role: 'user', content: 'What does a Lantern cost?' }],
    sources: [{ documentId: 'd', title: 'Notes', mediaType: 'text/plain', text: 'A Lantern costs $49.' }],
  });
  await run.note('told', { words: answer.text.length });
  return run.tool('count', { of: 'words' }, async () => ({ words: 4 }));
};

async function begin(more: object = {}, body?: RunBody): Promise<string> {
  const run = await world.runs.start({
    workspaceId: home,
    runType: 'research',
    input: { topic: 'x' },
    ...more,
  });
  if (body) await world.runs.execute({ workspaceId: home, runId: run.id }, body);
  return run.id;
}

describe('a run', () => {
  it('is shown with its agent, model, figures, input and output', async () => {
    const id = await begin({ agentId, campaignId: 'cmp_1', key: 'cmp_1:research:RES-001' }, asking);
    const { status, body } = await world.send('viewer', 'GET', `${url}/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id,
      agent_id: agentId,
      agent_code: 'RES-001',
      run_type: 'research',
      name: 'Research: RES-001',
      status: 'completed',
      campaign_id: 'cmp_1',
      model: 'offline',
      cost_usd: '0.000000',
      error: null,
      attempt: 1,
      duration_ms: 0,
      input: { topic: 'x' },
      output: { words: 4 },
      step_count: 3,
      journal_count: 7,
    });
    expect(body.total_tokens).toBe(body.prompt_tokens + body.completion_tokens);
    expect(body.total_tokens).toBeGreaterThan(0);
  });

  it('tells its steps and its journal in pages', async () => {
    const id = await begin({}, asking);
    const steps = (await world.send('viewer', 'GET', `${url}/${id}/steps`)).body;
    expect(
      steps.items.map((step: Record<string, unknown>) => [step['kind'], step['name'], step['status']]),
    ).toEqual([
      ['model_call', 'say', 'completed'],
      ['event', 'told', 'completed'],
      ['tool_call', 'count', 'completed'],
    ]);
    expect(steps.items[0]).toMatchObject({ model: 'offline', cost_usd: '0.000000', error: null });
    expect(steps.items[0].prompt_tokens).toBeGreaterThan(0);
    expect(steps.items[2]).toMatchObject({ input: { of: 'words' }, output: { words: 4 }, model: null });
    const first = (await world.send('viewer', 'GET', `${url}/${id}/journal?limit=4`)).body;
    expect(first.items[0]).toMatchObject({ sequence: 0, type: 'run_started', step: null });
    const rest = (await world.send('viewer', 'GET', `${url}/${id}/journal?cursor=${first.next_cursor}`)).body;
    expect([...first.items, ...rest.items].map((entry: { sequence: number }) => entry.sequence)).toEqual([
      0, 1, 2, 3, 4, 5, 6,
    ]);
    expect(rest.next_cursor).toBeNull();
  });

  it('that failed says why, in the run and in the step', async () => {
    const id = await begin({ runType: 'task' }, (run) =>
      run.tool('fetch', null, async () => {
        throw new RaptorFlowError('timeout', 'It took too long.');
      }),
    );
    const { body } = await world.send('viewer', 'GET', `${url}/${id}`);
    expect(body).toMatchObject({ status: 'failed', name: 'Task', output: null, model: null });
    expect(body.error).toMatchObject({ code: 'timeout', message: expect.stringContaining('too long') });
    const [step] = (await world.send('viewer', 'GET', `${url}/${id}/steps`)).body.items;
    expect(step).toMatchObject({ status: 'failed', output: null, error: { code: 'timeout' } });
  });

  it('of another workspace is not found, whatever is asked of it', async () => {
    const id = await begin();
    for (const path of ['', '/steps', '/journal']) {
      expect((await world.send('outsider', 'GET', `${url}/${id}${path}`)).status).toBe(404);
    }
    expect((await world.send('outsider', 'POST', `${url}/${id}/cancel`)).status).toBe(404);
    expect((await world.send('viewer', 'GET', `${url}/run_none`)).status).toBe(404);
    expect((await world.send('outsider', 'GET', url)).body.items).toEqual([]);
  });

  it('is cancelled once; a finished one is a conflict', async () => {
    const id = await begin();
    expect((await world.send('viewer', 'POST', `${url}/${id}/cancel`)).status).toBe(403);
    const cancelled = await world.send('member', 'POST', `${url}/${id}/cancel`);
    expect([cancelled.status, cancelled.body.status]).toEqual([202, 'cancelled']);
    expect(cancelled.body.error.message).toContain('member cancelled it');
    const again = await world.send('member', 'POST', `${url}/${id}/cancel`);
    expect([again.status, again.body.error.code]).toEqual([409, 'conflict']);
  });
});

describe('the list of runs', () => {
  it('is paged by the id of the last run, newest first, and filtered', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.push(await begin({ campaignId: 'cmp_list' }));
    const list = async (query: string): Promise<{ ids: string[]; next: string | null }> => {
      const { body } = await world.send('viewer', 'GET', `${url}?campaign_id=cmp_list&${query}`);
      return { ids: body.items.map((run: { id: string }) => run.id), next: body.next_cursor };
    };
    const first = await list('limit=3');
    expect(first.ids).toEqual(ids.toReversed().slice(0, 3));
    const second = await list(`limit=3&cursor=${first.next}`);
    expect(second).toEqual({ ids: ids.toReversed().slice(3), next: null });
    expect((await list('status=completed')).ids).toEqual([]);
    expect((await list('run_type=research&limit=5')).next).toBeNull();
    expect((await world.send('viewer', 'GET', `${url}?cursor=7`)).status).toBe(422);
    expect((await world.send('viewer', 'GET', `${url}?status=lost`)).status).toBe(422);
  });

  it('has statistics over a period', async () => {
    const { body } = await world.send('viewer', 'GET', `${url}/stats?period_days=1`);
    expect(body).toMatchObject({ workspace_id: home, period_days: 1, cost_usd: '0.000000' });
    expect(body.total_runs).toBe(
      Object.values(body.runs_by_status as Record<string, number>).reduce((sum, count) => sum + count, 0),
    );
    expect(body.runs_by_type.research + body.runs_by_type.task).toBe(body.total_runs);
    expect(body).toMatchObject({
      completed_runs: 2,
      failed_runs: 1,
      cancelled_runs: 1,
      average_duration_ms: 0,
    });
    expect(body.total_tokens).toBeGreaterThan(0);
    await clock.advance(3 * 86_400_000);
    const later = (await world.send('viewer', 'GET', `${url}/stats?period_days=1`)).body;
    expect(later).toMatchObject({ total_runs: 0, average_duration_ms: null, maximum_duration_ms: null });
  });
});
