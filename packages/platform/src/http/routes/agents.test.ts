import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { home, openRouteWorld, type RouteWorld } from '../testing/route-world.ts';
import { registerAgentRoutes } from './agents.ts';

const clock = createFakeClock();
let world: RouteWorld;
beforeAll(async () => {
  world = await openRouteWorld({ clock });
  registerAgentRoutes(world.app, { ...world.guard, agents: world.agents, runs: world.runs, clock });
});
afterAll(() => world.stop());

const url = '/api/v1/agents';

describe('agents', () => {
  it('are listed by code with their guild, model and liveness', async () => {
    const all = await world.send('viewer', 'GET', `${url}?limit=200`);
    expect(all.status).toBe(200);
    expect(all.body.total).toBe(87);
    const lords = await world.send('viewer', 'GET', `${url}?kind=lord`);
    expect(lords.body.items).toHaveLength(7);
    expect(lords.body.items[0]).toMatchObject({
      code: 'LORD-001',
      kind: 'lord',
      guild: 'council',
      from_roster: true,
      edited_fields: [],
      liveness: 'silent',
      last_heartbeat_at: null,
    });
    expect((await world.send('outsider', 'GET', url)).body.items).toEqual([]);
  });

  it('are found by id, code or slug, and only in their own workspace', async () => {
    const byCode = await world.send('viewer', 'GET', `${url}/RES-001`);
    for (const reference of [byCode.body.id, byCode.body.slug]) {
      expect((await world.send('viewer', 'GET', `${url}/${reference}`)).body).toEqual(byCode.body);
    }
    expect((await world.send('outsider', 'GET', `${url}/${byCode.body.id}`)).status).toBe(404);
    expect((await world.send('viewer', 'GET', `${url}/RES-999`)).body.error.message).toContain(
      'code (RES-001)',
    );
  });

  it('show what they have done, from their runs', async () => {
    const { id } = (await world.send('viewer', 'GET', `${url}/RES-002`)).body;
    const start = (key: string): Promise<{ id: string }> =>
      world.runs.start({ workspaceId: home, runType: 'research', input: null, agentId: id, key });
    const done = await start('a');
    await world.runs.execute({ workspaceId: home, runId: done.id }, async (run) => {
      const answer = await run.model('say', {
        model: 'standard',
        messages: [{ role: 'user', content: 'What does a Lantern cost?' }],
        sources: [{ documentId: 'd', title: 'Notes', mediaType: 'text/plain', text: 'A Lantern costs $49.' }],
      });
      return answer.text;
    });
    const failed = await start('b');
    await world.runs.execute({ workspaceId: home, runId: failed.id }, async () => {
      throw new TypeError('broken');
    });
    await start('c');
    const { statistics } = (await world.send('viewer', 'GET', `${url}/RES-002`)).body;
    expect(statistics).toMatchObject({
      total_runs: 3,
      running_runs: 0,
      completed_runs: 1,
      failed_runs: 1,
      cost_usd: '0.000000',
      last_run_at: '2026-01-01T00:00:00.000Z',
    });
    expect(statistics.total_tokens).toBeGreaterThan(0);
    const listed = (await world.send('viewer', 'GET', `${url}?guild=research&limit=200`)).body.items;
    const figures = listed.map((agent: { code: string; statistics: { total_runs: number } }) => [
      agent.code,
      agent.statistics.total_runs,
    ]);
    expect(figures).toContainEqual(['RES-002', 3]);
    expect(figures).toContainEqual(['RES-001', 0]);
  });

  it('are dead when they were alive and have been silent for more than 90 seconds', async () => {
    const liveness = async (): Promise<unknown> =>
      (await world.send('viewer', 'GET', `${url}/LORD-002`)).body.liveness;
    await world.agents.noteHeartbeat(home, ['LORD-002'], clock.now());
    expect(await liveness()).toBe('alive');
    await clock.advance(90_001);
    expect(await liveness()).toBe('dead');
  });
});

describe('changing agents', () => {
  it('keeps what was changed in the words of the wire, and only admins may', async () => {
    const change = { system_prompt: 'Be brief.', model: 'heavy', max_output_tokens: 100, status: 'paused' };
    expect((await world.send('member', 'PATCH', `${url}/MUS-001`, change)).status).toBe(403);
    const changed = await world.send('admin', 'PATCH', `${url}/MUS-001`, change);
    expect(changed.body).toMatchObject(change);
    expect(changed.body.edited_fields.toSorted()).toEqual(Object.keys(change).toSorted());
  });

  it('refuses fields that nothing stands behind, and nothing to change', async () => {
    const budget = await world.send('admin', 'PATCH', `${url}/MUS-001`, { budget_usd: '1.000000' });
    expect([budget.status, budget.body.error.message]).toEqual([422, expect.stringContaining('budget_usd')]);
    expect((await world.send('admin', 'PATCH', `${url}/MUS-001`, {})).status).toBe(422);
    expect((await world.send('admin', 'PATCH', `${url}/NO-001`, { name: 'X' })).status).toBe(404);
  });

  it('adds agents of the workspace with defaults, once a code', async () => {
    const body = { code: 'OWN-001', name: 'Äpfel & Birnen', system_prompt: 'Compare.' };
    const made = await world.send('admin', 'POST', url, body);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      slug: 'a-pfel-birnen',
      kind: 'custom',
      guild: 'custom',
      model: 'standard',
      status: 'active',
      from_roster: false,
      temperature: 0.7,
      max_output_tokens: 4096,
    });
    expect((await world.send('admin', 'POST', url, body)).status).toBe(409);
    const twin = await world.send('admin', 'POST', url, { ...body, code: 'OWN-002' });
    expect(twin.body.slug).toBe('a-pfel-birnen-own-002');
    const bad = await world.send('admin', 'POST', url, { ...body, code: 'own-3' });
    expect([bad.status, bad.body.error.message]).toEqual([422, expect.stringContaining('RES-001')]);
  });
});
