import { createBus, permanentError, sqliteEngine, type Bus, type BusEvent } from 'raptorflow/bus';
import { systemClock } from 'raptorflow/kernel';
import {
  busDeadLetters,
  busSource,
  createPipeline,
  memoryDeadLetters,
  pipelineChannels,
  type KeyedItem,
  type Pipeline,
  type Source,
} from 'raptorflow/pipeline';
import { afterEach, beforeEach, expect, test } from 'vitest';

/*
 * What a pipeline keeps on a bus and reads from one: the real bus.
 */

let bus: Bus;
let stored: Map<string, unknown>;
const pipelines: Pipeline<never>[] = [];

beforeEach(async () => {
  stored = new Map();
  // A strict bus: the channel has to be one that composition can declare.
  const feed = { name: 'feed.items' };
  bus = createBus({
    engine: sqliteEngine({ path: ':memory:' }),
    strict: true,
    channels: [...pipelineChannels, feed],
  });
  await bus.start();
});

afterEach(async () => {
  for (const pipeline of pipelines.splice(0)) await pipeline.stop();
  await bus.stop();
});

const keep = async (batch: readonly KeyedItem<unknown>[]): Promise<void> => {
  for (const { key, value } of batch) stored.set(key, value);
};

async function until<Found>(look: () => Promise<Found | undefined> | Found | undefined): Promise<Found> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await systemClock.sleep(25);
  }
  return expect.fail('It did not happen within ten seconds.');
}

const lettersUntil = (
  pipeline: Pipeline<number>,
  count: number,
): ReturnType<typeof pipeline.deadLetters.list> =>
  until(async () => {
    const page = await pipeline.deadLetters.list();
    return page.items.length === count ? page : undefined;
  });

let isStrict = true;

function strictPipeline(name: string): Pipeline<number> {
  isStrict = true;
  const pipeline = createPipeline<number, number>({
    name,
    convert: (item) => item,
    store: async (batch) => {
      if (isStrict && batch.some(({ value }) => value % 5 === 0)) throw permanentError('no fives');
      await keep(batch);
    },
    batchSize: 7,
    deadLetters: busDeadLetters(bus, { letterBytesMax: 16 * 1024 }),
  });
  pipelines.push(pipeline);
  return pipeline;
}

test('a failed item is a dead letter of the bus, with the item, the error and the attempts, and is ingested when it is redriven', async () => {
  const pipeline = strictPipeline('fives');
  const other = strictPipeline('others');
  await other.start();
  const report = await pipeline.run([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], { id: 'r' });
  expect(report).toMatchObject({ ingested: 8, failed: 2 });
  const { items } = await lettersUntil(pipeline, 2);
  expect(items.map(({ failed }) => Number(failed.item)).toSorted((a, b) => a - b)).toEqual([5, 10]);
  expect(items[0]?.failed).toMatchObject({ stage: 'store', run: 'r', error: { code: 'permanent_failure' } });
  expect(items[0]?.failed.attempts.at(-1)).toMatchObject({ stage: 'store', together: 1 });
  expect((await other.deadLetters.list()).items).toEqual([]);
  const [letter] = (await bus.deadLetters.list({ channel: 'pipeline.failed' })).items;
  expect(letter).toMatchObject({
    group: 'pipeline.fives',
    error: { message: expect.stringContaining('no fives') },
  });

  // While the store refuses them, they become dead letters again.
  await bus.deadLetters.redrive({ channel: 'pipeline.failed' });
  const again = await until(async () => {
    const page = await bus.deadLetters.list({ channel: 'pipeline.failed' });
    return page.items.length === 2 && page.items.every(({ error }) => error.message.includes('again'))
      ? page
      : undefined;
  });
  expect(again.items).toHaveLength(2);
  isStrict = false;
  expect(await pipeline.deadLetters.redrive()).toBe(2);
  await until(() => (stored.size === 10 ? true : undefined));
  expect([stored.get('fives/r/5'), stored.get('fives/r/10')]).toEqual([5, 10]);
});

test('an item that fails again in a repeated run is no second letter', async () => {
  const deadLetters = busDeadLetters(bus);
  const failed: Parameters<typeof deadLetters.bury>[0] = [
    {
      key: 'twice/1',
      pipeline: 'twice',
      run: 'r',
      runStartedAt: 1_000,
      stage: 'convert',
      item: { n: 1 },
      text: null,
      position: null,
      error: { name: 'Error', message: 'no', code: null },
      attempts: [],
    },
  ];
  await deadLetters.open('twice', () => Promise.reject(permanentError('still no')));
  await deadLetters.bury(failed);
  await deadLetters.bury(failed);
  await until(async () => ((await deadLetters.list()).items.length > 0 ? true : undefined));
  await until(async () => ((await bus.groups.list()).every(({ lag }) => lag === 0) ? true : undefined));
  expect((await deadLetters.list()).items).toHaveLength(1);
  await deadLetters.close();
});

test('an item that is too large for a letter is kept cut, and a redrive says that it cannot be tried', async () => {
  const pipeline = strictPipeline('large');
  const large: Source<number> = {
    name: 'large',
    async *read() {
      yield { kind: 'bad', text: 'x'.repeat(100_000), error: new SyntaxError('no'), position: { line: 7 } };
    },
  };
  await pipeline.run(large);
  const [letter] = (await lettersUntil(pipeline, 1)).items;
  expect(letter?.failed).toMatchObject({ stage: 'read', item: null, position: { line: 7 } });
  expect(letter?.failed.text).toHaveLength(2_048);
  await pipeline.deadLetters.redrive();
  await until(async () =>
    (await bus.deadLetters.list()).items.find(({ error }) => error.message.includes('whole item')),
  );
});

test('a channel is ingested from where its group is, an event at least once and under its id', async () => {
  const make = (): Pipeline<BusEvent> => {
    const pipeline = createPipeline<BusEvent, unknown>({
      name: 'feed',
      convert: (event) => event.payload,
      store: keep,
      batchSize: 10,
      limits: { lingerMs: 20 },
      deadLetters: memoryDeadLetters(),
    });
    pipelines.push(pipeline);
    return pipeline;
  };
  const ids: string[] = [];
  const publish = async (from: number): Promise<void> => {
    for (let n = from; n < from + 25; n += 1)
      ids.push(await bus.publish('feed.items', { type: 'item', payload: n }));
  };
  const runUntil = async (count: number): Promise<void> => {
    const stop = new AbortController();
    const source = busSource(bus, { channel: 'feed.items', group: 'readers', inHandMax: 50 });
    const running = make().run(source, { signal: stop.signal });
    running.catch(() => undefined);
    await until(() => (stored.size >= count ? true : undefined));
    await until(async () => ((await bus.groups.list()).every(({ lag }) => lag === 0) ? true : undefined));
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  };
  await publish(0);
  await runUntil(25);
  stored.clear();
  await publish(25);
  await runUntil(25);
  expect([...stored.keys()].toSorted()).toEqual(
    ids
      .slice(25)
      .map((id) => `feed/${id}`)
      .toSorted(),
  );
});
