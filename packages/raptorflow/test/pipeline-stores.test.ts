import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, type RedisServer } from '@raptorflow/rig';
import { createBus, redisEngine, sqliteEngine, type Bus, type BusEngine } from 'raptorflow/bus';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { busCheckpoints, busDeadLetters, pipelineChannels, type CheckpointStore } from 'raptorflow/pipeline';
import { checkpointStoreContract, deadLettersContract } from 'raptorflow/pipeline/contract-suite';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

/*
 * What pipelines keep on a bus, on both engines: the contracts of its stores, and that what they store is bounded.
 */

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis({ appendfsync: 'everysec' });
});
afterAll(() => redis.stop());

/** A place for the events of one bus after the other. */
interface Place {
  engine(): BusEngine;
  remove(): void;
}

const places: Readonly<Record<string, () => Place>> = {
  sqlite() {
    const folder = mkdtempSync(join(tmpdir(), 'raptorflow-pipeline-stores-'));
    return {
      engine: () => sqliteEngine({ path: join(folder, 'bus.db') }),
      remove: () => rmSync(folder, { recursive: true, force: true }),
    };
  },
  redis() {
    const prefix = randomUUID();
    return { engine: () => redisEngine({ url: redis.url, prefix }), remove: () => undefined };
  },
};

async function openBus(place: Place, clock?: ReturnType<typeof createFakeClock>): Promise<Bus> {
  // A strict bus: the channels have to be ones that composition can declare.
  const bus = createBus(
    { engine: place.engine(), channels: pipelineChannels, strict: true },
    clock ? { clock } : {},
  );
  await bus.start();
  return bus;
}

for (const [name, makePlace] of Object.entries(places)) {
  checkpointStoreContract(`on a bus over ${name}`, async () => {
    const place = makePlace();
    let bus = await openBus(place);
    const make = (): CheckpointStore => busCheckpoints(bus);
    return {
      store: make(),
      async reopen() {
        await bus.stop();
        bus = await openBus(place);
        return make();
      },
      async dispose() {
        await bus.stop();
        place.remove();
      },
    };
  });

  deadLettersContract(`on a bus over ${name}`, async () => {
    const place = makePlace();
    const bus = await openBus(place);
    return {
      letters: busDeadLetters(bus),
      another: async () => busDeadLetters(bus),
      async dispose() {
        await bus.stop();
        place.remove();
      },
    };
  });
}

describe('checkpoints on a bus', () => {
  const minuteMs = 60_000;
  const place = { engine: () => sqliteEngine({ path: ':memory:' }), remove: () => undefined };
  const counts = (read: number): Parameters<CheckpointStore['save']>[0]['counts'] => ({
    read,
    ingested: read,
    converted: read,
    skipped: 0,
    failed: 0,
    failures: { read: 0, convert: 0, store: 0 },
    skips: {},
  });
  let bus: Bus | undefined;
  afterEach(async () => {
    await bus?.stop();
    bus = undefined;
  });

  /** A run of three hours that saves every ten seconds. */
  async function longRun(): Promise<{ store: CheckpointStore; clock: ReturnType<typeof createFakeClock> }> {
    const clock = createFakeClock();
    bus = await openBus(place, clock);
    const store = busCheckpoints(bus, {}, { clock });
    for (let read = 1; read <= 1_080; read += 1) {
      await store.save({ id: 'feed', startedAt: 1, finishedAt: null, counts: counts(read) });
      await clock.advance(10_000);
    }
    return { store, clock };
  }

  const readOf = async (store: CheckpointStore): Promise<number | undefined> =>
    (await store.load('feed'))?.counts.read;

  test('are held in a bounded number, whatever a run saves, and the last one for ten minutes', async () => {
    const { store } = await longRun();
    const events = async (): Promise<number> =>
      ((await bus?.channels()) ?? [])
        .filter(({ name }) => name.startsWith('pipeline.checkpoints.'))
        .reduce((sum, channel) => sum + channel.events, 0);
    // Of the last ten minutes each, of the hours before one a minute.
    await expect.poll(events).toBeLessThanOrEqual(60 + 180 + 5);
    expect(await readOf(store)).toBe(1_080);
  });

  test('are a minute behind for a run that is taken up later, and gone after a week', async () => {
    const { store, clock } = await longRun();
    await clock.advance(11 * minuteMs);
    expect(await readOf(store)).toBeGreaterThan(1_080 - 6);
    expect(await readOf(store)).toBeLessThanOrEqual(1_080);
    await clock.advance(8 * 24 * 60 * minuteMs);
    expect(await readOf(store)).toBeUndefined();
  });

  test('of a run that has finished are kept for a week', async () => {
    const { store, clock } = await longRun();
    await store.save({ id: 'feed', startedAt: 1, finishedAt: clock.now(), counts: counts(1_081) });
    await clock.advance(6 * 24 * 60 * minuteMs);
    expect(await store.load('feed')).toMatchObject({
      finishedAt: expect.any(Number),
      counts: { read: 1_081 },
    });
  });

  test('are no part of the story of whoever runs the pipeline', async () => {
    bus = createBus(
      { engine: place.engine(), channels: pipelineChannels, strict: true },
      { ambient: () => ({ requestId: 'req_1', workspaceId: 'wsp_1' }) },
    );
    await bus.start();
    await busCheckpoints(bus).save({ id: 'feed', startedAt: 1, finishedAt: null, counts: counts(1) });
    expect(await bus.trace('req_1')).toBeNull();
  });

  test('that are none are refused, for their run', async () => {
    bus = await openBus(place);
    await bus.publish('pipeline.checkpoints.recent', {
      type: 'pipeline_checkpoint',
      payload: { id: 'feed' },
    });
    await expect(busCheckpoints(bus).load('feed')).rejects.toMatchObject({ code: 'storage_corrupt' });
    expect(await busCheckpoints(bus).load('other')).toBeNull();
  });
});
