import { Redis } from 'ioredis';
import { withRedis, type Appendfsync, type MeasuredRedis } from '../engines/private-redis.ts';
import { assertCount } from '../harness/fault.ts';
import type { Readings } from '../harness/findings.ts';
import { Ledger } from '../harness/ledger.ts';
import { callOneByOne, pump } from '../harness/pump.ts';
import { latencyOf } from '../harness/statistics.ts';
import { indexOfText, textOf } from '../workload/reading.ts';

const stream = 'raw';
const group = 'bench';
const scriptBatch = 256;
const scriptsInFlight = 4;
const readBatch = 512;

/** One script call that appends all its arguments. */
const appendScript = "for i = 1, #ARGV do redis.call('XADD', KEYS[1], '*', 'body', ARGV[i]) end return #ARGV";

/** What the publishing of a bare Redis is called under, and whether its consumption is measured too. */
export interface RawKeys {
  readonly publish: string;
  readonly consume?: string;
}

/** Appends in batches of 256 by script, four under way; then reads and acknowledges everything as a group, if asked for. */
export function raceRaw(appendfsync: Appendfsync, forMs: number, keys: RawKeys): Promise<Readings> {
  return withConnection(appendfsync, async (redis) => {
    const { count, seconds } = await appendMuch(redis, { forMs });
    assertCount('entries of the bare stream', await redis.xlen(stream), count);
    const readings: Record<string, number> = { [keys.publish]: count / seconds };
    if (keys.consume !== undefined) readings[keys.consume] = count / (await consumeAll(redis, count));
    return readings;
  });
}

/** Appends batches until the time is up or the number is reached. */
export async function appendMuch(
  redis: Redis,
  limit: { readonly forMs?: number; readonly countMax?: number },
): Promise<{ count: number; seconds: number }> {
  const { forMs, countMax } = limit;
  const batches = countMax === undefined ? undefined : Math.ceil(countMax / scriptBatch);
  const options = {
    inFlight: scriptsInFlight,
    ...(forMs === undefined ? {} : { forMs }),
    ...(batches === undefined ? {} : { countMax: batches }),
  };
  const hash = (await redis.script('LOAD', appendScript)) as string;
  const { count, seconds } = await pump(options, (batch) => {
    const first = batch * scriptBatch;
    const bodies = Array.from({ length: scriptBatch }, (_, turn) => textOf(first + turn));
    return redis.evalsha(hash, 1, stream, ...bodies);
  });
  return { count: count * scriptBatch, seconds };
}

async function consumeAll(redis: Redis, count: number): Promise<number> {
  const ledger = new Ledger();
  await redis.xgroup('CREATE', stream, group, '0');
  const begunAt = performance.now();
  let acknowledged: Promise<unknown> = Promise.resolve();
  while (ledger.seen < count) {
    const entries = await readGroup(redis, readBatch);
    for (const [, fields] of entries) ledger.deliver(indexOfText(fields[1] ?? ''));
    acknowledged = redis.xack(stream, group, ...entries.map(([id]) => id));
  }
  await acknowledged;
  const seconds = (performance.now() - begunAt) / 1_000;
  ledger.assertOnce('raw', count);
  return seconds;
}

type Entry = readonly [id: string, fields: readonly string[]];

async function readGroup(redis: Redis, count: number): Promise<readonly Entry[]> {
  const answer = await redis.xreadgroup(
    'GROUP',
    group,
    'member',
    'COUNT',
    count,
    'BLOCK',
    5_000,
    'STREAMS',
    stream,
    '>',
  );
  return (answer as readonly [string, readonly Entry[]][] | null)?.[0]?.[1] ?? [];
}

/** One bare XADD after the other. */
export function addOneByOne(appendfsync: Appendfsync, operations: number): Promise<Readings> {
  return withConnection(appendfsync, async (redis) => {
    const samples = await callOneByOne(operations, (index) => redis.xadd(stream, '*', 'body', textOf(index)));
    return { publish_idle_ms: latencyOf(samples) };
  });
}

/** From a bare XADD until a blocked XREADGROUP answers with it and its body is decoded. */
export function addToRead(appendfsync: Appendfsync, operations: number): Promise<Readings> {
  return withConnection(appendfsync, async (redis, { server }) => {
    const reader = new Redis(server.port, '127.0.0.1');
    await redis.xgroup('CREATE', stream, group, '$', 'MKSTREAM');
    const samples: number[] = [];
    for (let index = 0; index < operations; index += 1) {
      const read = readGroup(reader, 1);
      await new Promise((resolve) => setImmediate(resolve));
      const begunAt = performance.now();
      const added = redis.xadd(stream, '*', 'body', textOf(index));
      const [[id, fields] = ['', []]] = await read;
      assertCount('the number in the entry', indexOfText(fields[1] ?? ''), index);
      samples.push(performance.now() - begunAt);
      await added;
      await redis.xack(stream, group, id);
    }
    reader.disconnect();
    return { publish_to_handler_ms: latencyOf(samples) };
  });
}

/** Reads the stream in pages of 1,000 and decodes every body; answers milliseconds for an event. */
export async function replayRaw(redis: Redis, count: number): Promise<number> {
  const begunAt = performance.now();
  let from = '-';
  let read = 0;
  while (read < count) {
    const page = (await redis.xrange(stream, from, '+', 'COUNT', 1_000)) as readonly Entry[];
    for (const [, fields] of page) indexOfText(fields[1] ?? '');
    read += page.length;
    from = `(${page.at(-1)?.[0] ?? ''}`;
    if (page.length < 1_000) break;
  }
  assertCount('entries read', Math.min(read, count), count);
  return (performance.now() - begunAt) / read;
}

/** Looks entries up by their id. */
export async function lookUpRaw(redis: Redis, ids: readonly string[]): Promise<number[]> {
  return callOneByOne(ids.length, async (index) => {
    const id = ids[index] ?? '';
    const page = (await redis.xrange(stream, id, id)) as readonly Entry[];
    indexOfText(page[0]?.[1][1] ?? '');
  });
}

/** Ids of the stream, evenly spread over it. */
export async function idsOfRaw(redis: Redis, count: number): Promise<string[]> {
  const first = (await redis.xrange(stream, '-', '+', 'COUNT', 1)) as readonly Entry[];
  const last = (await redis.xrevrange(stream, '+', '-', 'COUNT', 1)) as readonly Entry[];
  const [from = 0, to = 0] = [first, last].map((page) => Number(page[0]?.[0].split('-')[0]));
  const ids: string[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const at = Math.floor(from + ((to - from) * turn) / count);
    const page = (await redis.xrange(stream, String(at), '+', 'COUNT', 1)) as readonly Entry[];
    ids.push(page[0]?.[0] ?? '');
  }
  return ids;
}

/** Bytes of memory that an entry of a bare stream takes. */
export function memoryOfRaw(appendfsync: Appendfsync, events: number): Promise<number> {
  return withConnection(appendfsync, async (redis, { usedMemory }) => {
    const before = await usedMemory();
    const { count } = await appendMuch(redis, { countMax: events });
    return ((await usedMemory()) - before) / count;
  });
}

function withConnection<Result>(
  appendfsync: Appendfsync,
  work: (redis: Redis, measured: MeasuredRedis) => Promise<Result>,
): Promise<Result> {
  return withRedis(appendfsync, async (measured) => {
    const redis = new Redis(measured.server.port, '127.0.0.1');
    try {
      return await work(redis, measured);
    } finally {
      redis.disconnect();
    }
  });
}
