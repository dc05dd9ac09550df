import { expect } from 'vitest';
import { permanentError } from '../handler.ts';
import { gate, numbered, numbersOf, type Behaviour } from './world.ts';

/** Delivery rules 2 and 5, and the handler's errors. */
export const retryBehaviours: readonly Behaviour[] = [
  {
    title: 'a failed attempt is repeated after the back-off, and a success ends it',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(({ attempt }) => {
        if (attempt < 3) throw new Error('not yet');
      });
      await bus.subscribe('lab.results', handler, { group: 'team' });
      await bus.publish('lab.results', numbered(1));
      await world.until(() => seen.length === 1);
      await world.advance(900);
      await world.quiet(bus);
      expect(seen.length, 'the first wait is one second').toBe(1);
      await world.advance(200);
      await world.until(() => seen.length === 2);
      await world.advance(1_800);
      await world.quiet(bus);
      expect(seen.length, 'the second wait is two').toBe(2);
      await world.advance(400);
      await world.until(() => seen.length === 3);
      await world.advance(60_000);
      await world.quiet(bus);
      expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      expect(bus.metrics()).toMatchObject({ failed: 2, retried: 2, acknowledged: 1, deadLettered: 0 });
    },
  },
  {
    title: 'waits are drawn with full jitter: anything from nothing to the whole wait',
    async run(world) {
      world.draw = 0.25;
      const bus = await world.open();
      const { seen, handler } = world.recorder(({ attempt }) => {
        if (attempt === 1) throw new Error('not yet');
      });
      await bus.subscribe('lab.results', handler, { group: 'team', retry: { baseMs: 8_000 } });
      await bus.publish('lab.results', numbered(1));
      await world.until(() => seen.length === 1);
      await world.advance(1_900);
      await world.quiet(bus);
      expect(seen.length).toBe(1);
      await world.advance(200);
      await world.until(() => seen.length === 2);
    },
  },
  {
    title: 'after the last attempt the event is a dead letter with its attempts and the error',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(() => {
        throw new RangeError('broken for good');
      });
      await bus.subscribe('lab.results', handler, { group: 'team' });
      const id = await bus.publish('lab.results', numbered(1));
      await world.untilLater(async () => (await bus.deadLetters.list()).total === 1, 1_000);
      expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
      const { items } = await bus.deadLetters.list();
      expect(items).toMatchObject([
        {
          reason: 'max_retries_exceeded',
          channel: 'lab.results',
          group: 'team',
          attemptCount: 4,
          error: {
            name: 'RangeError',
            message: 'broken for good',
          },
          event: { id, payload: { n: 1 } },
        },
      ]);
      expect(items[0]?.error.stack).toContain('RangeError');
      expect(items[0]?.attempts.map(({ attempt, error }) => `${attempt} ${error}`)).toEqual(
        [1, 2, 3, 4].map((attempt) => `${attempt} RangeError: broken for good`),
      );
    },
  },
  {
    title: 'the number of retries is the subscription’s',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(() => {
        throw new Error('broken');
      });
      await bus.subscribe('lab.results', handler, { group: 'team', retry: { retries: 0 } });
      await bus.publish('lab.results', numbered(1));
      await world.until(async () => (await bus.deadLetters.list()).total === 1);
      expect(seen.length).toBe(1);
    },
  },
  {
    title: 'an error with retryAfterMs waits that long and uses up no attempt',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(() => {
        if (seen.length < 6) throw Object.assign(new Error('429'), { retryAfterMs: 5_000 });
      });
      await bus.subscribe('lab.results', handler, { group: 'team', retry: { retries: 1 } });
      await bus.publish('lab.results', numbered(1));
      await world.until(() => seen.length === 1);
      await world.advance(4_900);
      await world.quiet(bus);
      expect(seen.length).toBe(1);
      await world.untilLater(() => seen.length === 6, 1_000);
      await world.quiet(bus);
      expect(seen.every(({ attempt }) => attempt === 1)).toBe(true);
      expect((await bus.deadLetters.list()).total).toBe(0);
    },
  },
  {
    title: 'a permanent error goes to the dead letters at once',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(({ event }) => {
        if ((event.payload as { n: number }).n === 1) throw permanentError('no such customer');
        throw Object.assign(new Error('gone'), { permanent: true });
      });
      await bus.subscribe('lab.results', handler, { group: 'team' });
      await bus.publishMany('lab.results', [numbered(1), numbered(2)]);
      await world.until(async () => (await bus.deadLetters.list()).total === 2);
      expect(seen.length).toBe(2);
      const { items } = await bus.deadLetters.list();
      expect(items.map(({ error }) => error.message).toSorted()).toEqual(['gone', 'no such customer']);
    },
  },
  {
    title: 'a failing event never holds up the others',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(({ event }) => {
        if ((event.payload as { n: number }).n === 0) throw new Error('poison');
      });
      await bus.subscribe('lab.results', handler, { group: 'team', concurrency: 1 });
      await bus.publishMany(
        'lab.results',
        Array.from({ length: 20 }, (_, n) => numbered(n)),
      );
      await world.until(() => seen.length === 20);
      expect(numbersOf(seen)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    },
  },
  {
    title: 'past its deadline a handler’s signal is aborted and the attempt has failed',
    async run(world) {
      const bus = await world.open();
      const aborted: string[] = [];
      const { seen, handler } = world.recorder(
        (_, { signal }) =>
          new Promise<void>((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              aborted.push((signal.reason as { code: string }).code);
              reject(new Error('stopped early'));
            });
          }),
      );
      const options = { group: 'team', timeoutMs: 2_000, retry: { retries: 1, baseMs: 100 } };
      await bus.subscribe('lab.results', handler, options);
      await bus.publish('lab.results', numbered(1));
      await world.until(() => seen.length === 1);
      await world.advance(1_900);
      await world.quiet(bus);
      expect(aborted).toEqual([]);
      await world.untilLater(async () => (await bus.deadLetters.list()).total === 1);
      expect(aborted).toEqual(['timeout', 'timeout']);
      expect((await bus.deadLetters.list()).items).toMatchObject([
        { reason: 'processing_timeout', attemptCount: 2, error: { code: 'timeout' } },
      ]);
    },
  },
  {
    title:
      'a handler that goes on after its deadline is not joined by a second attempt before the grace ends',
    async run(world) {
      const bus = await world.open({ limits: { abortGraceMs: 10_000 } });
      const door = gate();
      const { seen, handler } = world.recorder(({ attempt }) => (attempt === 1 ? door.passed : undefined));
      const options = { group: 'team', timeoutMs: 1_000, retry: { baseMs: 100 } };
      await bus.subscribe('lab.results', handler, options);
      await bus.publish('lab.results', numbered(1));
      await world.until(() => seen.length === 1);
      await world.advance(10_500);
      await world.quiet(bus);
      expect(seen.length).toBe(1);
      await world.untilLater(() => seen.length === 2);
      door.open();
      await world.quiet(bus);
      expect(bus.metrics()).toMatchObject({ failed: 1, acknowledged: 1 });
    },
  },
  {
    title: 'a handler that returns after its deadline has failed all the same',
    async run(world) {
      const bus = await world.open();
      const door = gate();
      const { seen, handler } = world.recorder(({ attempt }) => (attempt === 1 ? door.passed : undefined));
      await bus.subscribe('lab.results', handler, {
        group: 'team',
        timeoutMs: 1_000,
        retry: { baseMs: 100 },
      });
      await bus.publish('lab.results', numbered(1));
      await world.until(() => seen.length === 1);
      await world.advance(1_100);
      door.open();
      await world.untilLater(() => seen.length === 2);
      expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2]);
    },
  },
  {
    title: 'the context tells attempt, redelivery, group and deadline',
    async run(world) {
      const bus = await world.open();
      const facts: unknown[] = [];
      const { handler } = world.recorder(({ attempt: n }, { attempt, redelivered, group, deadlineAt }) => {
        facts.push({ attempt, redelivered, group, leftMs: deadlineAt - world.clock.now() });
        if (n === 1) throw new Error('again');
      });
      await bus.subscribe('lab.results', handler, { group: 'team', timeoutMs: 7_000, retry: { baseMs: 10 } });
      await bus.publish('lab.results', numbered(1));
      await world.untilLater(() => facts.length === 2, 10);
      expect(facts).toEqual([
        { attempt: 1, redelivered: false, group: 'team', leftMs: 7_000 },
        { attempt: 2, redelivered: true, group: 'team', leftMs: 7_000 },
      ]);
    },
  },
  {
    title: 'anything may be thrown, also what is no error',
    async run(world) {
      const bus = await world.open();
      const { handler } = world.recorder(() => {
        throw { strange: true } as unknown as Error;
      });
      await bus.subscribe('lab.results', handler, { group: 'team', retry: { retries: 0 } });
      await bus.publish('lab.results', numbered(1));
      await world.until(async () => (await bus.deadLetters.list()).total === 1);
      expect((await bus.deadLetters.list()).items[0]?.error).toMatchObject({
        name: 'NonError',
        message: '{"strange":true}',
      });
    },
  },
];
