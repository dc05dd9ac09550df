import { Redis } from 'ioredis';
import { publishMuch, type OwnBus } from '../engines/own-bus.ts';
import { withRedis } from '../engines/private-redis.ts';
import { withRedisBus } from '../engines/redis.ts';
import { assertCount, fault } from '../harness/fault.ts';
import { ours, type Findings } from '../harness/findings.ts';
import { Ledger } from '../harness/ledger.ts';
import { callOneByOne } from '../harness/pump.ts';
import type { BenchSettings } from '../harness/question.ts';
import { runRace, type Leg } from '../harness/race.ts';
import { latencyOf } from '../harness/statistics.ts';
import { lookUpBull } from '../peers/bullmq.ts';
import { lookUpNats, publishNats, replayNats, withNats } from '../peers/nats.ts';
import { appendMuch, idsOfRaw, lookUpRaw, replayRaw } from '../peers/raw-redis.ts';
import { draftOf, indexOf, readingChannel } from '../workload/reading.ts';

/** Replays are measured over so many events: the cost of one does not depend on how many follow. */
const replayedMax = 200_000;
/** NATS and BullMQ are slow to fill, and neither replay nor lookup depends on it there. */
const peerEventsMax = 100_000;
/** Published with their ids noted, in the middle of the others. */
const markedMax = 2_000;

const replayKey = 'replay_ms_per_event';
const lookupKey = 'lookup_ms';

/** Replay and lookup by id with many events stored. */
export async function history(settings: BenchSettings, findings: Findings): Promise<void> {
  const { storedEvents, operations, print } = settings;
  print(`\nStoring ${storedEvents.toLocaleString('en-US')} events for replay and lookup`);
  const peerEvents = Math.min(peerEventsMax, storedEvents);
  await withRedis('everysec', async ({ server }) => {
    const redis = new Redis(server.port, '127.0.0.1');
    await appendMuch(redis, { countMax: storedEvents });
    const ids = await idsOfRaw(redis, operations);
    await withNats(async (nats) => {
      await publishNats(nats, { countMax: peerEvents });
      const peers: Leg[] = [
        {
          who: 'bullmq',
          run: async () => ({
            [lookupKey]: latencyOf(await lookUpBull('everysec', peerEvents / 10, operations)),
          }),
        },
        {
          who: 'nats',
          run: async () => ({
            [replayKey]: await replayNats(nats, peerEvents),
            [lookupKey]: latencyOf(await lookUpNats(nats, peerEvents, operations)),
          }),
        },
      ];
      const floor = {
        key: replayKey,
        leg: {
          who: 'raw',
          run: async () => ({
            [replayKey]: await replayRaw(redis, Math.min(replayedMax, storedEvents)),
            [lookupKey]: latencyOf(await lookUpRaw(redis, ids)),
          }),
        },
      };
      await withOwn(settings, (own) =>
        runRace(
          {
            title: 'Redis (everysec), replay and lookup by id',
            rounds: settings.rounds,
            legs: [...own, ...peers],
            floor,
          },
          findings,
          print,
        ),
      );
    });
    redis.disconnect();
  });
}

function withOwn(settings: BenchSettings, work: (legs: Leg[]) => Promise<void>): Promise<void> {
  return withRedisBus('everysec', async (bus) => {
    const ids = await fill(bus, settings);
    return work([
      {
        who: ours,
        run: async () => ({
          [replayKey]: await replay(bus, Math.min(replayedMax, settings.storedEvents)),
          [lookupKey]: latencyOf(await lookUp(bus, ids)),
        }),
      },
    ]);
  });
}

async function fill(bus: OwnBus, { storedEvents, operations, workspaces }: BenchSettings): Promise<string[]> {
  const marked = Math.min(markedMax, operations, storedEvents);
  const half = Math.floor((storedEvents - marked) / 2);
  const ids: string[] = [];
  await publishMuch(bus, { inFlight: 512, countMax: half, workspaces });
  for (let index = 0; index < marked; index += 1) {
    ids.push(await bus.publish(readingChannel, draftOf(half + index, workspaces)));
  }
  await publishMuch(bus, { inFlight: 512, countMax: storedEvents - marked - half, workspaces });
  return ids;
}

async function replay(bus: OwnBus, count: number): Promise<number> {
  const ledger = new Ledger();
  const begunAt = performance.now();
  const handled = await bus.replayChannel<'bench.reading'>(
    readingChannel,
    (event) => ledger.deliver(indexOf(event.payload)),
    { limit: count },
  );
  const took = performance.now() - begunAt;
  assertCount('events replayed', handled, count);
  return took / handled;
}

function lookUp(bus: OwnBus, ids: readonly string[]): Promise<number[]> {
  return callOneByOne(ids.length, async (index) => {
    const event = await bus.getMessage(ids[index] ?? '');
    if (event?.id !== ids[index]) throw fault(`the event ${ids[index]} was not found`);
  });
}
