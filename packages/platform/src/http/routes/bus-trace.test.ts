import type { BusTrace } from '@raptorflow/contract';
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

/** Books a model call that was made for the story. */
async function spend(callId: string, workspaceId: string, costMicroUsd: number): Promise<void> {
  const attempt = {
    workspaceId,
    callId,
    attempt: 1,
    provider: 'openai',
    model: 'gpt-6-sol',
    agentId: null,
    agentRunId: null,
    campaignId: null,
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
  registerBusRoutes(app, { ...guard, bus, clock, startedAtMs: clock.now() });
  await bus.subscribe(
    channel,
    async (event, context) => {
      if (event.type === 'probe.asked') {
        // Its answer belongs to another workspace, and the answer to that comes home again.
        await context.publish(channel, { type: 'probe.passed_on', workspaceId: 'wsp_elsewhere' });
      }
      if (event.type === 'probe.passed_on') {
        await context.publish(channel, { type: 'probe.answered', workspaceId: home });
      }
    },
    { group: 'probes', types: ['probe.asked', 'probe.passed_on', 'probe.answered'] },
  );
  root = await bus.publish(channel, { type: 'probe.asked', workspaceId: home, requestId: 'ask-1' });
  await spend('call_1', home, 1_500);
  await spend('call_2', 'wsp_elsewhere', 500);
  await vi.waitUntil(async () => {
    const { body } = await trace('operator', 'ask-1');
    return body.settled && body.counts.events === 3;
  });
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
      counts: { events: 3, missing: 0, attempts: 3, handled: 3, dead: 0 },
    });
    expect(body.events.map(({ type, depth, presence }) => [type, depth, presence])).toEqual([
      ['probe.asked', 0, 'stored'],
      ['probe.passed_on', 1, 'stored'],
      ['probe.answered', 2, 'stored'],
    ]);
    expect(body.events.map((event) => event.parent_id)).toEqual([
      null,
      body.events[0]?.id,
      body.events[1]?.id,
    ]);
    expect(body.events[0]?.handlings).toMatchObject([{ group: 'probes', state: 'handled', attempts: 1 }]);
    expect(body.events[0]?.handlings[0]?.began_at).not.toBeNull();
  });

  it('shows a viewer the events and the cost of the own workspace, and what is between them only as an id', async () => {
    const { status, body } = await trace('viewer', 'ask-1');
    expect(status).toBe(200);
    expect(body).toMatchObject({ cost_usd: '0.001500', counts: { events: 2, missing: 1 }, event_id: null });
    const hidden = body.events.find((event) => event.presence === 'hidden');
    expect(hidden).toMatchObject({ type: null, workspace_id: null, handlings: [] });
    expect(JSON.stringify(body)).not.toContain('wsp_elsewhere');
    expect(JSON.stringify(body)).not.toContain('passed_on');
  });

  it('shows strangers theirs, and nothing where nothing is theirs', async () => {
    const theirs = await trace('outsider', root);
    expect(theirs.body.events.filter(({ presence }) => presence === 'stored')).toMatchObject([
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
