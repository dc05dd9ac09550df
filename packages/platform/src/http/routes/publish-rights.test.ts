import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { home, openRouteWorld, type Answer, type RouteWorld } from '../testing/route-world.ts';
import { registerBusRoutes } from './bus.ts';

const clock = createFakeClock(Date.UTC(2026, 10, 20, 12));
const state = 'sys.state.update';

let world: RouteWorld;
beforeAll(async () => {
  world = await openRouteWorld({ clock });
  const { app, guard, bus, workOf } = world;
  registerBusRoutes(app, { ...guard, bus, workOf, clock, startedAtMs: clock.now() });
});
afterAll(() => world.stop());

function publish(role: string, channel: string, more: object = {}): Promise<Answer> {
  const payload = { channel, type: 'test.event', ...more };
  return world.send(role, 'POST', '/api/v1/bus/publish', payload);
}

describe('publishing', () => {
  it.for([
    ['a notification that was given up', 'alerts.undelivered'],
    ['a lost item', 'pipeline.failed'],
    ['an alert', 'sys.alert.critical'],
    ['a heartbeat', 'sys.global.heartbeat'],
    ['a reply', 'sys.reply.server'],
  ] as const)('%s is the installation’s: an admin is told where they may', async ([, channel]) => {
    const { status, body } = await publish('admin', channel);
    expect([status, body.error.code]).toEqual([403, 'forbidden']);
    expect(body.error.message).toContain('sys.guild.research.broadcast');
    expect(body.error.message).toContain('sys.workspace.lifecycle (test.event alone)');
  });

  it('is no way to write a dead letter, for nobody', async () => {
    for (const role of ['admin', 'operator']) {
      const { status, body } = await publish(role, 'sys.dlq.expired');
      expect([role, status, body.error.message]).toEqual([
        role,
        403,
        expect.stringContaining('the bus writes the dead letters'),
      ]);
    }
  });

  it('lets admins speak to their guilds, their dashboards and the worker', async () => {
    for (const channel of [state, 'sys.guild.matrix.broadcast', 'sys.workspace.lifecycle']) {
      expect([channel, (await publish('admin', channel)).status]).toEqual([channel, 201]);
    }
  });

  it('lets nobody but the operator say that rights have changed', async () => {
    const change = { type: 'member.removed', payload: { user_id: 'usr_member' } };
    expect((await publish('owner', 'sys.workspace.lifecycle', change)).status).toBe(403);
    expect((await publish('operator', 'sys.workspace.lifecycle', change)).status).toBe(201);
  });

  it('tells nothing of an event of another workspace that is named as the cause', async () => {
    // One more hop would be refused, and the refusal tells the whole story.
    let cause = await world.bus.publish(state, { type: 'a.secret', workspaceId: home });
    for (let hop = 1; hop <= 32; hop += 1) {
      const draft = { type: `a.secret${hop}`, workspaceId: home, causedBy: cause };
      cause = await world.bus.publish(state, draft);
    }
    const own = await publish('admin', state, { causation_id: cause });
    expect([own.status, own.text.includes('a.secret')]).toEqual([422, true]);
    const foreign = await publish('outsider', state, { causation_id: cause });
    expect([foreign.status, foreign.text.includes('a.secret')]).toEqual([404, false]);
    const unknown = await publish('outsider', state, { causation_id: 'evt_none' });
    expect(unknown.status).toBe(404);
  });
});
