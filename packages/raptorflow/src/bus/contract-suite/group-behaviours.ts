import { expect } from 'vitest';
import { gate, numbered, numbersOf, type Behaviour } from './world.ts';

/** Durable groups: competing members, where they begin, what they remember. */
export const groupBehaviours: readonly Behaviour[] = [
  {
    title: 'each event is handled by exactly one member of a group',
    async run(world) {
      const bus = await world.open();
      const members = [world.recorder(), world.recorder(), world.recorder()];
      for (const { handler } of members) await bus.subscribe('lab.results', handler, { group: 'team' });
      await bus.publishMany(
        'lab.results',
        Array.from({ length: 60 }, (_, n) => numbered(n)),
      );
      const all = (): number[] => members.flatMap(({ seen }) => numbersOf(seen));
      await world.until(() => all().length >= 60);
      await world.quiet(bus);
      expect(all().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n));
      expect(members.every(({ seen }) => seen.length > 0)).toBe(true);
    },
  },
  {
    title: 'every group gets every event',
    async run(world) {
      const bus = await world.open();
      const groups = [world.recorder(), world.recorder()] as const;
      await bus.subscribe('lab.results', groups[0].handler, { group: 'one' });
      await bus.subscribe('lab.*', groups[1].handler, { group: 'two' });
      await bus.publish('lab.results', numbered(1));
      await world.until(() => groups.every(({ seen }) => seen.length === 1));
    },
  },
  {
    title: 'a new group begins with new events unless told otherwise',
    async run(world) {
      const bus = await world.open();
      await bus.publish('lab.results', numbered(1));
      const { seen, handler } = world.recorder();
      await bus.subscribe('lab.results', handler, { group: 'late' });
      await bus.publish('lab.results', numbered(2));
      await world.until(() => seen.length === 1);
      await world.quiet(bus);
      expect(numbersOf(seen)).toEqual([2]);
    },
  },
  {
    title: 'a group can begin with the earliest event, a moment ago, or after an event',
    async run(world) {
      const bus = await world.open();
      await bus.publish('lab.results', numbered(1));
      await world.advance(10_000);
      const second = await bus.publish('lab.results', numbered(2));
      await world.advance(10_000);
      await bus.publish('lab.results', numbered(3));
      const recorders = { earliest: world.recorder(), since: world.recorder(), after: world.recorder() };
      await bus.subscribe('lab.results', recorders.earliest.handler, { group: 'a', from: 'earliest' });
      await bus.subscribe('lab.results', recorders.since.handler, { group: 'b', from: { sinceMs: 15_000 } });
      await bus.subscribe('lab.results', recorders.after.handler, { group: 'c', from: { eventId: second } });
      await world.until(() =>
        Object.values(recorders).every(({ seen }) =>
          seen.some(({ event }) => (event.payload as { n: number }).n === 3),
        ),
      );
      await world.quiet(bus);
      expect(numbersOf(recorders.earliest.seen)).toEqual([1, 2, 3]);
      expect(numbersOf(recorders.since.seen)).toEqual([2, 3]);
      expect(numbersOf(recorders.after.seen)).toEqual([3]);
    },
  },
  {
    title: 'a group that should begin after an unknown event is refused',
    async run(world) {
      const bus = await world.open();
      const from = { eventId: 'evt_01945a2b-0000-7000-8000-000000000000' };
      const subscribe = bus.subscribe('lab.results', () => undefined, { group: 'a', from });
      await expect(subscribe).rejects.toMatchObject({ code: 'not_found' });
      expect(await bus.groups.list()).toEqual([]);
    },
  },
  {
    title: 'a group keeps its place while it has no members',
    async run(world) {
      const bus = await world.open();
      const first = world.recorder();
      const subscription = await bus.subscribe('lab.results', first.handler, { group: 'team' });
      await bus.publish('lab.results', numbered(1));
      await world.until(() => first.seen.length === 1);
      await subscription.stop();
      await bus.publishMany('lab.results', [numbered(2), numbered(3)]);
      const second = world.recorder();
      await bus.subscribe('lab.results', second.handler, { group: 'team', from: 'earliest' });
      await world.until(() => second.seen.length === 2);
      await world.quiet(bus);
      expect(numbersOf(second.seen)).toEqual([2, 3]);
    },
  },
  {
    title: 'a group on a pattern gets events of channels that did not exist when it began',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder();
      const subscription = await bus.subscribe('ws.*.campaign', handler, { group: 'team' });
      await subscription.stop();
      await bus.publish('ws.new.campaign', numbered(1));
      await bus.subscribe('ws.*.campaign', handler, { group: 'team' });
      await bus.publish('ws.newer.campaign', numbered(2));
      await world.until(() => seen.length === 2);
      expect(numbersOf(seen).toSorted((a, b) => a - b)).toEqual([1, 2]);
    },
  },
  {
    title: 'members of one group must subscribe alike',
    async run(world) {
      const bus = await world.open();
      const nothing = (): void => undefined;
      await bus.subscribe('lab.results', nothing, { group: 'team', types: ['a', 'b'] });
      await bus.subscribe('lab.results', nothing, { group: 'team', types: ['b', 'a'] });
      const refused = { code: 'conflict', details: { group: 'team', pattern: 'lab.results' } };
      await expect(
        bus.subscribe('lab.*', nothing, { group: 'team', types: ['a', 'b'] }),
      ).rejects.toMatchObject(refused);
      await expect(bus.subscribe('lab.results', nothing, { group: 'team' })).rejects.toMatchObject(refused);
    },
  },
  {
    title:
      'a group without members may be redefined: shared channels keep their place, new ones begin as told',
    async run(world) {
      const bus = await world.open();
      const first = world.recorder();
      await (await bus.subscribe('lab.a', first.handler, { group: 'team' })).stop();
      await bus.publish('lab.a', numbered(1));
      await bus.publish('lab.b', numbered(2));
      const second = world.recorder();
      await bus.subscribe('lab.*', second.handler, { group: 'team' });
      await bus.publish('lab.b', numbered(3));
      await world.until(() => second.seen.length === 2);
      await world.quiet(bus);
      expect(numbersOf(second.seen).toSorted((a, b) => a - b)).toEqual([1, 3]);
    },
  },
  {
    title: 'no more events than the prefetch are in a member’s hands, however many wait',
    async run(world) {
      const bus = await world.open();
      const door = gate();
      const { seen, handler } = world.recorder(() => door.passed);
      const options = { group: 'slow', concurrency: 2, prefetch: 5 };
      await bus.subscribe('lab.results', handler, options);
      await bus.publishMany(
        'lab.results',
        Array.from({ length: 50 }, (_, n) => numbered(n)),
      );
      await world.until(() => seen.length === 2);
      await world.quiet(bus);
      expect(bus.subscriptions()).toMatchObject([{ running: 2, waiting: 3 }]);
      expect(await bus.groups.list()).toMatchObject([{ lag: 50, inFlight: 5 }]);
      door.open();
      await world.until(() => seen.length === 50);
    },
  },
  {
    title: 'concurrency bounds how many handlers run at once',
    async run(world) {
      const bus = await world.open();
      let running = 0;
      let most = 0;
      const { seen, handler } = world.recorder(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        running -= 1;
      });
      await bus.subscribe('lab.results', handler, { group: 'team', concurrency: 3 });
      await bus.publishMany(
        'lab.results',
        Array.from({ length: 30 }, (_, n) => numbered(n)),
      );
      await world.until(() => seen.length === 30);
      expect(most).toBe(3);
    },
  },
  {
    title: 'lag counts what is not handled yet, and falls to nothing',
    async run(world) {
      const bus = await world.open();
      const door = gate();
      const { seen, handler } = world.recorder(() => door.passed);
      const subscription = await bus.subscribe('lab.results', handler, { group: 'team', concurrency: 1 });
      await bus.publishMany('lab.results', [numbered(1), numbered(2), numbered(3)]);
      await world.until(() => seen.length === 1);
      expect(await subscription.lag()).toBe(3);
      await world.advance(2_000);
      expect((await bus.groups.list())[0]?.oldestUnhandledMs).toBe(2_000);
      door.open();
      await world.until(async () => (await subscription.lag()) === 0);
      expect((await bus.groups.list())[0]?.oldestUnhandledMs).toBeNull();
    },
  },
  {
    title: 'a deleted group is forgotten, and one with members is not deleted',
    async run(world) {
      const bus = await world.open();
      const first = world.recorder();
      const subscription = await bus.subscribe('lab.results', first.handler, { group: 'team' });
      await expect(bus.groups.delete('team')).rejects.toMatchObject({ code: 'conflict' });
      await subscription.stop();
      await bus.publish('lab.results', numbered(1));
      expect(await bus.groups.delete('team')).toBe(true);
      expect(await bus.groups.delete('team')).toBe(false);
      const second = world.recorder();
      await bus.subscribe('lab.results', second.handler, { group: 'team' });
      await bus.publish('lab.results', numbered(2));
      await world.until(() => second.seen.length === 1);
      expect(numbersOf(second.seen)).toEqual([2]);
    },
  },
  {
    title: 'a member that leaves gives back what it had not begun, and the others handle it',
    async run(world) {
      const bus = await world.open();
      const door = gate();
      const slow = world.recorder(() => door.passed);
      const options = { group: 'team', concurrency: 1, prefetch: 10 };
      const subscription = await bus.subscribe('lab.results', slow.handler, options);
      await bus.publishMany(
        'lab.results',
        Array.from({ length: 10 }, (_, n) => numbered(n)),
      );
      await world.until(() => slow.seen.length === 1);
      const other = world.recorder();
      await bus.subscribe('lab.results', other.handler, { group: 'team' });
      const stopping = subscription.stop();
      await world.until(() => other.seen.length === 9);
      expect(other.seen.every(({ attempt }) => attempt === 1)).toBe(true);
      door.open();
      await stopping;
      await world.quiet(bus);
      expect([slow.seen.length, other.seen.length]).toEqual([1, 9]);
    },
  },
  {
    title: 'a group that nobody has read for a week raises a warning',
    async run(world) {
      const bus = await world.open();
      await (await bus.subscribe('lab.results', () => undefined, { group: 'forgotten' })).stop();
      expect((await bus.health()).warnings).toEqual([]);
      await world.advance(8 * 86_400_000);
      const { status, warnings } = await bus.health();
      expect(status).toBe('healthy');
      expect(warnings).toEqual([expect.stringContaining('"forgotten"')]);
    },
  },
];
