import { expect } from 'vitest';
import type { Bus } from '../bus.ts';
import { gate, numbered, numbersOf, type Behaviour, type World } from './world.ts';

const short = [{ name: 'lab.short', retentionMs: 10_000 }];
const events = async (bus: Bus): Promise<number | null> => (await bus.health()).events;

async function untilExpired(world: World, bus: Bus, left = 0): Promise<void> {
  await world.untilLater(async () => (await events(bus)) === left, 500);
}

/** Delivery rule 8. */
export const retentionBehaviours: readonly Behaviour[] = [
  {
    title: 'an event is gone after its channel’s retention',
    async run(world) {
      const bus = await world.open({ channels: short });
      const id = await bus.publish('lab.short', numbered(1));
      await world.advance(9_900);
      expect(await bus.getMessage(id)).not.toBeNull();
      await world.advance(200);
      expect(await bus.getMessage(id)).toBeNull();
      expect(await bus.replayChannel('lab.short', () => undefined)).toBe(0);
      await untilExpired(world, bus);
    },
  },
  {
    title: 'channels of different retention do not wait for each other',
    async run(world) {
      const bus = await world.open({ channels: [...short, { name: 'lab.long', retentionMs: 60_000 }] });
      await bus.publish('lab.long', numbered(1));
      await bus.publish('lab.short', numbered(2));
      await world.advance(11_000);
      await untilExpired(world, bus, 1);
      expect(await bus.replayChannel('lab.*', () => undefined)).toBe(1);
    },
  },
  {
    title: 'an event that a group had not handled when it expired becomes a dead letter',
    async run(world) {
      const bus = await world.open({ channels: short });
      await (await bus.subscribe('lab.short', () => undefined, { group: 'absent' })).stop();
      const id = await bus.publish('lab.short', numbered(1));
      await world.untilLater(async () => (await bus.deadLetters.list()).total === 1, 1_000);
      expect((await bus.deadLetters.list()).items).toMatchObject([
        { reason: 'expired', channel: 'lab.short', group: 'absent', attemptCount: 0, event: { id } },
      ]);
      expect(bus.metrics()).toMatchObject({ expired: 1 });
    },
  },
  {
    title: 'an expired event is a dead letter only for the groups that missed it',
    async run(world) {
      const bus = await world.open({ channels: short });
      const { seen, handler } = world.recorder();
      await bus.subscribe('lab.short', handler, { group: 'present' });
      await (await bus.subscribe('lab.short', () => undefined, { group: 'absent' })).stop();
      await (await bus.subscribe('lab.short', () => undefined, { group: 'other', types: ['x'] })).stop();
      await bus.publishMany('lab.short', [numbered(1), numbered(2)]);
      await world.until(() => seen.length === 2);
      await world.untilLater(async () => (await bus.deadLetters.list()).total === 2, 1_000);
      await world.quiet(bus);
      expect((await bus.deadLetters.list()).items.map(({ group }) => group)).toEqual(['absent', 'absent']);
    },
  },
  {
    title: 'where the channel says so, an expired event is dropped, and counted',
    async run(world) {
      const channels = [{ name: 'lab.short', retentionMs: 10_000, expired: 'drop' as const }];
      const bus = await world.open({ channels });
      await (await bus.subscribe('lab.short', () => undefined, { group: 'absent' })).stop();
      await bus.publish('lab.short', numbered(1));
      await untilExpired(world, bus);
      expect((await bus.deadLetters.list()).total).toBe(0);
      expect(bus.metrics()).toMatchObject({ expired: 1, deadLettered: 0 });
    },
  },
  {
    title: 'an expired event is never handed to a handler',
    async run(world) {
      const bus = await world.open({ channels: short });
      const { seen, handler } = world.recorder();
      const subscription = await bus.subscribe('lab.short', handler, { group: 'team' });
      subscription.pause();
      await bus.publish('lab.short', numbered(1));
      await world.clock.advance(10_001);
      subscription.resume();
      await bus.publish('lab.short', numbered(2));
      await world.until(() => seen.length === 1);
      await world.quiet(bus);
      expect(numbersOf(seen)).toEqual([2]);
      expect((await bus.deadLetters.list()).total).toBe(1);
    },
  },
  {
    title: 'an event can expire before its channel’s retention',
    async run(world) {
      const bus = await world.open();
      await (await bus.subscribe('lab.results', () => undefined, { group: 'absent' })).stop();
      const brief = await bus.publish('lab.results', numbered(1, { expiresInMs: 2_000 }));
      const long = await bus.publish('lab.results', numbered(2));
      await world.untilLater(async () => (await bus.deadLetters.list()).total === 1, 500);
      expect(await bus.getMessage(brief)).toBeNull();
      expect(await bus.getMessage(long)).not.toBeNull();
      const { seen, handler } = world.recorder();
      await bus.subscribe('lab.results', handler, { group: 'absent' });
      await world.until(() => seen.length === 1);
      expect(numbersOf(seen)).toEqual([2]);
    },
  },
  {
    title: 'an event waiting for its retry expires into the dead letters with its attempts',
    async run(world) {
      const bus = await world.open({ channels: short });
      const { seen, handler } = world.recorder(() => {
        throw new Error('later');
      });
      const retry = { baseMs: 60_000, capMs: 60_000 };
      await bus.subscribe('lab.short', handler, { group: 'team', retry });
      await bus.publish('lab.short', numbered(1));
      await world.until(() => seen.length === 1);
      await world.untilLater(async () => (await bus.deadLetters.list()).total === 1, 1_000);
      expect((await bus.deadLetters.list()).items).toMatchObject([
        { reason: 'expired', attemptCount: 1, attempts: [{ attempt: 1, error: 'Error: later' }] },
      ]);
      await untilExpired(world, bus, 1);
    },
  },
  {
    title: 'an event that expires while it is being handled may still be acknowledged',
    async run(world) {
      const bus = await world.open({ channels: short });
      const door = gate();
      const { seen, handler } = world.recorder(() => door.passed);
      await bus.subscribe('lab.short', handler, { group: 'team', timeoutMs: 60_000 });
      await bus.publish('lab.short', numbered(1));
      await world.until(() => seen.length === 1);
      await world.advance(15_000);
      await world.quiet(bus);
      door.open();
      await untilExpired(world, bus);
      expect(bus.metrics()).toMatchObject({ acknowledged: 1, expired: 0 });
      expect((await bus.deadLetters.list()).total).toBe(0);
    },
  },
  {
    title: 'an event that expired while it was being handled and then failed is a dead letter',
    async run(world) {
      const bus = await world.open({ channels: short });
      const door = gate();
      const { seen, handler } = world.recorder(async () => {
        await door.passed;
        throw new Error('too late');
      });
      await bus.subscribe('lab.short', handler, { group: 'team', timeoutMs: 60_000 });
      await bus.publish('lab.short', numbered(1));
      await world.until(() => seen.length === 1);
      await world.advance(15_000);
      door.open();
      await world.until(async () => (await bus.deadLetters.list()).total === 1);
      expect((await bus.deadLetters.list()).items).toMatchObject([{ reason: 'expired', attemptCount: 1 }]);
    },
  },
  {
    title: 'a large number of expired events goes in slices until nothing is left',
    async run(world) {
      const bus = await world.open({ channels: short });
      await (await bus.subscribe('lab.short', () => undefined, { group: 'absent', types: ['x'] })).stop();
      for (let batch = 0; batch < 3; batch += 1) {
        await bus.publishMany(
          'lab.short',
          Array.from({ length: 700 }, (_, n) => numbered(n)),
        );
      }
      await world.advance(11_000);
      await world.untilLater(async () => (await events(bus)) === 0, 2);
      const channel = (await bus.channels()).find(({ name }) => name === 'lab.short');
      expect(channel).toMatchObject({ events: 0, bytes: 0, published: 2_100 });
    },
  },
  {
    title: 'dead letters expire too, after 30 days',
    async run(world) {
      const bus = await world.open();
      const options = { group: 'team', retry: { retries: 0 } };
      const subscription = await bus.subscribe(
        'lab.results',
        () => {
          throw new Error('broken');
        },
        options,
      );
      await bus.publish('lab.results', numbered(1));
      await world.until(async () => (await bus.deadLetters.list()).total === 1);
      await subscription.stop();
      await world.advance(29 * 86_400_000);
      await world.quiet(bus);
      expect((await bus.deadLetters.list()).total).toBe(1);
      await world.untilLater(async () => (await bus.deadLetters.list()).total === 0, 86_400_000);
      expect((await bus.health()).deadLetters.max_retries_exceeded).toBe(0);
    },
  },
];
