import { z } from 'zod';
import { parseOptions, RaptorFlowError } from '../../../kernel/index.ts';
import {
  openRedisLink,
  redisLinkShape,
  type RedisCommand,
  type RedisLink,
  type RedisLinkOptions,
} from '../../../storage/index.ts';
import type { SeriesDescription } from '../point.ts';
import type {
  BlockRange,
  FrameRange,
  HistoryStore,
  HistoryStoreHost,
  Removal,
  ResolutionUsage,
  Sealing,
  StoredBlock,
  StoredFrame,
  StoreUsage,
} from '../store.ts';
import { OperationKeys, type OperationLog } from './operation-keys.ts';

/** Where a history on Redis lies. */
export interface RedisHistoryOptions extends RedisLinkOptions {
  /** What all keys of the history begin with. Several can share a server under different prefixes. Default `metrics:history`. */
  readonly prefix?: string;
}

/** A history on Redis, which also keeps the readable keys of operations. */
export interface RedisHistoryStore extends HistoryStore {
  /** Takes the calls of operations for the keys `metrics:periscope:*`. */
  readonly operations: OperationLog;
}

const optionsSchema = z
  .strictObject({
    ...redisLinkShape,
    prefix: z
      .string()
      .regex(/^[\w.:-]{1,100}$/u, 'may hold 1 to 100 letters, digits and _ . : -')
      .default('metrics:history'),
  })
  .refine(
    ({ url, sentinels, cluster }) => url !== undefined || sentinels !== undefined || cluster !== undefined,
    'needs a url, sentinels or cluster nodes',
  );

/** Keys that one message asks about. */
const keysAtOnce = 500;
const timeBytes = 8;

// For each key: what it takes, how many elements it has, and the score of the first.
const measure = `
local found = {}
for i, key in ipairs(KEYS) do
  local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  found[i] = {redis.call('MEMORY', 'USAGE', key) or 0, redis.call('ZCARD', key), first[2] or ''}
end
return found
`;

// The scores of a range without the elements, which would be a thousand times as large.
const scores = `
local found = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], ARGV[2], 'WITHSCORES')
local times = {}
for i = 2, #found, 2 do times[#times + 1] = found[i] end
return times
`;
const nothing = new Uint8Array(0);

/**
 * Keeps a history in Redis or Valkey, for any number of processes: one sorted set for each series and resolution with one element a block, and one for
 * each shard with one element a step. What Redis itself keeps over a crash is up to its appendonly setting. Throws `invalid_options`.
 */
export function redisHistoryStore(options: RedisHistoryOptions): RedisHistoryStore {
  const { prefix, ...place } = parseOptions('redisHistoryStore', optionsSchema, options);
  return new RedisStore(`{${prefix}}`, place as RedisLinkOptions);
}

class RedisStore implements RedisHistoryStore {
  readonly name = 'redis';
  readonly operations: OperationKeys;
  readonly #root: string;
  readonly #place: RedisLinkOptions;
  #link: RedisLink | undefined;
  #isOpened = false;

  constructor(root: string, place: RedisLinkOptions) {
    this.#root = root;
    this.#place = place;
    this.operations = new OperationKeys(() => this.#link);
  }

  async open(host: HistoryStoreHost): Promise<void> {
    if (this.#isOpened) throw new RaptorFlowError('conflict', 'A store serves one history; build a new one.');
    this.#isOpened = true;
    this.#link = await openRedisLink(this.#place);
    this.operations.start(host);
  }

  async close(): Promise<void> {
    const link = this.#link;
    if (!link) return;
    await this.operations.stop();
    this.#link = undefined;
    link.close();
  }

  async describe(series: readonly SeriesDescription[]): Promise<void> {
    const commands = series.flatMap((one): RedisCommand[] => {
      const field = `${one.number} ${one.source}`;
      const text = JSON.stringify(one);
      return [
        ['sadd', `${this.#root}:sources`, one.source],
        ['hset', `${this.#root}:source:${one.source}`, field, text],
        ['hset', `${this.#root}:metric:${one.metric}`, field, text],
      ];
    });
    if (commands.length > 0) await this.#linked().transact(commands);
  }

  async listSeries({
    metric,
    source,
  }: {
    readonly metric?: string;
    readonly source?: string;
  }): Promise<readonly SeriesDescription[]> {
    let keys: string[];
    if (metric !== undefined) keys = [`${this.#root}:metric:${metric}`];
    else if (source !== undefined) keys = [`${this.#root}:source:${source}`];
    else keys = (await this.#members('sources')).map((name) => `${this.#root}:source:${name}`);
    const answers = await this.#linked().send(keys.map((key): RedisCommand => ['hvals', key]));
    const all = answers.flatMap((values) =>
      buffers(values).map((text) => JSON.parse(text.toString()) as SeriesDescription),
    );
    return all.filter((one) => source === undefined || one.source === source);
  }

  async append(frames: readonly StoredFrame[]): Promise<void> {
    if (frames.length === 0) return;
    const names = new Set<string>();
    const commands = frames.flatMap((frame): RedisCommand[] => {
      const name = framesName(frame);
      names.add(name);
      const key = `${this.#root}:${name}`;
      return [
        ['zremrangebyscore', key, frame.at, frame.at],
        ['zadd', key, frame.at, element(frame.at, frame.bytes)],
      ];
    });
    await this.#linked().transact([['sadd', `${this.#root}:sets`, ...names], ...commands]);
  }

  async readFrames(range: FrameRange): Promise<readonly StoredFrame[]> {
    const { source, stepMs, shard, from, to } = range;
    const key = `${this.#root}:${framesName(range)}`;
    if (range.timesOnly) {
      const [times] = await this.#linked().send([['eval', scores, 1, key, `(${from}`, to]]);
      return buffers(times).map((at) => ({
        source,
        stepMs,
        shard,
        at: Number(at.toString()),
        bytes: nothing,
      }));
    }
    const [found] = await this.#linked().send([['zrangebyscore', key, `(${from}`, to]]);
    return buffers(found).map((bytes) => ({
      source,
      stepMs,
      shard,
      at: timeOf(bytes),
      bytes: bytes.subarray(timeBytes),
    }));
  }

  async seal(sealing: Sealing): Promise<void> {
    const { blocks, through } = sealing;
    const commands: RedisCommand[] = blocks.flatMap((block): RedisCommand[] => {
      const key = `${this.#root}:${blocksName(block, block.number)}`;
      return [
        // A block that ends within this one is an earlier version of it.
        ['zremrangebyscore', key, block.from, block.to],
        ['zadd', key, block.to, element(block.from, block.bytes)],
      ];
    });
    if (blocks.length > 0) {
      const names = blocks.map((block) => blocksName(block, block.number));
      commands.unshift(['sadd', `${this.#root}:sets`, ...names]);
    }
    commands.push(['zremrangebyscore', `${this.#root}:${framesName(sealing)}`, '-inf', through]);
    await this.#linked().transact(commands);
  }

  async readBlocks(range: BlockRange): Promise<readonly StoredBlock[]> {
    const { source, stepMs, numbers, from, to } = range;
    const answers = await this.#linked().send(
      numbers.map((number): RedisCommand => [
        'zrangebyscore',
        `${this.#root}:${blocksName(range, number)}`,
        `(${from}`,
        '+inf',
        'withscores',
      ]),
    );
    return answers.flatMap((answer, place) => {
      const parts = buffers(answer);
      const blocks: StoredBlock[] = [];
      for (let index = 0; index + 1 < parts.length; index += 2) {
        const bytes = parts[index] ?? Buffer.alloc(timeBytes);
        const block = {
          from: timeOf(bytes),
          to: Number(parts[index + 1]?.toString()),
          bytes: bytes.subarray(timeBytes),
        };
        if (block.from <= to) blocks.push({ source, stepMs, number: numbers[place] ?? 0, ...block });
      }
      return blocks;
    });
  }

  async remove(removals: readonly Removal[], seriesBefore: number): Promise<number> {
    let removed = await this.#removeSeries(seriesBefore);
    const before = new Map(removals.map((removal) => [removal.stepMs, removal.before]));
    const names = (await this.#members('sets')).filter((name) => before.has(stepOf(name)));
    for (let next = 0; next < names.length; next += keysAtOnce) {
      const some = names.slice(next, next + keysAtOnce);
      const answers = await this.#linked().send(
        some.flatMap((name): RedisCommand[] => [
          ['zremrangebyscore', `${this.#root}:${name}`, '-inf', `(${before.get(stepOf(name)) ?? 0}`],
          ['exists', `${this.#root}:${name}`],
        ]),
      );
      // A set that gets elements again is noted again with them.
      const empty = some.filter((_, index) => Number(answers[index * 2 + 1]) === 0);
      if (empty.length > 0) await this.#linked().send([['srem', `${this.#root}:sets`, ...empty]]);
      for (let index = 0; index < answers.length; index += 2) removed += Number(answers[index]);
    }
    return removed;
  }

  async usage(): Promise<StoreUsage> {
    const names = await this.#members('sets');
    const resolutions = new Map<number, ResolutionUsage>();
    let bytes = 0;
    for (let next = 0; next < names.length; next += keysAtOnce) {
      const some = names.slice(next, next + keysAtOnce);
      const keys = some.map((name) => `${this.#root}:${name}`);
      const [answers] = await this.#linked().send([['eval', measure, keys.length, ...keys]]);
      for (const [index, answer] of (Array.isArray(answers) ? answers : []).entries()) {
        const [size, elements, oldest] = (Array.isArray(answer) ? answer : []) as unknown[];
        const name = some[index] ?? '';
        if (Number(elements) === 0) continue;
        bytes += Number(size);
        const stepMs = stepOf(name);
        const known = resolutions.get(stepMs) ?? { stepMs, frames: 0, blocks: 0, oldestAt: null };
        const at = Number(String(oldest));
        const kind = name.startsWith('f:') ? 'frames' : 'blocks';
        resolutions.set(stepMs, {
          ...known,
          [kind]: known[kind] + Number(elements),
          oldestAt: Math.min(known.oldestAt ?? at, at),
        });
      }
    }
    return { bytes, series: (await this.listSeries({})).length, resolutions: [...resolutions.values()] };
  }

  async #removeSeries(seriesBefore: number): Promise<number> {
    const old = (await this.listSeries({})).filter(({ seenAt }) => seenAt < seriesBefore);
    if (old.length === 0) return 0;
    await this.#linked().transact(
      old.flatMap(({ number, source, metric }): RedisCommand[] => [
        ['hdel', `${this.#root}:source:${source}`, `${number} ${source}`],
        ['hdel', `${this.#root}:metric:${metric}`, `${number} ${source}`],
      ]),
    );
    return old.length;
  }

  async #members(name: 'sources' | 'sets'): Promise<string[]> {
    const [found] = await this.#linked().send([['smembers', `${this.#root}:${name}`]]);
    return buffers(found).map(String);
  }

  #linked(): RedisLink {
    if (this.#link) return this.#link;
    throw new RaptorFlowError('unavailable', 'The store of the history is not open.');
  }
}

function framesName({
  stepMs,
  shard,
  source,
}: {
  readonly stepMs: number;
  readonly shard: number;
  readonly source: string;
}): string {
  return `f:${stepMs}:${shard}:${source}`;
}

function blocksName(
  { stepMs, source }: { readonly stepMs: number; readonly source: string },
  number: number,
): string {
  return `b:${stepMs}:${number}:${source}`;
}

function stepOf(name: string): number {
  return Number(name.split(':')[1]);
}

/** The time stands before the bytes, so that no two elements are the same. */
function element(at: number, bytes: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(timeBytes + bytes.length);
  whole.writeDoubleLE(at);
  whole.set(bytes, timeBytes);
  return whole;
}

function timeOf(whole: Buffer): number {
  return whole.readDoubleLE();
}

function buffers(answer: unknown): Buffer[] {
  return Array.isArray(answer) ? answer.filter((part): part is Buffer => Buffer.isBuffer(part)) : [];
}
