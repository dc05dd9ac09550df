import type { BusTrace } from '@raptorflow/contract';
import type { BusEvent } from 'raptorflow/bus';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { home, openRouteWorld, type RouteWorld } from '../testing/route-world.ts';
import { registerBusRoutes } from './bus.ts';

const channel = 'sys.guild.matrix.broadcast';
const clock = createFakeClock(Date.UTC(2026, 10, 20, 12));
let world: RouteWorld;
let root: string;

async function trace(role: string, id: string): Promise<{ status: number; body: BusTrace }> {
  const { status, body } = await world.send(role, 'GET', `/api/v1/bus/trace/${id}`);
  return { status, body: body as BusTrace };
}

const runs = { own: '', foreign: '' };

/** What a handler does for its event: a run. */
async function work(event: BusEvent, workspaceId: string): Promise<string> {
  const { id } = await world.runs.start({
    workspaceId,
    runType: 'probe',
    correlationId: event.requestId,
    causationId: event.id,
    input: 'a secret',
  });
  await world.runs.execute({ workspaceId, runId: id }, async () => 'done');
  return id;
}

/** Without what the ledger says of its settlements, which comes when it is relayed. */
function storyOf({ events }: BusTrace): BusTrace['events'] {
  return events.filter(({ type }) => type !== 'model.inference_complete');
}

/** Books a model call that was made for the story. */
async function spend(
  callId: string,
  workspaceId: string,
  costMicroUsd: number,
  agentRunId: string | null = null,
): Promise<void> {
  const attempt = {
    workspaceId,
    callId,
    attempt: 1,
    provider: 'openai',
    requestedModel: 'fast',
    model: 'gpt-6-sol',
    guild: null,
    agentId: null,
    agentRunId,
    campaignId: null,
    budgetId: null,
    correlationId: 'ask-1',
  };
  await world.ledger.settle(await world.ledger.reserve(attempt, 1_000_000), attempt, {
    status: 'completed',
    usage: {
      inputTokens: 100,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 20,
      reasoningTokens: 0,
    },
    rawUsage: null,
    costMicroUsd,
    priceVersion: 'test',
    latencyMs: 5,
    streamed: false,
    errorCode: null,
  });
}

beforeAll(async () => {
  world = await openRouteWorld({ clock });
  const { app, guard, bus } = world;
  registerBusRoutes(app, { ...guard, bus, workOf: world.workOf, clock, startedAtMs: clock.now() });
  await bus.subscribe(
    channel,
    async (event, context) => {
      if (event.type === 'probe.asked') {
        runs.own = await work(event, home);
        // Its answer belongs to another workspace, and the answer to that comes home again.
        await context.publish(channel, { type: 'probe.passed_on', workspaceId: 'wsp_elsewhere' });
      }
      if (event.type === 'probe.passed_on') {
        runs.foreign = await work(event, 'wsp_elsewhere');
        await context.publish(channel, { type: 'probe.answered', workspaceId: home });
      }
    },
    { group: 'probes', types: ['probe.asked', 'probe.passed_on', 'probe.answered'] },
  );
  root = await bus.publish(channel, { type: 'probe.asked', workspaceId: home, requestId: 'ask-1' });
  await vi.waitUntil(async () => {
    const { body } = await trace('operator', 'ask-1');
    return body.settled && body.counts.events === 3;
  });
  await spend('call_1', home, 1_000, runs.own);
  await spend('call_2', 'wsp_elsewhere', 500, runs.foreign);
  await spend('call_3', home, 500);
});

afterAll(() => world.stop());

describe('the trace of a request', () => {
  it('is whole for the operator, as a list in which parents stand before their children', async () => {
    const { status, body } = await trace('operator', root);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      request_id: 'ask-1',
      event_id: root,
      settled: true,
      truncated: false,
      cost_usd: '0.002000',
      counts: { missing: 0, attempts: 3, handled: 3, dead: 0 },
    });
    expect(storyOf(body).map(({ type, depth, presence }) => [type, depth, presence])).toEqual([
      ['probe.asked', 0, 'stored'],
      ['probe.passed_on', 1, 'stored'],
      ['probe.answered', 2, 'stored'],
    ]);
    const [asked, passedOn] = storyOf(body);
    expect(storyOf(body).map((event) => event.parent_id)).toEqual([null, asked?.id, passedOn?.id]);
    expect(asked?.handlings).toMatchObject([{ group: 'probes', state: 'handled', attempts: 1 }]);
    expect(asked?.handlings[0]?.began_at).not.toBeNull();
  });

  it('shows a viewer the events and the cost of the own workspace, and what is between them only as an id', async () => {
    const { status, body } = await trace('viewer', 'ask-1');
    expect(status).toBe(200);
    expect(body).toMatchObject({ cost_usd: '0.001500', counts: { missing: 1 }, event_id: null });
    expect(storyOf(body).map(({ presence }) => presence)).toEqual(['stored', 'hidden', 'stored']);
    const hidden = body.events.find((event) => event.presence === 'hidden');
    expect(hidden).toMatchObject({ type: null, workspace_id: null, handlings: [] });
    expect(JSON.stringify(body)).not.toContain('wsp_elsewhere');
    expect(JSON.stringify(body)).not.toContain('passed_on');
  });

  it('shows runs with the event they were started for, and model calls with their run', async () => {
    const { body } = await trace('operator', root);
    expect(body.runs).toMatchObject([
      {
        id: runs.own,
        event_id: root,
        workspace_id: home,
        name: 'Probe',
        status: 'completed',
        attempt: 1,
        error: null,
        cost_usd: '0.000000',
        duration_ms: 0,
      },
      { id: runs.foreign, event_id: body.events[1]?.id, workspace_id: 'wsp_elsewhere' },
    ]);
    expect(body.calls).toMatchObject([
      {
        id: 'call_1',
        run_id: runs.own,
        requested_model: 'fast',
        model: 'gpt-6-sol',
        provider: 'openai',
        status: 'completed',
        attempts: 1,
        prompt_tokens: 100,
        completion_tokens: 20,
        cost_usd: '0.001000',
        cost_estimated: false,
        duration_ms: 5,
      },
      { id: 'call_2', run_id: runs.foreign },
      { id: 'call_3', run_id: null },
    ]);
    expect(body).toMatchObject({ runs_left_out: 0, calls_left_out: 0 });
    expect(JSON.stringify(body)).not.toContain('a secret');
  });

  it('shows runs and calls of the own workspace only', async () => {
    const { body: own } = await trace('viewer', 'ask-1');
    expect([own.runs.map(({ id }) => id), own.calls.map(({ id }) => id)]).toEqual([
      [runs.own],
      ['call_1', 'call_3'],
    ]);
    const { body: foreign } = await trace('outsider', root);
    expect([foreign.runs.map(({ id }) => id), foreign.calls.map(({ id }) => id)]).toEqual([
      [runs.foreign],
      ['call_2'],
    ]);
    // A request in which a workspace has no event is not its story, even if it used the same id for something else.
    await world.runs.start({ workspaceId: home, runType: 'probe', correlationId: 'ask-3', input: null });
    await world.bus.publish(channel, {
      type: 'probe.other',
      workspaceId: 'wsp_elsewhere',
      requestId: 'ask-3',
    });
    expect((await trace('viewer', 'ask-3')).status).toBe(404);
    expect((await trace('outsider', 'ask-3')).body.runs).toEqual([]);
  });

  it('shows strangers theirs, and nothing where nothing is theirs', async () => {
    const theirs = await trace('outsider', root);
    expect(storyOf(theirs.body).filter(({ presence }) => presence === 'stored')).toMatchObject([
      { type: 'probe.passed_on' },
    ]);
    await world.bus.publish(channel, { type: 'probe.private', workspaceId: home, requestId: 'ask-2' });
    expect(await trace('outsider', 'ask-2')).toMatchObject({ status: 404 });
    expect((await trace('viewer', 'ask-2')).status).toBe(200);
  });

  it('is not found for ids of nothing, and refused without a token', async () => {
    expect(await trace('operator', 'evt_01945a2b-0000-7000-8000-000000000000')).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found' } },
    });
    expect((await trace('operator', 'a%20b')).status).toBe(422);
    expect((await world.send(null, 'GET', `/api/v1/bus/trace/${root}`)).status).toBe(401);
  });
});
