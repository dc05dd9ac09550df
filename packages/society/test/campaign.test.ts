import { createModelCatalog } from '@raptorflow/runtime';
import { RaptorFlowError } from 'raptorflow/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { runSociety, type RunningSociety, type SocietyStandIns } from './running-society.ts';

const models = createModelCatalog();
const running: RunningSociety[] = [];
afterEach(async () => {
  for (const society of running.splice(0)) await society.stop();
});

async function start(standIns: SocietyStandIns = {}): Promise<RunningSociety> {
  const society = await runSociety(undefined, { models, ...standIns });
  running.push(society);
  return society;
}

const final = ['completed', 'failed', 'rejected'];

describe('a campaign', () => {
  it('goes from a brief and documents through every stage to a package, over the bus', async () => {
    const world = await start();
    const workspaceId = await world.workspace('North');
    const id = await world.startSample(workspaceId, 'kilnwatch');
    const { campaign, stages } = await world.until(workspaceId, id, final);
    expect(campaign).toMatchObject({ status: 'completed', model: 'offline model', error: null });
    expect(stages.map((stage) => [stage.name, stage.status])).toEqual(
      ['research', 'war_brief', 'quest', 'assets', 'guardians', 'approval', 'package'].map((name) => [
        name,
        'completed',
      ]),
    );
    expect(stages.every((stage) => stage.done === stage.total && stage.total > 0)).toBe(true);
    const brief = await world.society.campaigns.warBrief(workspaceId, id);
    expect(brief.facts.length).toBeGreaterThan(20);
    expect(brief.unanswered.map((open) => open.question)).toContain(
      'How many employees does PingHarbor have?',
    );
    const assets = await world.society.campaigns.assets(workspaceId, id);
    expect(assets.map((asset) => asset.asset.channel)).toEqual([...campaign.brief.channels].toSorted());
    for (const asset of assets) expect(asset.reviews.length).toBe(asset.asset.variants.length);
    expect(await world.society.campaigns.package(workspaceId, id, 'markdown')).toContain('Kilnwatch');
    expect(await world.society.campaigns.package(workspaceId, id, 'html')).toMatch(/^<!doctype html>/i);
    expect(await world.society.campaigns.counts(workspaceId, id)).toMatchObject({ assets: assets.length });
  });

  it('tells its story in events of one correlation, each stage completed once', async () => {
    const world = await start();
    const workspaceId = await world.workspace('North');
    const id = await world.startSample(workspaceId, 'frostpannier');
    await world.until(workspaceId, id, final);
    const completed = async (): Promise<string[]> =>
      (await world.eventsOf(id))
        .filter((event) => event.type === 'campaign_stage')
        .map((event) => event.payload as { stage: string; status: string })
        .filter((payload) => payload.status === 'completed')
        .map((payload) => payload.stage)
        .toSorted();
    // The last events of a campaign reach the bus shortly after its end.
    await expect
      .poll(completed, { timeout: 10_000 })
      .toEqual(['approval', 'assets', 'guardians', 'package', 'quest', 'research', 'war_brief']);
    const events = await world.eventsOf(id);
    expect(events.every((event) => event.workspaceId === workspaceId)).toBe(true);
    const reports = events.filter((event) => event.type === 'research_complete');
    expect(new Set(reports.map((event) => event.sourceAgentId)).size).toBe(reports.length);
    expect((await world.bus.deadLetters.list()).total).toBe(0);
  });

  it('remembers for each run which event it was started for', async () => {
    const world = await start();
    const workspaceId = await world.workspace('North');
    const id = await world.startSample(workspaceId, 'frostpannier');
    await world.until(workspaceId, id, final);
    const types = new Map((await world.eventsOf(id)).map((event) => [event.id, event.type]));
    const runs = await world.runs.list(workspaceId, { campaignId: id, limit: 500 });
    expect(Object.groupBy(runs, (run) => run.runType)).toMatchObject({
      research: expect.any(Array),
      war_brief: [{}],
      quest: [{}],
      asset: expect.any(Array),
    });
    for (const run of runs) {
      expect([run.runType, types.get(run.causationId ?? '')]).toEqual([
        run.runType,
        run.runType === 'quest' ? 'war_brief_ready' : 'lord_command',
      ]);
    }
  });

  it('waits for a person when the brief says so, and is packed after the approval', async () => {
    const world = await start();
    const workspaceId = await world.workspace('North');
    const id = await world.startSample(workspaceId, 'frostpannier', { approval: 'manual' });
    const waiting = await world.until(workspaceId, id, ['awaiting_approval', ...final]);
    expect(waiting.campaign.status).toBe('awaiting_approval');
    await expect(world.society.campaigns.package(workspaceId, id, 'html')).rejects.toMatchObject({
      code: 'not_found',
    });
    const decision = {
      workspaceId,
      campaignId: id,
      decision: 'approved',
      userId: 'usr_ada',
      note: 'Good.',
    } as const;
    await world.society.campaigns.decide(decision);
    await expect(world.society.campaigns.decide(decision)).rejects.toMatchObject({ code: 'conflict' });
    expect((await world.until(workspaceId, id, final)).campaign.status).toBe('completed');
    expect(await world.society.campaigns.approval(workspaceId, id)).toMatchObject({
      decision: 'approved',
      by: 'usr_ada',
      note: 'Good.',
    });
  });

  it('ends without a package when the assets are rejected', async () => {
    const world = await start();
    const workspaceId = await world.workspace('North');
    const id = await world.startSample(workspaceId, 'frostpannier', { approval: 'manual' });
    await world.until(workspaceId, id, ['awaiting_approval']);
    await world.society.campaigns.decide({
      workspaceId,
      campaignId: id,
      decision: 'rejected',
      userId: 'usr_ada',
      note: 'Off brand.',
    });
    const { campaign } = await world.society.campaigns.get(workspaceId, id);
    expect(campaign.status).toBe('rejected');
    expect(
      (await world.society.campaigns.assets(workspaceId, id)).every((asset) => asset.status === 'rejected'),
    ).toBe(true);
  });

  it('goes on without a researcher whose model fails, and says which', async () => {
    const world = await start({
      dispatcher: (real) => ({
        ...real,
        dispatchJson: (request, schema, name) => {
          if (request.task?.kind === 'find_voices')
            throw new RaptorFlowError('model_refused', 'The model refused.');
          return real.dispatchJson(request, schema, name);
        },
      }),
    });
    const workspaceId = await world.workspace('North');
    const id = await world.startSample(workspaceId, 'kilnwatch');
    const { campaign, stages } = await world.until(workspaceId, id, final);
    expect(campaign.status).toBe('completed');
    const failed = stages[0]?.tasks.filter((task) => task.status === 'failed') ?? [];
    expect(failed.map((task) => task.agentCode)).toEqual(['RES-004', 'RES-009']);
    expect(failed[0]?.summary).toContain('The model refused.');
  });

  it('fails with the reason when one of its commands is given up: nobody waits for what will not come', async () => {
    const world = await start();
    const workspaceId = await world.workspace('North');
    const id = await world.startSample(workspaceId, 'frostpannier', { approval: 'manual' });
    await world.until(workspaceId, id, ['awaiting_approval', ...final]);
    const payload = {
      command: 'research',
      campaign_id: id,
      positioning: 'A bag.',
      personas: [],
      budget: null,
      timeline: { starts_on: '2026-01-01', ends_on: null },
      deadline: 60,
      agent_codes: ['RES-999'],
    };
    const draft = { type: 'lord_command', workspaceId, requestId: id, payload } as const;
    await world.bus.publish('sys.guild.research.broadcast', draft);
    const { campaign } = await world.until(workspaceId, id, final);
    expect(campaign).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('RES-999') },
    });
    const { items } = await world.bus.deadLetters.list();
    expect(items).toMatchObject([{ group: 'guild.research', workspaceId }]);
  });

  it('fails with the reason when the synthesis cannot be made', async () => {
    const world = await start({
      dispatcher: (real) => ({
        ...real,
        dispatchJson: (request, schema, name) => {
          if (request.task?.kind === 'find_contradictions')
            throw new RaptorFlowError('budget_exceeded', 'No money left this month.');
          return real.dispatchJson(request, schema, name);
        },
      }),
    });
    const workspaceId = await world.workspace('North');
    const id = await world.startSample(workspaceId, 'frostpannier');
    const { campaign, stages } = await world.until(workspaceId, id, final);
    expect(campaign).toMatchObject({
      status: 'failed',
      error: { code: 'budget_exceeded', message: 'No money left this month.' },
    });
    expect(stages[1]).toMatchObject({ name: 'war_brief', status: 'failed' });
  });

  it('changes nothing when every one of its events is delivered again', async () => {
    const world = await start();
    const workspaceId = await world.workspace('North');
    const id = await world.startSample(workspaceId, 'frostpannier');
    const before = await world.until(workspaceId, id, final);
    const events = await world.eventsOf(id);
    const kept = events.filter((event) => event.channel.startsWith('sys.guild.'));
    for (const event of kept) {
      await world.bus.publish(event.channel, {
        type: event.type,
        payload: event.payload,
        workspaceId: event.workspaceId,
        requestId: event.requestId,
        sourceAgentId: event.sourceAgentId,
        destinationGuild: event.destinationGuild,
      });
    }
    const idle = async (): Promise<boolean> =>
      (await world.bus.groups.list()).every((group) => group.lag === 0);
    await expect.poll(idle, { timeout: 20_000, interval: 50 }).toBe(true);
    const after = await world.society.campaigns.get(workspaceId, id);
    expect(after).toEqual(before);
    const runs = await world.runs.list(workspaceId, { campaignId: id, limit: 500 });
    expect(new Set(runs.map((run) => run.key)).size).toBe(runs.length);
    expect((await world.eventsOf(id)).length).toBe(events.length + kept.length);
  });

  it('keeps two workspaces apart that run at the same time', async () => {
    const world = await start();
    const [north, south] = [await world.workspace('North'), await world.workspace('South')];
    const [first, second] = await Promise.all([
      world.startSample(north, 'kilnwatch'),
      world.startSample(south, 'frostpannier'),
    ]);
    await Promise.all([world.until(north, first, final), world.until(south, second, final)]);
    await expect(world.society.campaigns.get(south, first)).rejects.toMatchObject({ code: 'not_found' });
    expect(
      (await world.society.campaigns.list(north, { limit: 10 })).items.map((item) => item.campaign.id),
    ).toEqual([first]);
    expect(await world.society.campaigns.package(north, first, 'markdown')).not.toContain('Frostpannier');
    expect(await world.society.campaigns.package(south, second, 'markdown')).not.toContain('Kilnwatch');
  });

  it('refuses documents that are not there, and stores nothing then', async () => {
    const world = await start();
    const workspaceId = await world.workspace('North');
    const other = await world.workspace('South');
    const foreign = await world.documents.add(other, { fileName: 'a.md', content: '# Theirs' });
    const { campaign } = await world.until(
      workspaceId,
      await world.startSample(workspaceId, 'frostpannier'),
      final,
    );
    const attempt = (documentIds: string[]): Promise<unknown> =>
      world.society.campaigns.create({ workspaceId, userId: null, brief: campaign.brief, documentIds });
    await expect(attempt([foreign.id])).rejects.toMatchObject({ code: 'not_found' });
    await expect(attempt([])).rejects.toMatchObject({ code: 'invalid_input' });
    expect((await world.society.campaigns.list(workspaceId, { limit: 10 })).total).toBe(1);
  });
});

describe('the worker', () => {
  it('seeds the roster when a workspace is created, and answers a test event', async () => {
    const world = await start();
    const user = await world.identity.ensureLocalUser();
    const { id } = await world.identity.workspaces.create({ userId: user.id, name: 'Fresh' });
    await expect.poll(async () => (await world.agents.list(id)).length, { timeout: 10_000 }).toBe(87);
    await world.bus.publish('sys.workspace.lifecycle', {
      type: 'test.event',
      workspaceId: id,
      requestId: 'req-test',
      payload: {},
    });
    await expect
      .poll(async () => (await world.eventsOf('req-test')).map((event) => event.type), { timeout: 10_000 })
      .toContain('state_update');
  });
});
