import { expect } from 'vitest';
import { z } from 'zod';
import type { Bus } from '../bus.ts';
import { defineContract } from '../contract.ts';
import type { DeadLetterPage } from '../dead-letter.ts';
import { numbered, numbersOf, type Behaviour, type World } from './world.ts';

const broken = (): void => {
  throw new Error('broken');
};
const once = { group: 'team', retry: { retries: 0 } };

// Publishes `count` events and lets the group give all of them up.
async function giveUp(world: World, bus: Bus, count: number): Promise<{ ids: string[] }> {
  const subscription = await bus.subscribe('lab.results', broken, once);
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    ids.push(await bus.publish('lab.results', numbered(n, { workspaceId: `w${n % 2}` })));
    await world.until(async () => (await bus.deadLetters.list()).total === n + 1);
  }
  await subscription.stop();
  return { ids };
}

/** Delivery rule 9. */
export const deadLetterBehaviours: readonly Behaviour[] = [
  {
    title: 'dead letters are events on their reason’s channel, which anybody may follow',
    async run(world) {
      const bus = await world.open();
      const live = world.recorder();
      const group = world.recorder();
      await bus.subscribe('sys.dlq.*', live.handler);
      await bus.subscribe('sys.dlq.*', group.handler, { group: 'undertakers' });
      const { ids } = await giveUp(world, bus, 1);
      await world.until(() => live.seen.length === 1 && group.seen.length === 1);
      const [letter] = (await bus.deadLetters.list()).items;
      expect(live.seen[0]?.event).toMatchObject({
        id: letter?.id,
        channel: 'sys.dlq.max_retries_exceeded',
        type: 'dead_letter:max_retries_exceeded',
        workspaceId: 'w0',
        causationId: ids[0],
      });
    },
  },
  {
    title: 'dead letters and alerts count as published on their channels, however they came there',
    async run(world) {
      const bus = await world.open({
        limits: { hopsMax: 1 },
        channels: [{ name: 'lab.short', retentionMs: 10_000 }],
      });
      const published = async (): Promise<unknown> =>
        Object.fromEntries(
          (await bus.channels())
            .filter(({ name }) => name.startsWith('sys.'))
            .map((channel) => [channel.name, channel.published]),
        );
      // Given up by a group, expired before a group had handled it, refused at publishing.
      await giveUp(world, bus, 2);
      await (await bus.subscribe('lab.short', () => undefined, { group: 'late' })).stop();
      await bus.publish('lab.short', numbered(1));
      await world.untilLater(
        async () => (await bus.deadLetters.list({ reason: 'expired' })).total === 1,
        1_000,
      );
      const cause = {
        id: 'elsewhere',
        requestId: 'ask',
        hops: 1,
        trail: null,
        workspaceId: null,
        budgetId: null,
      };
      await expect(bus.publish('lab.results', numbered(1, { causedBy: cause }))).rejects.toMatchObject({
        code: 'loop_detected',
      });
      expect(await published()).toMatchObject({
        'sys.dlq.max_retries_exceeded': 2,
        'sys.dlq.expired': 1,
        'sys.dlq.loop_detected': 1,
        'sys.alert.critical': 1,
      });
    },
  },
  {
    title: 'a handler of dead letters is retried and its event never dead-lettered again',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(broken);
      const retry = { retries: 1, baseMs: 100, capMs: 1_000 };
      await bus.subscribe('sys.dlq.*', handler, { group: 'undertakers', retry });
      await giveUp(world, bus, 1);
      await world.untilLater(() => seen.length >= 5, 500);
      expect((await bus.deadLetters.list()).total).toBe(1);
    },
  },
  {
    title: 'lists are newest first, filtered, counted and paged',
    async run(world) {
      const bus = await world.open();
      await giveUp(world, bus, 7);
      const first = await bus.deadLetters.list({ limit: 3 });
      expect([first.total, first.items.length]).toEqual([7, 3]);
      const rest = await bus.deadLetters.list({ limit: 100, cursor: first.cursor ?? '' });
      expect(rest.cursor).toBeNull();
      const numbers = [...first.items, ...rest.items].map(({ event }) => (event.payload as { n: number }).n);
      expect(numbers).toEqual([6, 5, 4, 3, 2, 1, 0]);
      expect((await bus.deadLetters.list({ workspaceId: 'w1' })).total).toBe(3);
      expect((await bus.deadLetters.list({ group: 'other' })).total).toBe(0);
      expect((await bus.deadLetters.list({ channel: 'lab.results', group: 'team' })).total).toBe(7);
      expect((await bus.deadLetters.list({ reason: 'expired' })).total).toBe(0);
      expect((await bus.deadLetters.list({ since: world.clock.now() + 1 })).total).toBe(0);
      expect((await bus.deadLetters.list({ since: world.clock.now() - 60_000 })).total).toBe(7);
    },
  },
  {
    title: 'letters of one moment are on one page each, wherever pages are cut',
    async run(world) {
      const bus = await world.open();
      await bus.subscribe('lab.results', broken, once);
      const workspaces = Array.from({ length: 24 }, (_, n) => `w${n}`);
      // The clock stands still: stores that keep workspaces apart give letters of several the very same place in time.
      const ids = await Promise.all(
        workspaces.map((workspaceId, n) => bus.publish('lab.results', numbered(n, { workspaceId }))),
      );
      await world.until(async () => (await bus.deadLetters.list()).total === ids.length);
      for (const limit of [1, 2, 5, 23]) {
        const found: string[] = [];
        for (let cursor: string | null = ''; cursor !== null;) {
          const page: DeadLetterPage = await bus.deadLetters.list({
            limit,
            ...(cursor === '' ? {} : { cursor }),
          });
          expect(page.total).toBe(ids.length);
          found.push(...page.items.map(({ event }) => event.id));
          cursor = page.cursor;
        }
        expect(found.toSorted()).toEqual(ids.toSorted());
      }
      await expect(bus.deadLetters.list({ cursor: 'page two' })).rejects.toMatchObject({
        code: 'invalid_input',
      });
    },
  },
  {
    title: 'a dead letter is found by its id, and an unknown id is null',
    async run(world) {
      const bus = await world.open();
      await giveUp(world, bus, 1);
      const [letter] = (await bus.deadLetters.list()).items;
      expect(await bus.deadLetters.get(letter?.id ?? '')).toEqual(letter);
      expect(await bus.deadLetters.get('evt_01945a2b-0000-7000-8000-000000000000')).toBeNull();
    },
  },
  {
    title: 'redrive gives an event, with its id, only to the group that failed',
    async run(world) {
      const bus = await world.open();
      const other = world.recorder();
      await bus.subscribe('lab.results', other.handler, { group: 'other' });
      const { ids } = await giveUp(world, bus, 2);
      await world.until(() => other.seen.length === 2);
      const team = world.recorder();
      await bus.subscribe('lab.results', team.handler, once);
      expect(await bus.deadLetters.redrive({ group: 'team' })).toMatchObject({ changed: 2, refused: [] });
      await world.until(() => team.seen.length === 2);
      await world.quiet(bus);
      // They are of different workspaces, between which no order is promised.
      expect(team.seen.map(({ event }) => event.id).toSorted()).toEqual(ids.toSorted());
      expect(team.seen.map(({ attempt }) => attempt)).toEqual([1, 1]);
      expect(other.seen.length).toBe(2);
      expect((await bus.deadLetters.list()).total).toBe(0);
      expect((await bus.deadLetters.list({ state: 'redriven' })).total).toBe(2);
    },
  },
  {
    title: 'redrive reaches a group that follows the dead letters as well',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(({ event }) => {
        if (event.channel === 'lab.results' && seen.length === 1) throw new Error('broken');
        if (event.channel.startsWith('sys.dlq.')) throw new Error('later');
      });
      await bus.subscribe('>', handler, { group: 'everything', retry: { retries: 0, capMs: 60_000 } });
      await bus.publish('lab.results', numbered(1));
      await world.until(() => seen.length === 2);
      expect(await bus.deadLetters.redrive({})).toMatchObject({ changed: 1 });
      await world.until(() => seen.filter(({ event }) => event.channel === 'lab.results').length === 2);
    },
  },
  {
    title: 'a redriven event that fails again is a dead letter again',
    async run(world) {
      const bus = await world.open();
      const { ids } = await giveUp(world, bus, 1);
      const { seen, handler } = world.recorder(broken);
      await bus.subscribe('lab.results', handler, { group: 'team', retry: { retries: 1, baseMs: 10 } });
      await bus.deadLetters.redrive({});
      await world.untilLater(async () => (await bus.deadLetters.list()).total === 1, 10);
      expect(seen.length).toBe(2);
      const [letter] = (await bus.deadLetters.list()).items;
      expect(letter).toMatchObject({
        event: { id: ids[0], channel: 'lab.results' },
        group: 'team',
        attemptCount: 2,
      });
    },
  },
  {
    title: 'redrive can be throttled',
    async run(world) {
      const bus = await world.open();
      await giveUp(world, bus, 5);
      const { seen, handler } = world.recorder();
      await bus.subscribe('lab.results', handler, once);
      await bus.deadLetters.redrive({}, { ratePerSecond: 2 });
      await world.until(() => seen.length === 1);
      await world.advance(400);
      await world.quiet(bus);
      expect(seen.length).toBe(1);
      await world.advance(700);
      await world.until(() => seen.length === 3);
      await world.untilLater(() => seen.length === 5);
    },
  },
  {
    title: 'redrive by ids says which it refused and why',
    async run(world) {
      const measured = defineContract('test.measured', 1, z.object({ value: z.number() }));
      const bus = await world.open({ contracts: [measured] });
      await giveUp(world, bus, 1);
      await bus.publish('lab.results', { type: 'test.measured', payload: {} }).catch(() => undefined);
      const { items } = await bus.deadLetters.list();
      const ids = [...items.map(({ id }) => id), 'evt_01945a2b-0000-7000-8000-000000000000'];
      const change = await bus.deadLetters.redrive(ids);
      expect(change.changed).toBe(1);
      expect(change.refused.map(({ why }) => why)).toEqual([
        expect.stringContaining('no such dead letter'),
        expect.stringContaining('refused at publishing'),
      ]);
      expect((await bus.deadLetters.redrive(ids)).changed).toBe(0);
    },
  },
  {
    title: 'a letter of a deleted group is not redriven and not lost',
    async run(world) {
      const bus = await world.open();
      await giveUp(world, bus, 1);
      await bus.groups.delete('team');
      expect((await bus.deadLetters.redrive({})).changed).toBe(0);
      const [letter] = (await bus.deadLetters.list()).items;
      const byId = await bus.deadLetters.redrive([letter?.id ?? '']);
      expect(byId.refused[0]?.why).toContain('does not exist');
    },
  },
  {
    title: 'discard takes letters off the list for good',
    async run(world) {
      const bus = await world.open();
      await giveUp(world, bus, 4);
      expect(await bus.deadLetters.discard({ workspaceId: 'w0' })).toMatchObject({ changed: 2 });
      expect((await bus.deadLetters.list()).total).toBe(2);
      const [gone] = (await bus.deadLetters.list({ state: 'discarded' })).items;
      expect(gone?.settledAt).toBe(new Date(world.clock.now()).toISOString());
      expect(await bus.deadLetters.redrive([gone?.id ?? ''])).toMatchObject({ changed: 0 });
    },
  },
  {
    title: 'redrives and discards are announced',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder();
      await giveUp(world, bus, 2);
      await bus.subscribeToStateUpdates(handler);
      const [letter] = (await bus.deadLetters.list()).items;
      await bus.deadLetters.redrive([letter?.id ?? '']);
      await bus.deadLetters.discard({});
      await world.until(() => seen.length === 2);
      expect(seen.map(({ event }) => [event.type, event.payload])).toEqual([
        ['dead_letter.redriven', { changed: 1, ids: [letter?.id] }],
        ['dead_letter.discarded', { changed: 1, filter: {} }],
      ]);
    },
  },
  {
    title: 'beyond the limit of a reason the oldest dead letter is dropped and reported',
    async run(world) {
      const bus = await world.open({ limits: { deadLettersPerReasonMax: 3 } });
      const { handler, seen } = world.recorder(broken);
      await bus.subscribe('lab.results', handler, once);
      await bus.publishMany(
        'lab.results',
        [0, 1, 2, 3, 4].map((n) => numbered(n)),
      );
      await world.until(() => seen.length === 5);
      await world.quiet(bus);
      const { items, total } = await bus.deadLetters.list();
      expect(total).toBe(3);
      expect(items.map(({ event }) => (event.payload as { n: number }).n)).toEqual([4, 3, 2]);
      expect(world.log.filter(({ message }) => message.includes('dead letter was dropped')).length).toBe(2);
    },
  },
  {
    title: 'an event that breaks its contract when it is handled is dead-lettered without a retry',
    async run(world) {
      const measured = defineContract('test.measured', 1, z.object({ value: z.number() }));
      const bus = await world.open();
      const { handler } = world.recorder(broken);
      const subscription = await bus.subscribe('lab.results', handler, { group: 'team' });
      await subscription.stop();
      await bus.publish('lab.results', { type: 'test.measured', payload: { value: 'seven' } });
      await bus.publish('lab.results', { type: 'test.measured', payload: { value: 7 } });
      const strict = await world.reopen(bus, { contracts: [measured] });
      const { seen, handler: reader } = world.recorder();
      await strict.subscribe('lab.results', reader, { group: 'team' });
      await world.until(() => seen.length === 1);
      await world.until(async () => (await strict.deadLetters.list()).total === 1);
      const [letter] = (await strict.deadLetters.list()).items;
      expect(letter).toMatchObject({ reason: 'schema_violation', group: 'team', attemptCount: 1 });
    },
    needs: 'durable',
  },
  {
    title: 'health counts open dead letters by reason',
    async run(world) {
      const bus = await world.open();
      await giveUp(world, bus, 3);
      const [letter] = (await bus.deadLetters.list()).items;
      await bus.deadLetters.discard([letter?.id ?? '']);
      expect((await bus.health()).deadLetters).toMatchObject({ max_retries_exceeded: 2, expired: 0 });
      expect(bus.metrics().deadLettered).toBe(3);
    },
  },
  {
    title: 'events given up in different workspaces keep theirs',
    async run(world) {
      const bus = await world.open();
      await giveUp(world, bus, 2);
      const { items } = await bus.deadLetters.list();
      expect(items.map(({ workspaceId }) => workspaceId)).toEqual(['w1', 'w0']);
      expect(numbersOf(items.map(({ event }) => ({ event, attempt: 1 })))).toEqual([1, 0]);
    },
  },
];
