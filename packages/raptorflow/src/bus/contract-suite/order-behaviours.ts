import { expect } from 'vitest';
import { priorities } from '../event.ts';
import { gate, numbered, numbersOf, type Behaviour } from './world.ts';

const range = (length: number): number[] => Array.from({ length }, (_, n) => n);

/** Delivery rule 6, and turns between workspaces. */
export const orderBehaviours: readonly Behaviour[] = [
  {
    title: 'events of a channel and priority are handed out oldest first',
    async run(world) {
      const bus = await world.open();
      await bus.publishMany(
        'lab.results',
        range(200).map((n) => numbered(n)),
      );
      const { seen, handler } = world.recorder();
      await bus.subscribe('lab.results', handler, { group: 'team', from: 'earliest', concurrency: 1 });
      await world.until(() => seen.length === 200);
      expect(numbersOf(seen)).toEqual(range(200));
    },
  },
  {
    title: 'priorities share 8 : 4 : 2 : 1, the urgent ones first, and none starves',
    async run(world) {
      const bus = await world.open();
      for (const priority of priorities.toReversed()) {
        await bus.publishMany(
          'lab.results',
          range(30).map((n) => numbered(n, { priority })),
        );
      }
      const { seen, handler } = world.recorder();
      const options = { group: 'team', from: 'earliest', concurrency: 1, prefetch: 1 } as const;
      await bus.subscribe('lab.results', handler, options);
      await world.until(() => seen.length === 120);
      const order = seen.map(({ event }) => event.priority);
      const round = priorities.flatMap((priority, rank) => Array.from({ length: 8 >> rank }, () => priority));
      expect(order.slice(0, 45)).toEqual([...round, ...round, ...round]);
    },
  },
  {
    title: 'a critical event passes a backlog of normal ones',
    async run(world) {
      const bus = await world.open();
      await bus.publishMany(
        'lab.results',
        range(100).map((n) => numbered(n)),
      );
      await bus.publish('lab.results', numbered(999, { priority: 'critical' }));
      const { seen, handler } = world.recorder();
      const options = { group: 'team', from: 'earliest', concurrency: 1, prefetch: 1 } as const;
      await bus.subscribe('lab.results', handler, options);
      await world.until(() => seen.length === 101);
      expect(numbersOf(seen)[0]).toBe(999);
    },
  },
  {
    title: 'workspaces take turns: a backlog of one does not stand before the event of another',
    async run(world) {
      const bus = await world.open();
      await bus.publishMany(
        'lab.results',
        range(500).map((n) => numbered(n, { workspaceId: 'large' })),
      );
      await bus.publishMany(
        'lab.results',
        range(5).map((n) => numbered(n, { workspaceId: 'small' })),
      );
      const { seen, handler } = world.recorder();
      await bus.subscribe('lab.results', handler, {
        group: 'team',
        from: 'earliest',
        concurrency: 1,
        prefetch: 2,
      });
      await world.until(() => seen.length === 505);
      const last = seen.findLastIndex(({ event }) => event.workspaceId === 'small');
      expect(last).toBeLessThan(20);
    },
  },
  {
    title: 'an ordered group handles a channel strictly in order, retries included',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(({ event, attempt }) => {
        if ((event.payload as { n: number }).n === 1 && attempt < 3) throw new Error('again');
      });
      const options = { group: 'team', ordered: true, concurrency: 5, retry: { baseMs: 100 } };
      await bus.subscribe('lab.results', handler, options);
      await bus.publishMany(
        'lab.results',
        range(4).map((n) => numbered(n)),
      );
      await world.until(() => seen.length === 2);
      await world.quiet(bus);
      expect(numbersOf(seen)).toEqual([0, 1]);
      await world.untilLater(() => seen.length === 6, 50);
      expect(numbersOf(seen)).toEqual([0, 1, 1, 1, 2, 3]);
    },
  },
  {
    title: 'an ordered group runs different workspaces beside each other',
    async run(world) {
      const bus = await world.open();
      const door = gate();
      const { seen, handler } = world.recorder(() => door.passed);
      await bus.subscribe('lab.results', handler, { group: 'team', ordered: true, concurrency: 10 });
      for (const workspaceId of ['a', 'b', 'c']) {
        await bus.publishMany(
          'lab.results',
          range(3).map((n) => numbered(n, { workspaceId })),
        );
      }
      await world.until(() => seen.length === 3);
      await world.quiet(bus);
      expect(numbersOf(seen)).toEqual([0, 0, 0]);
      door.open();
      await world.until(() => seen.length === 9);
    },
  },
  {
    title: 'an ordered group goes on once an event is given up',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(({ event }) => {
        if ((event.payload as { n: number }).n === 0) throw new Error('broken');
      });
      const options = { group: 'team', ordered: true, retry: { retries: 1, baseMs: 10 } };
      await bus.subscribe('lab.results', handler, options);
      await bus.publishMany(
        'lab.results',
        range(3).map((n) => numbered(n)),
      );
      await world.untilLater(() => seen.length === 4, 10);
      expect(numbersOf(seen)).toEqual([0, 0, 1, 2]);
    },
  },
  {
    title: 'events with one ordering key are handled one after the other, retries included; others pass',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(({ event, attempt }) => {
        if ((event.payload as { n: number }).n === 0 && attempt === 1) throw new Error('again');
      });
      await bus.subscribe('lab.results', handler, {
        group: 'team',
        concurrency: 10,
        retry: { baseMs: 1_000 },
      });
      await bus.publishMany('lab.results', [
        numbered(0, { orderingKey: 'customer-1' }),
        numbered(1, { orderingKey: 'customer-1' }),
        numbered(2, { orderingKey: 'customer-1' }),
        numbered(10, { orderingKey: 'customer-2' }),
        numbered(11, { orderingKey: 'customer-2' }),
        numbered(20),
      ]);
      await world.until(() => seen.length === 4);
      await world.quiet(bus);
      expect(numbersOf(seen).toSorted((a, b) => a - b)).toEqual([0, 10, 11, 20]);
      await world.untilLater(() => seen.length === 7);
      const first = seen.filter(({ event }) => event.orderingKey === 'customer-1');
      expect(numbersOf(first)).toEqual([0, 0, 1, 2]);
    },
  },
  {
    title: 'two events with one ordering key never run at the same time',
    async run(world) {
      const bus = await world.open();
      const running = new Map<string, number>();
      let clashes = 0;
      const { seen, handler } = world.recorder(async ({ event }) => {
        const key = event.orderingKey ?? '';
        const now = (running.get(key) ?? 0) + 1;
        running.set(key, now);
        if (now > 1) clashes += 1;
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        running.set(key, (running.get(key) ?? 1) - 1);
      });
      for (let member = 0; member < 2; member += 1) {
        await bus.subscribe('lab.results', handler, { group: 'team', concurrency: 8 });
      }
      const drafts = range(120).map((n) => numbered(n, { orderingKey: `key-${n % 4}` }));
      await bus.publishMany('lab.results', drafts);
      await world.until(() => seen.length === 120);
      expect(clashes).toBe(0);
      for (const key of [0, 1, 2, 3]) {
        const numbers = numbersOf(seen.filter(({ event }) => event.orderingKey === `key-${key}`));
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
    },
  },
];
