import { expect } from 'vitest';
import type { BusEvent } from '../event.ts';
import { numbered, type Behaviour } from './world.ts';

const numberOf = (event: BusEvent): number => (event.payload as { n: number }).n;

/** getMessage, replay, channels, metrics and health. */
export const readBehaviours: readonly Behaviour[] = [
  {
    title: 'an unknown id finds nothing',
    async run(world) {
      const bus = await world.open();
      expect(await bus.getMessage('evt_01945a2b-0000-7000-8000-000000000000')).toBeNull();
      expect(await bus.getMessage('nonsense * ?')).toBeNull();
    },
  },
  {
    title: 'replay shows what is stored, oldest first, and counts what was handled',
    async run(world) {
      const bus = await world.open();
      const drafts = Array.from({ length: 1_200 }, (_, n) =>
        numbered(n, { priority: n % 2 === 0 ? 'low' : 'critical', workspaceId: `w${n % 5}` }),
      );
      await bus.publishMany('lab.results', drafts);
      await bus.publish('lab.other', numbered(-1));
      const seen: number[] = [];
      expect(await bus.replayChannel('lab.results', (event) => seen.push(numberOf(event)))).toBe(1_200);
      expect(seen.toSorted((a, b) => a - b)).toEqual(drafts.map((_, n) => n));
    },
  },
  {
    title: 'a replay of one channel keeps the order of storing across workspaces and priorities',
    async run(world) {
      const bus = await world.open();
      for (let n = 0; n < 30; n += 1) {
        await bus.publish(
          'lab.results',
          numbered(n, { workspaceId: `w${n % 25}`, priority: n % 3 === 0 ? 'high' : 'low' }),
        );
      }
      const seen: number[] = [];
      await bus.replayChannel('lab.results', (event) => seen.push(numberOf(event)));
      expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => n));
    },
  },
  {
    title: 'replay narrows by time, type and number',
    async run(world) {
      const bus = await world.open();
      for (let n = 0; n < 10; n += 1) {
        await bus.publish('lab.results', { type: n % 2 === 0 ? 'even' : 'odd', payload: { n } });
        await world.clock.advance(1_000);
      }
      const start = Date.UTC(2026, 0, 1);
      const replay = async (options: object): Promise<number[]> => {
        const seen: number[] = [];
        await bus.replayChannel('lab.results', (event) => seen.push(numberOf(event)), options);
        return seen;
      };
      expect(await replay({ maxAgeSeconds: 3 })).toEqual([7, 8, 9]);
      expect(await replay({ since: start + 6_000 })).toEqual([6, 7, 8, 9]);
      expect(await replay({ since: '2026-01-01T00:00:08Z' })).toEqual([8, 9]);
      expect(await replay({ until: start + 2_000 })).toEqual([0, 1]);
      expect(await replay({ since: start + 2_000, until: start + 5_000, types: ['odd'] })).toEqual([3]);
      expect(await replay({ types: ['even'], limit: 2 })).toEqual([0, 2]);
    },
  },
  {
    title: 'a pattern replays several channels together in order',
    async run(world) {
      const bus = await world.open();
      for (let n = 0; n < 12; n += 1) await bus.publish(`lab.room-${n % 3}`, numbered(n));
      const seen: number[] = [];
      await bus.replayChannel('lab.*', (event) => seen.push(numberOf(event)));
      expect(seen).toEqual(Array.from({ length: 12 }, (_, n) => n));
    },
  },
  {
    title: 'a replay ends where a handler throws, and says how far it came',
    async run(world) {
      const bus = await world.open();
      const ids = await bus.publishMany(
        'lab.results',
        [0, 1, 2, 3].map((n) => numbered(n)),
      );
      const replay = bus.replayChannel('lab.results', (event) => {
        if (numberOf(event) === 2) throw new Error('enough');
      });
      await expect(replay).rejects.toMatchObject({
        code: 'replay_stopped',
        details: { handled: 2, eventId: ids[2] },
        cause: { message: 'enough' },
      });
    },
  },
  {
    title: 'a replay does not follow what its own handler publishes',
    async run(world) {
      const bus = await world.open();
      await bus.publish('lab.results', numbered(0));
      await world.clock.advance(1);
      const handled = await bus.replayChannel('lab.results', async (event) => {
        await world.clock.advance(1);
        await bus.publish('lab.results', numbered(numberOf(event) + 1));
      });
      expect(handled).toBe(1);
    },
  },
  {
    title: 'a replay can be slowed down and cancelled',
    async run(world) {
      const bus = await world.open();
      await bus.publishMany(
        'lab.results',
        [0, 1, 2, 3, 4].map((n) => numbered(n)),
      );
      const controller = new AbortController();
      let handled = 0;
      const replay = bus
        .replayChannel('lab.results', () => void (handled += 1), {
          ratePerSecond: 1,
          signal: controller.signal,
        })
        .catch((error: unknown) => error);
      await world.until(() => handled === 1);
      await world.advance(500);
      expect(handled).toBe(1);
      await world.advance(600);
      await world.until(() => handled === 2);
      controller.abort();
      expect(await replay).toMatchObject({ code: 'cancelled' });
    },
  },
  {
    title: 'replay disturbs no group',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder();
      await bus.publish('lab.results', numbered(1));
      await bus.replayChannel('lab.results', () => undefined);
      await bus.subscribe('lab.results', handler, { group: 'team', from: 'earliest' });
      await world.until(() => seen.length === 1);
      await bus.replayChannel('lab.results', () => undefined);
      await world.quiet(bus);
      expect(seen.length).toBe(1);
    },
  },
  {
    title: 'channels lists the declared ones and those that hold events',
    async run(world) {
      const bus = await world.open({
        channels: [{ name: 'lab.declared', retentionMs: 5_000, carries: 'Results.' }],
      });
      await bus.publish('lab.found', numbered(1));
      const channels = new Map((await bus.channels()).map((channel) => [channel.name, channel]));
      expect(channels.get('lab.declared')).toMatchObject({
        declared: true,
        retentionMs: 5_000,
        events: 0,
        carries: 'Results.',
      });
      expect(channels.get('lab.found')).toMatchObject({
        declared: false,
        retentionMs: 3_600_000,
        events: 1,
        published: 1,
      });
      expect(channels.get('lab.found')?.bytes).toBeGreaterThan(100);
      expect(channels.has('sys.alert.critical')).toBe(true);
    },
  },
  {
    title: 'metrics count by priority and channel what really happened',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(({ event, attempt }) => {
        if ((event.payload as { n: number }).n === 2 && attempt === 1) throw new Error('again');
      });
      await bus.subscribe('lab.a', handler, { group: 'team', retry: { baseMs: 10 } });
      await bus.publish('lab.a', numbered(1, { priority: 'high' }));
      await bus.publish('lab.a', numbered(2));
      await bus.publish('lab.b', numbered(3));
      await world.untilLater(() => seen.length === 3, 10);
      await world.quiet(bus);
      expect(bus.metrics()).toMatchObject({
        published: 3,
        publishedByPriority: { critical: 0, high: 1, normal: 2, low: 0 },
        received: 3,
        acknowledged: 2,
        failed: 1,
        retried: 1,
        isConnected: true,
        activeSubscriptions: 1,
      });
      expect(bus.channelMetrics('lab.a')).toMatchObject({ published: 2, received: 3, failed: 1 });
      expect(bus.channelMetrics('lab.b')).toMatchObject({ published: 1, received: 0 });
      expect(bus.channelMetrics('lab.unknown')).toMatchObject({ published: 0 });
    },
  },
  {
    title: 'health says what the engine is and what it survives',
    async run(world) {
      const bus = await world.open();
      const health = await bus.health();
      expect(health).toMatchObject({ status: 'healthy', reasons: [], connectedClients: 1 });
      expect(health.engine).not.toBe('');
      expect(['fsync', 'process', 'memory', 'unknown']).toContain(health.durability);
      expect(health.survives).toMatch(/\.$/);
      expect(health.pingMs).toBeGreaterThanOrEqual(0);
    },
  },
];
