import { Queue, Worker, type ConnectionOptions } from 'bullmq';
import { withRedis, type Appendfsync, type MeasuredRedis } from '../engines/private-redis.ts';
import { assertCount } from '../harness/fault.ts';
import type { Readings } from '../harness/findings.ts';
import { Ledger } from '../harness/ledger.ts';
import { callOneByOne, pump } from '../harness/pump.ts';
import { latencyOf } from '../harness/statistics.ts';
import { indexOf, objectOf, type Reading } from '../workload/reading.ts';

interface Carried {
  readonly payload: Reading;
}

const name = 'bench';
const bulk = 256;
const bulksInFlight = 2;
const concurrency = 100;

/** The keys that a race writes its readings to. */
export interface BullKeys {
  readonly publish: string;
  readonly consume?: string;
  readonly commands?: string;
}

/** Adds jobs by addBulk, 512 under way; then processes them all and checks that each was processed once. */
export function raceBull(appendfsync: Appendfsync, forMs: number, keys: BullKeys): Promise<Readings> {
  return withQueue(appendfsync, async (queue, { commands, server }) => {
    const commandsBefore = await commands();
    const { count: bulks, seconds } = await addMuch(queue, { forMs });
    const count = bulks * bulk;
    const readings: Record<string, number> = { [keys.publish]: count / seconds };
    const took = await processAll(connectionOf(server.port), count);
    if (keys.consume !== undefined) readings[keys.consume] = count / took;
    if (keys.commands !== undefined) readings[keys.commands] = ((await commands()) - commandsBefore) / count;
    assertCount('jobs of BullMQ left', await queue.getWaitingCount(), 0);
    return readings;
  });
}

function addMuch(
  queue: Queue,
  limit: { readonly forMs?: number; readonly countMax?: number },
): ReturnType<typeof pump> {
  return pump({ inFlight: bulksInFlight, ...limit }, (batch) =>
    queue.addBulk(
      Array.from({ length: bulk }, (_, turn) => ({ name: 'reading', data: objectOf(batch * bulk + turn) })),
    ),
  );
}

// A worker ends only after the last acknowledgement.
async function processAll(connection: ConnectionOptions, count: number): Promise<number> {
  const ledger = new Ledger();
  const begunAt = performance.now();
  const worker = new Worker<Carried>(name, async (job) => ledger.deliver(indexOf(job.data.payload)), {
    connection,
    concurrency,
  });
  await ledger.complete(count);
  await worker.close();
  const seconds = (performance.now() - begunAt) / 1_000;
  ledger.assertOnce('BullMQ', count);
  return seconds;
}

/** One add after the other. */
export function addIdle(appendfsync: Appendfsync, operations: number): Promise<Readings> {
  return withQueue(appendfsync, async (queue) => {
    const samples = await callOneByOne(operations, (index) => queue.add('reading', objectOf(index)));
    return { publish_idle_ms: latencyOf(samples) };
  });
}

/** From the call of add until the processor begins. */
export function addToProcessor(appendfsync: Appendfsync, operations: number): Promise<Readings> {
  return withQueue(appendfsync, async (queue, { server }) => {
    const ledger = new Ledger();
    let arrived = (): void => undefined;
    const worker = new Worker<Carried>(
      name,
      async (job) => {
        arrived();
        ledger.deliver(indexOf(job.data.payload));
      },
      { connection: connectionOf(server.port), concurrency: 10 },
    );
    await worker.waitUntilReady();
    const samples: number[] = [];
    for (let index = 0; index < operations; index += 1) {
      const handled = new Promise<number>((resolve) => {
        arrived = () => resolve(performance.now());
      });
      const begunAt = performance.now();
      const added = queue.add('reading', objectOf(index));
      samples.push((await handled) - begunAt);
      await added;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await worker.close();
    ledger.assertOnce('BullMQ', operations);
    return { publish_to_handler_ms: latencyOf(samples) };
  });
}

/** Bytes of memory that a waiting job takes. */
export function memoryOfBull(appendfsync: Appendfsync, events: number): Promise<number> {
  return withQueue(appendfsync, async (queue, { usedMemory }) => {
    await queue.waitUntilReady();
    const before = await usedMemory();
    const { count } = await addMuch(queue, { countMax: Math.ceil(events / bulk) });
    return ((await usedMemory()) - before) / (count * bulk);
  });
}

/** Looks jobs up by their id, evenly spread. */
export function lookUpBull(appendfsync: Appendfsync, events: number, operations: number): Promise<number[]> {
  return withQueue(appendfsync, async (queue) => {
    const { count } = await addMuch(queue, { countMax: Math.ceil(events / bulk) });
    const jobs = count * bulk;
    return callOneByOne(operations, async (index) => {
      const job = await queue.getJob(String(1 + Math.floor((jobs * index) / operations)));
      assertCount('jobs found', job === undefined ? 0 : 1, 1);
      return job;
    });
  });
}

/** Commands that an idle worker makes in so many milliseconds. */
export function idleCommandsOfBull(appendfsync: Appendfsync, forMs: number): Promise<number> {
  return withQueue(appendfsync, async (_queue, { server, commands }) => {
    const worker = new Worker(name, () => Promise.resolve(), { connection: connectionOf(server.port) });
    await worker.waitUntilReady();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const before = await commands();
    await new Promise((resolve) => setTimeout(resolve, forMs));
    const count = (await commands()) - before;
    await worker.close();
    return count;
  });
}

function connectionOf(port: number): ConnectionOptions {
  return { host: '127.0.0.1', port };
}

function withQueue<Result>(
  appendfsync: Appendfsync,
  work: (queue: Queue, redis: MeasuredRedis) => Promise<Result>,
): Promise<Result> {
  return withRedis(appendfsync, async (redis) => {
    const queue = new Queue(name, { connection: connectionOf(redis.server.port) });
    try {
      return await work(queue, redis);
    } finally {
      await queue.close();
    }
  });
}
