import { expect } from 'vitest';
import { gate, numbered, numbersOf, type Behaviour } from './world.ts';

const range = (length: number): number[] => Array.from({ length }, (_, n) => n);

/** Delivery rules 2, 3, 4 and 15: starting, draining, coming back, and dying. */
export const lifecycleBehaviours: readonly Behaviour[] = [
  {
    title: 'before the start and after the stop every call is refused as unavailable',
    async run(world) {
      const bus = await world.open();
      await world.stop(bus);
      const refused = { code: 'unavailable' };
      await expect(bus.publish('lab', numbered(1))).rejects.toMatchObject(refused);
      await expect(bus.subscribe('lab', () => undefined)).rejects.toMatchObject(refused);
      await expect(bus.getMessage('x')).rejects.toMatchObject(refused);
      await expect(bus.deadLetters.list()).rejects.toMatchObject(refused);
      await expect(bus.groups.list()).rejects.toMatchObject(refused);
      expect(await bus.health()).toMatchObject({ status: 'unhealthy' });
      expect(bus.metrics().isConnected).toBe(false);
    },
  },
  {
    title: 'stopping twice is stopping once',
    async run(world) {
      const bus = await world.open();
      await Promise.all([world.stop(bus), world.stop(bus)]);
      expect(bus.state).toBe('stopped');
    },
  },
  {
    title: 'stop waits for running handlers, also for what they publish, and begins nothing more',
    async run(world) {
      const bus = await world.open();
      const door = gate();
      const published: string[] = [];
      const { seen, handler } = world.recorder(async (_, context) => {
        await door.passed;
        published.push(await context.publish('lab.after', numbered(9)));
      });
      await bus.subscribe('lab.results', handler, { group: 'team', concurrency: 2 });
      await bus.publishMany(
        'lab.results',
        range(6).map((n) => numbered(n)),
      );
      await world.until(() => seen.length === 2);
      const stopping = world.stop(bus, 60_000);
      await world.advance(10);
      door.open();
      await stopping;
      expect([seen.length, published.length]).toEqual([2, 2]);
    },
  },
  {
    title: 'stop interrupts handlers at its deadline and gives their events back without counting an attempt',
    needs: 'durable',
    async run(world) {
      const bus = await world.open();
      let aborted = false;
      const { seen, handler } = world.recorder((_, { signal }) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return gate().passed;
      });
      await bus.subscribe('lab.results', handler, { group: 'team' });
      await bus.publish('lab.results', numbered(1));
      await world.until(() => seen.length === 1);
      const again = await world.reopen(bus);
      expect(aborted).toBe(true);
      const second = world.recorder();
      await again.subscribe('lab.results', second.handler, { group: 'team' });
      await world.until(() => second.seen.length === 1);
      expect(second.seen[0]?.attempt).toBe(1);
    },
  },
  {
    title:
      'everything is there again after a proper restart: events, places, retries, delays, dead letters, dedupe keys',
    needs: 'durable',
    async run(world) {
      const bus = await world.open();
      const first = world.recorder(({ event, attempt }) => {
        if (numbersOf([{ event, attempt }])[0] === 1) throw new Error('later');
        if (numbersOf([{ event, attempt }])[0] === 2)
          throw Object.assign(new Error('never'), { permanent: true });
      });
      await bus.subscribe('lab.results', first.handler, { group: 'team', retry: { baseMs: 30_000 } });
      const ids = await bus.publishMany('lab.results', [numbered(0), numbered(1), numbered(2)]);
      await bus.publish('lab.results', numbered(3, { delayMs: 60_000 }));
      const key = await bus.publish('lab.keyed', numbered(4, { dedupeKey: 'k' }));
      await world.until(() => first.seen.length === 3);
      await world.quiet(bus);
      const again = await world.reopen(bus);
      const second = world.recorder();
      await again.subscribe('lab.results', second.handler, { group: 'team' });
      expect(await again.getMessage(ids[0] ?? '')).toMatchObject({ payload: { n: 0 } });
      expect((await again.deadLetters.list()).total).toBe(1);
      expect(await again.publish('lab.keyed', numbered(5, { dedupeKey: 'k' }))).toBe(key);
      await world.quiet(again);
      expect(second.seen).toEqual([]);
      await world.untilLater(() => second.seen.length === 2, 1_000);
      expect(second.seen.map(({ event, attempt }) => [(event.payload as { n: number }).n, attempt])).toEqual([
        [1, 2],
        [3, 1],
      ]);
    },
  },
  {
    title: 'after a crash events that were being handled come back at once, with their attempt counted',
    needs: 'crashes',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(() => gate().passed);
      await bus.subscribe('lab.results', handler, { group: 'team', concurrency: 2, prefetch: 2 });
      await bus.publishMany(
        'lab.results',
        range(5).map((n) => numbered(n)),
      );
      await world.until(() => seen.length === 2);
      await world.quiet(bus);
      const after = await world.crash();
      const second = world.recorder();
      await after.subscribe('lab.results', second.handler, { group: 'team' });
      await world.until(() => second.seen.length === 5);
      const attempts = new Map(
        second.seen.map(({ event, attempt }) => [(event.payload as { n: number }).n, attempt]),
      );
      expect([...attempts].toSorted(([a], [b]) => a - b)).toEqual([
        [0, 2],
        [1, 2],
        [2, 1],
        [3, 1],
        [4, 1],
      ]);
    },
  },
  {
    title: 'events that were only fetched when the process died have no attempt counted',
    needs: 'crashes',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(() => gate().passed);
      await bus.subscribe('lab.results', handler, { group: 'team', concurrency: 1, prefetch: 10 });
      await bus.publishMany(
        'lab.results',
        range(10).map((n) => numbered(n)),
      );
      await world.until(() => seen.length === 1);
      await world.until(() => bus.subscriptions()[0]?.waiting === 9);
      await world.quiet(bus);
      const after = await world.crash();
      const second = world.recorder();
      await after.subscribe('lab.results', second.handler, { group: 'team' });
      await world.until(() => second.seen.length === 10);
      expect(second.seen.filter(({ attempt }) => attempt > 1).map(({ event }) => event.payload)).toEqual([
        { n: 0 },
      ]);
    },
  },
  {
    title: 'an event whose handling always kills the process is dead-lettered after its attempts',
    needs: 'crashes',
    async run(world) {
      let bus = await world.open();
      const options = { group: 'team', concurrency: 1, retry: { retries: 2 } };
      const poison = world.recorder(() => gate().passed);
      await bus.subscribe('lab.results', poison.handler, options);
      await bus.publish('lab.results', numbered(13));
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        await world.until(() => poison.seen.length === attempt);
        await world.quiet(bus);
        bus = await world.crash();
        await bus.subscribe('lab.results', poison.handler, options);
      }
      await world.until(async () => (await bus.deadLetters.list()).total === 1);
      expect(poison.seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      const [letter] = (await bus.deadLetters.list()).items;
      expect(letter).toMatchObject({
        reason: 'max_retries_exceeded',
        attemptCount: 3,
        event: { payload: { n: 13 } },
      });
      expect(letter?.attempts.map(({ error }) => error)).toEqual(
        Array(3).fill(expect.stringContaining('process ended')),
      );
    },
  },
  {
    title: 'what was acknowledged before a crash is not handled again',
    needs: 'crashes',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder();
      await bus.subscribe('lab.results', handler, { group: 'team' });
      await bus.publishMany(
        'lab.results',
        range(50).map((n) => numbered(n)),
      );
      await world.until(() => seen.length === 50);
      await world.quiet(bus);
      const after = await world.crash();
      const second = world.recorder();
      await after.subscribe('lab.results', second.handler, { group: 'team' });
      await after.publish('lab.results', numbered(50));
      await world.until(() => second.seen.length === 1);
      await world.quiet(after);
      expect(numbersOf(second.seen)).toEqual([50]);
    },
  },
  {
    title: 'a settlement of a claim that the member does not hold any more is ignored',
    async run(world) {
      const engine = world.engine();
      const { clock } = world;
      const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
      let made = 0;
      const ids = { next: () => `evt_01945a2b-0000-7000-8000-${String((made += 1)).padStart(12, '0')}` };
      await engine.open({
        clock,
        log,
        ids,
        policies: [],
        deadLettersPerReasonMax: 10,
        onFate: () => undefined,
      });
      const refs: number[] = [];
      const spec = { group: 'g', pattern: 'lab', types: null, ordered: false, from: 'new' } as const;
      const first = await engine.join(spec, (deliveries) => refs.push(...deliveries.map(({ ref }) => ref)));
      const deliveries: number[] = [];
      first.allow(1);
      const body = JSON.stringify({ id: 'x', type: 't', channel: 'lab', timestamp: 'now', payload: 1 });
      await engine.append([
        [{ id: ids.next(), channel: 'lab', type: 't', workspace: '', priority: 'normal', body }],
      ]);
      await world.until(() => refs.length === 1);
      await first.leave();
      const second = await engine.join(spec, (list) =>
        deliveries.push(...list.map(({ attempt }) => attempt)),
      );
      second.allow(1);
      await world.until(() => deliveries.length === 1);
      await first.settle([{ ref: refs[0] ?? 0, kind: 'done' }]);
      expect(await engine.groups.lag('g')).toBe(1);
      await second.leave();
      await engine.close({ deadlineMs: 1_000 });
    },
  },
];
