import { expect } from 'vitest';
import type { Handler, HandlerContext } from '../handler.ts';
import { gate, numbered, type Behaviour, type World } from './world.ts';

// A handler that keeps the fencing tokens of its deliveries.
function tokens(
  world: World,
  act: (attempt: number, context: HandlerContext) => unknown,
): { readonly seen: number[]; readonly handler: Handler } {
  const seen: number[] = [];
  const { handler } = world.recorder(({ attempt }, context) => {
    seen.push(context.fencingToken);
    return act(attempt, context);
  });
  return { seen, handler };
}

const rising = (numbers: readonly number[]): boolean =>
  numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? number));

/** What a claim gives its handler: a deadline that it can move, and a fencing token. */
export const claimBehaviours: readonly Behaviour[] = [
  {
    title: 'extend moves the deadline, and deadlineAt follows',
    async run(world) {
      const bus = await world.open();
      const deadlines: number[] = [];
      const door = gate();
      const { seen, handler } = world.recorder(async (_, context) => {
        deadlines.push(context.deadlineAt, context.extend(3_000), context.deadlineAt);
        await door.passed;
      });
      await bus.subscribe('lab.results', handler, { group: 'team', timeoutMs: 1_000 });
      await bus.publish('lab.results', numbered(1));
      await world.until(() => seen.length === 1);
      const begunAt = world.clock.now();
      expect(deadlines).toEqual([begunAt + 1_000, begunAt + 4_000, begunAt + 4_000]);
      await world.advance(3_900);
      door.open();
      await world.until(() => bus.metrics().acknowledged === 1);
      expect(bus.metrics().failed).toBe(0);
    },
  },
  {
    title: 'extend can be repeated while the handler works, and the deadline holds in the end',
    async run(world) {
      const bus = await world.open();
      let context: HandlerContext | undefined;
      const { seen, handler } = world.recorder((_, given) => {
        context = given;
        return gate().passed;
      });
      const options = { group: 'team', timeoutMs: 1_000, retry: { retries: 0 } };
      await bus.subscribe('lab.results', handler, options);
      await bus.publish('lab.results', numbered(1));
      await world.until(() => seen.length === 1);
      for (let beat = 0; beat < 5; beat += 1) {
        await world.advance(900);
        context?.extend(900);
      }
      expect(context?.signal.aborted).toBe(false);
      await world.advance(1_100);
      expect(context?.signal.aborted).toBe(true);
      expect(() => context?.extend(1_000)).toThrow(expect.objectContaining({ code: 'conflict' }));
      await world.untilLater(async () => (await bus.deadLetters.list()).total === 1, 1_000);
      const [letter] = (await bus.deadLetters.list()).items;
      expect(letter).toMatchObject({ reason: 'processing_timeout' });
      expect(letter?.error.message).toContain('5500 ms');
    },
  },
  {
    title: 'extend ends at its limit, and is refused when the handler has ended or asks for nothing',
    async run(world) {
      const bus = await world.open({ limits: { attemptMsMax: 10_000 } });
      let context: HandlerContext | undefined;
      const { seen, handler } = world.recorder((_, given) => {
        context = given;
        expect(() => given.extend(0)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
        expect(given.extend(3_600_000)).toBe(world.clock.now() + 10_000);
      });
      await bus.subscribe('lab.results', handler, { group: 'team' });
      await bus.subscribe('lab.results', handler, { group: 'patient', timeoutMs: 1_000 });
      await bus.publish('lab.results', numbered(1));
      await world.until(() => seen.length >= 2);
      await world.quiet(bus);
      expect(() => context?.extend(1_000)).toThrow(
        expect.objectContaining({ code: 'conflict', message: expect.stringContaining('ended') as string }),
      );
    },
  },
  {
    title: 'every later claim of an event has a higher fencing token, over retries and takeovers',
    async run(world) {
      const bus = await world.open();
      const first = tokens(world, (attempt) => {
        if (attempt < 4) throw new Error('again');
      });
      await bus.subscribe('lab.results', first.handler, { group: 'team', retry: { baseMs: 10 } });
      await bus.publish('lab.results', numbered(1));
      await world.untilLater(() => first.seen.length === 4, 10);
      expect(first.seen[0]).toBeGreaterThan(0);
      expect(rising(first.seen)).toBe(true);

      const held = tokens(world, () => gate().passed);
      const keeper = await bus.subscribe('lab.taken', held.handler, { group: 'keepers' });
      await bus.publish('lab.taken', numbered(2));
      await world.until(() => held.seen.length === 1);
      const taker = tokens(world, () => undefined);
      await bus.subscribe('lab.taken', taker.handler, { group: 'keepers' });
      await Promise.all([keeper.stop({ deadlineMs: 0 }), world.advance(1)]);
      await world.until(() => taker.seen.length === 1);
      expect(rising([...held.seen, ...taker.seen])).toBe(true);
    },
  },
  {
    title: 'a live subscription has no claim and says 0',
    async run(world) {
      const bus = await world.open();
      const live = tokens(world, () => undefined);
      await bus.subscribe('lab.results', live.handler);
      await bus.publish('lab.results', numbered(1));
      await world.until(() => live.seen.length === 1);
      expect(live.seen).toEqual([0]);
    },
  },
  {
    title: 'fencing tokens rise over a proper restart',
    needs: 'durable',
    async run(world) {
      let bus = await world.open();
      const all: number[] = [];
      for (let start = 0; start < 3; start += 1) {
        const held = tokens(world, () => gate().passed);
        await bus.subscribe('lab.results', held.handler, { group: 'team' });
        if (start === 0) await bus.publish('lab.results', numbered(1));
        await world.until(() => held.seen.length === 1);
        all.push(...held.seen);
        bus = await world.reopen(bus);
      }
      expect(rising(all)).toBe(true);
    },
  },
  {
    title: 'fencing tokens rise over crashes',
    needs: 'crashes',
    async run(world) {
      let bus = await world.open();
      const all: number[] = [];
      for (let crash = 0; crash < 3; crash += 1) {
        const held = tokens(world, () => gate().passed);
        await bus.subscribe('lab.results', held.handler, { group: 'team' });
        if (crash === 0) await bus.publish('lab.results', numbered(1));
        await world.until(() => held.seen.length === 1);
        all.push(...held.seen);
        await world.quiet(bus);
        bus = await world.crash();
      }
      expect(rising(all)).toBe(true);
    },
  },
];
