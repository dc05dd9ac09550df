import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { permanentError } from '../bus/index.ts';
import { RaptorFlowError, seededRandom } from '../kernel/index.ts';
import { createFakeClock, type FakeClock } from '../kernel/testing/index.ts';
import { createMetrics } from '../metrics/index.ts';
import { memoryCheckpoints } from './checkpoints/memory.ts';
import { createPipeline } from './create-pipeline.ts';
import { memoryDeadLetters } from './letters/memory.ts';
import type { KeyedItem, Pipeline, PipelineOptions, PipelineProgress } from './pipeline.ts';
import type { Source } from './source.ts';

let clock: FakeClock;
/** What the store holds, by key, and how often it was given each key. */
let stored: Map<string, number>;

beforeEach(() => {
  clock = createFakeClock();
  stored = new Map();
});

const keep = async (batch: readonly KeyedItem<number>[]): Promise<void> => {
  for (const { key, value } of batch) stored.set(key, value);
};

function make(options: Partial<PipelineOptions<number, number>> = {}): Pipeline<number> {
  return createPipeline<number, number>(
    {
      name: 'numbers',
      convert: (item) => item,
      store: keep,
      deadLetters: memoryDeadLetters(),
      batchSize: 10,
      retry: { retriesMax: 0 },
      ...options,
    },
    { clock, random: seededRandom(1) },
  );
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** Moves the clock until the promise has settled. */
async function settle<T>(promise: Promise<T>): Promise<T> {
  const seen = { done: false };
  const watched = promise.finally(() => {
    seen.done = true;
  });
  watched.catch(() => undefined);
  for (let turn = 0; turn < 10_000 && !seen.done; turn += 1) await clock.advance(1_000);
  return watched;
}

describe('a pipeline', () => {
  test('brings every item to one of ingested, skipped and failed, and the counts add up', async () => {
    const deadLetters = memoryDeadLetters();
    const pipeline = make({
      deadLetters,
      skip: (item) => (item % 10 === 0 ? 'round' : null),
      convert: (item) => {
        if (item % 10 === 1) throw new TypeError(`no ${item}`);
        return item;
      },
      store: async (batch) => {
        if (batch.some(({ value }) => value % 10 === 2)) throw permanentError('no twos');
        await keep(batch);
      },
    });
    const report = await settle(pipeline.run(upTo(100)));
    expect(report).toMatchObject({ read: 100, ingested: 70, converted: 80, skipped: 10, failed: 20 });
    expect(report.failures).toEqual({ read: 0, convert: 10, store: 10 });
    expect(report.skips).toEqual({ round: 10 });
    expect([...stored.values()].toSorted((a, b) => a - b)).toEqual(upTo(100).filter((n) => n % 10 > 2));
    const letters = (await deadLetters.list({ limit: 100 })).items.map(({ failed }) => failed);
    expect(letters).toHaveLength(20);
    const two = letters.find(({ item }) => item === 2);
    expect(two).toMatchObject({ stage: 'store', error: { message: 'no twos', code: 'permanent_failure' } });
    expect(two?.attempts.at(0)).toMatchObject({ attempt: 1, together: 8 });
    expect(two?.attempts.at(-1)).toMatchObject({ together: 1, error: 'RaptorFlowError: no twos' });
  });

  test('for random failures of converting and storing, every item ends exactly once', async () => {
    const behaviours = fc.constantFrom('well', 'well', 'skip', 'convert', 'permanent', 'unknown', 'once');
    const plan = fc.record({
      items: fc.array(behaviours, { maxLength: 60 }),
      batchSize: fc.integer({ min: 1, max: 12 }),
      concurrency: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ items, batchSize, concurrency }) => {
        stored = new Map();
        const once = new Set<number>();
        const deadLetters = memoryDeadLetters();
        const pipeline = make({
          batchSize,
          concurrency,
          deadLetters,
          // The first item is well, so that the store is known to work.
          skip: (item) => (items[item - 1] === 'skip' ? 'unwanted' : null),
          convert: async (item) => {
            if (items[item - 1] === 'convert') throw new RangeError('odd');
            return item;
          },
          store: async (batch) => {
            for (const { value } of batch) {
              const how = items[value - 1];
              if (how === 'permanent') throw permanentError('never');
              if (how === 'unknown') throw new Error('whatever');
              if (how === 'once' && !once.has(value)) {
                once.add(value);
                throw new RaptorFlowError('unavailable', 'once');
              }
            }
            await keep(batch);
          },
        });
        await settle(pipeline.run([0], { id: 'first' }));
        const given = items.map((_, at) => at + 1);
        const report = await settle(pipeline.run(given, { id: 'rest' }));
        const letters = (await deadLetters.list({ limit: 100 })).items.map(({ failed }) => failed.item);
        const applied = [...stored.values()].filter((value) => value > 0);
        const of = (...kinds: string[]): number[] => given.filter((n) => kinds.includes(items[n - 1] ?? ''));
        expect(applied.toSorted((a, b) => a - b)).toEqual(of('well', 'once'));
        expect((letters as number[]).toSorted((a, b) => a - b)).toEqual(
          of('convert', 'permanent', 'unknown'),
        );
        expect(report.skipped).toBe(of('skip').length);
        expect(report.ingested).toBe(applied.length);
        expect(report.failed).toBe(letters.length);
        expect(report.read).toBe(report.ingested + report.skipped + report.failed);
        expect(report.converted).toBe(report.ingested + report.failures.store);
      }),
      { numRuns: 150 },
    );
  });

  test('ends with unavailable and no dead letter while the store is down, and goes on behind what it stored', async () => {
    const deadLetters = memoryDeadLetters();
    let calls = 0;
    let isDown = false;
    const pipeline = make({
      deadLetters,
      checkpoints: memoryCheckpoints(),
      concurrency: 1,
      retry: { retriesMax: 3 },
      store: async (batch) => {
        if (isDown) calls += 1;
        if (isDown) throw new Error('connection lost');
        await keep(batch);
        if (stored.size === 50) isDown = true;
      },
    });
    const failing = settle(pipeline.run(upTo(100), { id: 'outage' }));
    await expect(failing).rejects.toMatchObject({ code: 'unavailable' });
    // Four attempts at the batch, and one question.
    expect(calls).toBe(5);
    expect((await deadLetters.list()).items).toEqual([]);
    isDown = false;
    const report = await settle(pipeline.run(upTo(100), { id: 'outage' }));
    expect(report).toMatchObject({ read: 100, ingested: 100, failed: 0, resumedAt: 50 });
    expect(stored.size).toBe(100);
  });

  test('gives nothing up when the store goes down while the items at fault of a batch are looked for', async () => {
    const deadLetters = memoryDeadLetters();
    let calls = 0;
    const pipeline = make({
      deadLetters,
      batchSize: 64,
      store: async (batch) => {
        calls += 1;
        if (calls > 5 || batch.some(({ value }) => value === 70)) throw new Error('down or bad');
        await keep(batch);
      },
    });
    const failing = settle(pipeline.run(upTo(128)));
    await expect(failing).rejects.toMatchObject({ code: 'unavailable' });
    expect((await deadLetters.list()).items).toEqual([]);
  });

  test('takes a store for down that never took anything, unless it says that the items are at fault', async () => {
    const deadLetters = memoryDeadLetters();
    let calls = 0;
    const down = make({
      deadLetters,
      batchSize: 1_000,
      store: async () => {
        calls += 1;
        throw new Error('down');
      },
    });
    await expect(settle(down.run(upTo(1_000)))).rejects.toMatchObject({ code: 'unavailable' });
    expect(calls).toBeLessThan(80);
    expect((await deadLetters.list()).items).toEqual([]);
    const strict = make({ deadLetters, store: () => Promise.reject(permanentError('never')) });
    expect(await settle(strict.run(upTo(30)))).toMatchObject({ read: 30, failed: 30 });
  });

  test('ends when its dead letters are down, because its failed items are not durable then', async () => {
    const deadLetters = memoryDeadLetters({ lettersMax: 3 });
    const pipeline = make({ deadLetters, checkpoints: memoryCheckpoints(), concurrency: 1, batchSize: 2 });
    const bad: Source<number> = {
      name: 'bad',
      async *read() {
        for (let at = 0; at < 6; at += 1) yield { kind: 'bad', text: `x${at}`, error: new SyntaxError('no') };
      },
    };
    await expect(settle(pipeline.run(bad))).rejects.toMatchObject({ code: 'exhausted' });
    expect((await deadLetters.list()).items).toHaveLength(2);
  });

  test('ends with exhausted when more items fail than failuresMax', async () => {
    const pipeline = make({
      convert: () => {
        throw new TypeError('no');
      },
      limits: { failuresMax: 25 },
    });
    await expect(settle(pipeline.run(upTo(1_000)))).rejects.toMatchObject({ code: 'exhausted' });
  });

  test('reads no further ahead than its batches in work', async () => {
    let read = 0;
    const release = Promise.withResolvers<void>();
    const pipeline = make({
      concurrency: 2,
      store: async (batch) => {
        await release.promise;
        await keep(batch);
      },
    });
    async function* endless(): AsyncGenerator<number> {
      for (; read < 1_000; read += 1) yield read;
    }
    const running = settle(pipeline.run(endless()));
    await clock.advance(1);
    expect(read).toBeLessThanOrEqual(10 * (2 * 2 + 1));
    release.resolve();
    expect(await running).toMatchObject({ ingested: 1_000 });
  });

  test('tells its progress, with what remains where the source knows its length', async () => {
    const told: PipelineProgress[] = [];
    const pipeline = make({
      concurrency: 1,
      store: async (batch) => {
        await clock.sleep(500);
        await keep(batch);
      },
    });
    await settle(pipeline.run(upTo(40), { onProgress: (progress) => told.push(progress) }));
    expect(told[0]).toMatchObject({ read: 20, perSecond: 20, total: 40, remaining: 20, remainingMs: 1_000 });
    expect(told.at(-1)).toMatchObject({ read: 40, ingested: 40, remaining: 0 });
  });

  test('is cancelled by its signal even while its source hangs, and goes on later', async () => {
    const pipeline = make({ checkpoints: memoryCheckpoints(), limits: { lingerMs: 50 } });
    const stop = new AbortController();
    let isHanging = true;
    async function* hanging(): AsyncGenerator<number> {
      yield* upTo(15);
      if (isHanging) await new Promise(() => undefined);
      yield 15;
    }
    const running = pipeline.run(hanging(), { id: 'hang', signal: stop.signal });
    running.catch(() => undefined);
    // Those of the second batch do not wait for it to fill.
    await clock.advance(100);
    expect(stored.size).toBe(15);
    stop.abort();
    await expect(settle(running)).rejects.toMatchObject({ code: 'cancelled' });
    isHanging = false;
    expect(await settle(pipeline.run(hanging(), { id: 'hang' }))).toMatchObject({
      ingested: 16,
      resumedAt: 15,
    });
  });

  test('ends what it has read when its source breaks, says where, and goes on behind it', async () => {
    const pipeline = make({ checkpoints: memoryCheckpoints() });
    let isBroken = true;
    async function* source(): AsyncGenerator<number> {
      yield* upTo(37);
      if (isBroken) throw new RaptorFlowError('malformed_input', 'The file ends early.');
      yield 37;
    }
    const failing = settle(pipeline.run(source(), { id: 'feed' }));
    await expect(failing).rejects.toMatchObject({ code: 'malformed_input', details: { readings: 37 } });
    expect(stored.size).toBe(37);
    isBroken = false;
    expect(await settle(pipeline.run(source(), { id: 'feed' }))).toMatchObject({ read: 38, resumedAt: 37 });
  });

  test('does not begin a finished run again, and does once it is forgotten', async () => {
    const pipeline = make({ checkpoints: memoryCheckpoints() });
    await settle(pipeline.run(upTo(5), { id: 'daily' }));
    stored.clear();
    expect(await settle(pipeline.run(upTo(5), { id: 'daily' }))).toMatchObject({ read: 5, resumedAt: 5 });
    expect(stored.size).toBe(0);
    await pipeline.forget('daily');
    await settle(pipeline.run(upTo(5), { id: 'daily' }));
    expect(stored.size).toBe(5);
  });

  test('refuses a second run of a name that is going on', async () => {
    const pipeline = make();
    const running = settle(pipeline.run(upTo(50), { id: 'same' }));
    await expect(pipeline.run(upTo(5), { id: 'same' })).rejects.toMatchObject({ code: 'conflict' });
    await running;
  });

  test('repeats a conversion that says it may pass, and only that', async () => {
    let attempts = 0;
    const pipeline = make({
      retry: { retriesMax: 2 },
      convert: (item) => {
        attempts += 1;
        if (item === 1) throw new RaptorFlowError('unavailable', 'later');
        if (item === 2) throw new Error('odd');
        return item;
      },
    });
    const report = await settle(pipeline.run([0, 1, 2]));
    expect(report).toMatchObject({ ingested: 1, failed: 2 });
    expect(attempts).toBe(1 + 4 + 1);
  });

  test('applies a redriven dead letter once, under its key', async () => {
    let isStrict = true;
    const pipeline = make({
      store: async (batch) => {
        if (isStrict && batch.some(({ value }) => value === 3)) throw permanentError('no threes');
        await keep(batch);
      },
    });
    await settle(pipeline.run(upTo(5), { id: 'r' }));
    await settle(pipeline.deadLetters.redrive());
    expect((await pipeline.deadLetters.list()).items).toHaveLength(1);
    isStrict = false;
    expect(await settle(pipeline.deadLetters.redrive())).toBe(1);
    expect((await pipeline.deadLetters.list()).items).toEqual([]);
    expect(stored.get('numbers/r/4')).toBe(3);
  });

  test('counts by the meter what it counts in its report', async () => {
    const metrics = createMetrics({}, { clock });
    const pipeline = createPipeline<number, number>(
      {
        name: 'metered',
        convert: (item) => {
          if (item === 4) throw new TypeError('no');
          return item;
        },
        skip: (item) => (item === 5 ? 'five' : null),
        store: keep,
        deadLetters: memoryDeadLetters(),
      },
      { clock, meter: metrics },
    );
    await settle(pipeline.run(upTo(10)));
    const value = (name: string): unknown =>
      metrics
        .snapshot()
        .metrics.find(({ definition }) => definition.name === name)
        ?.series.map((each) => each.value)
        .reduce((sum, each) => Number(sum) + Number(each), 0);
    expect(['ingested', 'converted', 'skipped', 'failed'].map((name) => value(`pipeline_${name}`))).toEqual([
      8, 8, 1, 1,
    ]);
  });

  test('refuses options that it does not know', () => {
    expect(() => make({ name: 'No Name' })).toThrow(/name: must be/);
    expect(() => make({ deadLetters: {} as never })).toThrow(/busDeadLetters/);
  });
});
