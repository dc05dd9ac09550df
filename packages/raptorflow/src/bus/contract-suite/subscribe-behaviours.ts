import { expect } from 'vitest';
import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { gate, numbered, numbersOf, type Behaviour } from './world.ts';

/** Live subscriptions, patterns, the handler's context, and request/reply. */
export const subscribeBehaviours: readonly Behaviour[] = [
  {
    title: 'a live subscription sees every event published after subscribe resolved, in order',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder();
      await bus.publish('lab.results', numbered(0));
      await bus.subscribe('lab.results', handler);
      await Promise.all([1, 2, 3, 4, 5].map((n) => bus.publish('lab.results', numbered(n))));
      await world.until(() => seen.length === 5);
      expect(numbersOf(seen)).toEqual([1, 2, 3, 4, 5]);
    },
  },
  {
    title: 'several live subscriptions each see every event',
    async run(world) {
      const bus = await world.open();
      const recorders = [world.recorder(), world.recorder(), world.recorder()];
      for (const { handler } of recorders) await bus.subscribe('lab.results', handler);
      await bus.publish('lab.results', numbered(1));
      await world.until(() => recorders.every(({ seen }) => seen.length === 1));
    },
  },
  {
    title: 'a star stands for one segment and an arrow for the rest',
    async run(world) {
      const bus = await world.open();
      const star = world.recorder();
      const rest = world.recorder();
      await bus.subscribe('ws.*.campaign', star.handler);
      await bus.subscribe('ws.>', rest.handler, { group: 'rest' });
      for (const channel of ['ws.a.campaign', 'ws.b.campaign', 'ws.a.b.campaign', 'ws', 'other.a.campaign']) {
        await bus.publish(channel, numbered(1));
      }
      await world.until(() => star.seen.length === 2 && rest.seen.length === 3);
      await world.quiet(bus);
      expect(star.seen.map(({ event }) => event.channel)).toEqual(['ws.a.campaign', 'ws.b.campaign']);
      expect(rest.seen.map(({ event }) => event.channel).toSorted()).toEqual([
        'ws.a.b.campaign',
        'ws.a.campaign',
        'ws.b.campaign',
      ]);
    },
  },
  {
    title: 'a list of types filters, and a base type includes its subtypes',
    async run(world) {
      const bus = await world.open();
      const live = world.recorder();
      const group = world.recorder();
      const types = ['asset_generated', 'test.event'];
      await bus.subscribe('lab.results', live.handler, { types });
      await bus.subscribe('lab.results', group.handler, { types, group: 'readers' });
      for (const type of ['asset_generated:image', 'asset_generated', 'asset_lost', 'test.event']) {
        await bus.publish('lab.results', { type });
      }
      const wanted = ['asset_generated:image', 'asset_generated', 'test.event'];
      await world.until(() => live.seen.length === 3 && group.seen.length === 3);
      await world.quiet(bus);
      expect(live.seen.map(({ event }) => event.type)).toEqual(wanted);
      expect(group.seen.map(({ event }) => event.type)).toEqual(wanted);
    },
  },
  {
    title: 'a live handler that throws is counted and logged, and the next event still comes',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(({ event }) => {
        if ((event.payload as { n: number }).n === 1) throw new TypeError('broken');
      });
      await bus.subscribe('lab.results', handler, { name: 'watcher' });
      await bus.publishMany('lab.results', [numbered(1), numbered(2)]);
      await world.until(() => seen.length === 2);
      await world.quiet(bus);
      expect(bus.metrics()).toMatchObject({ failed: 1, acknowledged: 1, retried: 0 });
      expect(world.log.some(({ fields }) => fields['subscription'] === 'watcher')).toBe(true);
    },
  },
  {
    title: 'a live subscription that cannot keep up loses the oldest events, never memory',
    async run(world) {
      const bus = await world.open({ limits: { liveEventsMax: 3 } });
      const door = gate();
      const { seen, handler } = world.recorder(() => door.passed);
      await bus.subscribe('lab.results', handler);
      for (let n = 0; n < 10; n += 1) await bus.publish('lab.results', numbered(n));
      await world.until(() => seen.length === 1 && bus.subscriptions()[0]?.waiting === 3);
      await world.quiet(bus);
      expect(bus.subscriptions()[0]?.waiting).toBe(3);
      door.open();
      await world.until(() => seen.length === 4);
      expect(numbersOf(seen)).toEqual([0, 7, 8, 9]);
    },
  },
  {
    title: 'a stopped live subscription sees nothing more',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder();
      const subscription = await bus.subscribe('lab.results', handler);
      await bus.publish('lab.results', numbered(1));
      await world.until(() => seen.length === 1);
      await subscription.stop();
      await bus.publish('lab.results', numbered(2));
      await world.quiet(bus);
      expect(numbersOf(seen)).toEqual([1]);
      expect(bus.subscriptions()).toEqual([]);
    },
  },
  {
    title: 'a paused subscription begins nothing until it is resumed',
    async run(world) {
      const bus = await world.open();
      const live = world.recorder();
      const group = world.recorder();
      const subscriptions = [
        await bus.subscribe('lab.results', live.handler),
        await bus.subscribe('lab.results', group.handler, { group: 'readers' }),
      ];
      for (const subscription of subscriptions) subscription.pause();
      await bus.publish('lab.results', numbered(1));
      await world.quiet(bus);
      expect([live.seen.length, group.seen.length]).toEqual([0, 0]);
      expect(subscriptions.map(({ paused }) => paused)).toEqual([true, true]);
      for (const subscription of subscriptions) subscription.resume();
      await world.until(() => live.seen.length === 1 && group.seen.length === 1);
    },
  },
  {
    title: 'alert and state subscriptions hear their channels',
    async run(world) {
      const bus = await world.open();
      const alerts: string[] = [];
      const states = world.recorder();
      await bus.subscribeToAlerts((event, channel) => void alerts.push(`${channel}/${event.type}`));
      await bus.subscribeToStateUpdates(states.handler);
      await bus.publish('sys.alert.critical', { type: 'crisis' });
      await bus.publish('sys.alert.warning', { type: 'sentiment_shift' });
      await bus.publish('sys.state.update', { type: 'campaign_created' });
      await world.until(() => alerts.length === 2 && states.seen.length === 1);
      expect(alerts).toEqual(['sys.alert.critical/crisis', 'sys.alert.warning/sentiment_shift']);
    },
  },
  {
    title:
      'what a handler publishes through its context carries cause, correlation, workspace, budget and hops on',
    async run(world) {
      const bus = await world.open();
      const followUp = world.recorder();
      await bus.subscribe('lab.second', followUp.handler);
      const { handler } = world.recorder((_, context) => context.publish('lab.second', numbered(2)));
      await bus.subscribe('lab.first', handler, { group: 'chain' });
      const id = await bus.publish('lab.first', numbered(1, { workspaceId: 'w1', budgetId: 'b1' }));
      await world.until(() => followUp.seen.length === 1);
      expect(followUp.seen[0]?.event).toMatchObject({
        causationId: id,
        requestId: id,
        workspaceId: 'w1',
        budgetId: 'b1',
        hops: 1,
      });
    },
  },
  {
    title: 'context.route follows the routing table and carries the cause on too',
    async run(world) {
      const bus = await world.open();
      const lifecycle = world.recorder();
      await bus.subscribe('sys.workspace.lifecycle', lifecycle.handler);
      const { handler } = world.recorder((_, context) => context.route({ type: 'workspace.created' }));
      await bus.subscribe('lab.first', handler, { group: 'chain' });
      const id = await bus.publish('lab.first', numbered(1));
      await world.until(() => lifecycle.seen.length === 1);
      expect(lifecycle.seen[0]?.event).toMatchObject({ causationId: id, hops: 1 });
    },
  },
  {
    title: 'handlers get the output of the contract, the store keeps what was published',
    async run(world) {
      const schema = z.object({
        at: z.string().transform((text) => new Date(text)),
        tags: z.array(z.string()).default([]),
      });
      const dated = defineContract('test.dated', 1, schema);
      const bus = await world.open({ contracts: [dated] });
      const { seen, handler } = world.recorder();
      await bus.subscribe('lab.results', handler, { group: 'readers' });
      const id = await bus.publish('lab.results', {
        type: 'test.dated',
        payload: { at: '2026-01-02T00:00:00Z' },
      });
      await world.until(() => seen.length === 1);
      expect(seen[0]?.event.payload).toEqual({ at: new Date('2026-01-02T00:00:00Z'), tags: [] });
      expect((await bus.getMessage(id))?.payload).toEqual({ at: '2026-01-02T00:00:00Z' });
    },
  },
  {
    title: 'request resolves with the first reply of a handler',
    async run(world) {
      const bus = await world.open();
      await bus.subscribe(
        'lab.ask',
        (event, context) => context.reply({ twice: (event.payload as { n: number }).n * 2 }),
        {
          group: 'answers',
        },
      );
      const replies = await Promise.all([1, 2, 3].map((n) => bus.request('lab.ask', numbered(n))));
      expect(replies.map(({ payload }) => payload)).toEqual([{ twice: 2 }, { twice: 4 }, { twice: 6 }]);
      expect(replies[0]?.channel).toMatch(/^sys\.reply\./);
    },
  },
  {
    title: 'a request without a reply ends with a timeout, a cancelled one with its cancellation',
    async run(world) {
      const bus = await world.open();
      const silent = bus.request('lab.ask', numbered(1), { timeoutMs: 500 });
      const controller = new AbortController();
      const given = bus.request('lab.ask', numbered(2), { signal: controller.signal });
      const outcomes = Promise.allSettled([silent, given]);
      await world.quiet(bus);
      controller.abort();
      await world.advance(600);
      expect(await outcomes).toMatchObject([
        { reason: { code: 'timeout' } },
        { reason: { code: 'cancelled' } },
      ]);
    },
  },
  {
    title: 'replying to an event that asked for nothing is a conflict',
    async run(world) {
      const bus = await world.open();
      const errors: unknown[] = [];
      const { handler } = world.recorder((_, context) =>
        context.reply(1).catch((error: unknown) => errors.push(error)),
      );
      await bus.subscribe('lab.results', handler);
      await bus.publish('lab.results', numbered(1));
      await world.until(() => errors.length === 1);
      expect(errors[0]).toMatchObject({ code: 'conflict' });
    },
  },
  {
    title: 'patterns and options that make no sense are refused',
    async run(world) {
      const bus = await world.open();
      const nothing = (): void => undefined;
      await expect(bus.subscribe('lab.>.x', nothing)).rejects.toMatchObject({ code: 'invalid_input' });
      await expect(bus.subscribe('lab', nothing, { from: 'earliest' })).rejects.toMatchObject({
        code: 'invalid_options',
      });
      await expect(bus.subscribe('lab', nothing, { concurrency: 0 })).rejects.toMatchObject({
        code: 'invalid_options',
      });
    },
  },
];
