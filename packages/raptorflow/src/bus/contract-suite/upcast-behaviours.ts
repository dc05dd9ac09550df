import { expect } from 'vitest';
import { z } from 'zod';
import { defineContract } from '../contract.ts';
import type { Behaviour } from './world.ts';

const first = defineContract('order.placed', 1, z.object({ order: z.string() }));
const second = defineContract(
  'order.placed',
  2,
  z.object({ order: z.string(), currency: z.string().default('EUR') }),
  { from: first, upcast: ({ order }) => ({ order }) },
);
const third = defineContract(
  'order.placed',
  3,
  z.object({ order: z.string(), price: z.object({ currency: z.string(), cents: z.number() }) }),
  {
    from: second,
    upcast: ({ order, currency }) => {
      if (order === 'broken') throw new TypeError('an order of this kind has no price');
      return { order, price: { currency, cents: order === 'odd' ? Number.NaN : 0 } };
    },
  },
);
const old = { type: 'order.placed', version: 1, payload: { order: 'A-17' } };
const lifted = { order: 'A-17', price: { currency: 'EUR', cents: 0 } };

/** Delivery rule 7: older events are lifted to the newest version of their contract. */
export const upcastBehaviours: readonly Behaviour[] = [
  {
    title: 'an older event is lifted step by step when it is handled; the store keeps it as it was',
    async run(world) {
      const bus = await world.open({ contracts: [third] });
      const group = world.recorder();
      const live = world.recorder();
      await bus.subscribe('lab.orders', group.handler, { group: 'readers' });
      await bus.subscribe('lab.orders', live.handler);
      const id = await bus.publish('lab.orders', old);
      await bus.publish('lab.orders', { ...old, version: 2, payload: { order: 'A-18', currency: 'CHF' } });
      await world.until(() => group.seen.length === 2 && live.seen.length === 2);
      for (const { seen } of [group, live]) {
        expect(seen.map(({ event }) => [event.version, event.payload])).toEqual([
          [3, lifted],
          [3, { order: 'A-18', price: { currency: 'CHF', cents: 0 } }],
        ]);
      }
      expect(await bus.getMessage(id)).toMatchObject({ version: 1, payload: { order: 'A-17' } });
    },
  },
  {
    title: 'an older event is lifted when it is replayed',
    async run(world) {
      const bus = await world.open({ contracts: [third] });
      await bus.publish('lab.orders', old);
      const seen: unknown[] = [];
      await bus.replayChannel('lab.orders', ({ version, payload }) => seen.push([version, payload]));
      expect(seen).toEqual([[3, lifted]]);
    },
  },
  {
    title: 'an older event is lifted when it is redriven',
    needs: 'durable',
    async run(world) {
      const bus = await world.open({ contracts: [first] });
      const broken = (): void => {
        throw new Error('broken');
      };
      await bus.subscribe('lab.orders', broken, { group: 'team', retry: { retries: 0 } });
      await bus.publish('lab.orders', old);
      await world.until(async () => (await bus.deadLetters.list()).total === 1);
      const newer = await world.reopen(bus, { contracts: [third] });
      const { seen, handler } = world.recorder();
      await newer.subscribe('lab.orders', handler, { group: 'team' });
      expect(await newer.deadLetters.redrive({})).toMatchObject({ changed: 1 });
      await world.until(() => seen.length === 1);
      expect(seen[0]?.event).toMatchObject({ version: 3, payload: lifted });
    },
  },
  {
    title:
      'an upcast that throws, and one whose result breaks the contract, make a schema violation with its reason',
    async run(world) {
      const bus = await world.open({ contracts: [third] });
      const { seen, handler } = world.recorder();
      await bus.subscribe('lab.orders', handler, { group: 'team' });
      await bus.publish('lab.orders', { ...old, payload: { order: 'broken' } });
      await bus.publish('lab.orders', { ...old, payload: { order: 'odd' } });
      await bus.publish('lab.orders', old);
      await world.until(() => seen.length === 1);
      await world.until(async () => (await bus.deadLetters.list()).total === 2);
      const { items } = await bus.deadLetters.list({ reason: 'schema_violation', group: 'team' });
      expect(items.map(({ error }) => error.message).toSorted()).toEqual([
        expect.stringContaining('price.cents'),
        expect.stringContaining('version 2 to 3 failed: an order of this kind has no price'),
      ]);
      expect(items.map(({ event }) => event.version)).toEqual([1, 1]);
    },
  },
  {
    title: 'an event of a newer version than anybody knows is a schema violation at handling',
    needs: 'durable',
    async run(world) {
      const bus = await world.open({ contracts: [third] });
      await bus.publish('lab.orders', { type: 'order.placed', version: 3, payload: lifted });
      const older = await world.reopen(bus, { contracts: [second] });
      const { handler } = world.recorder();
      await older.subscribe('lab.orders', handler, { group: 'team', from: 'earliest' });
      await world.until(async () => (await older.deadLetters.list()).total === 1);
      const [letter] = (await older.deadLetters.list()).items;
      expect(letter).toMatchObject({ reason: 'schema_violation', event: { version: 3, payload: lifted } });
    },
  },
  {
    title: 'what a channel’s own contracts say holds at handling too',
    async run(world) {
      const bus = await world.open({ channels: [{ name: 'lab.*', contracts: [third] }] });
      const { seen, handler } = world.recorder();
      await bus.subscribe('lab.orders', handler, { group: 'team' });
      await bus.publish('lab.orders', old);
      await world.until(() => seen.length === 1);
      expect(seen[0]?.event).toMatchObject({ version: 3, payload: lifted });
    },
  },
];
