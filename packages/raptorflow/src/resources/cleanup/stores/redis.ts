import { z } from 'zod';
import { parseOptions, RaptorFlowError } from '../../../kernel/index.ts';
import {
  openRedisLink,
  redisLinkShape,
  type RedisLink,
  type RedisLinkOptions,
} from '../../../storage/index.ts';
import { readCursor } from '../cursor.ts';
import type { CleanupRecord } from '../record.ts';
import {
  resultsPageDefault,
  type CleanupResultsPage,
  type CleanupResultsQuery,
  type CleanupStore,
  type CleanupWrite,
  type StoredCleanupTask,
} from '../store.ts';
import type { CleanupResult } from '../task.ts';

/** Where Redis is, and under which keys the tasks lie. */
export interface RedisCleanupStoreOptions extends RedisLinkOptions {
  /** Begins every key. Default `raptorflow:cleanup`. */
  readonly prefix?: string;
}

const optionsSchema = z.strictObject({
  ...redisLinkShape,
  prefix: z
    .string()
    .regex(/^[^{}]{1,100}$/u, 'must be 1 to 100 characters without braces')
    .default('raptorflow:cleanup'),
});

// A task is "version body" in one field, so that a comparison needs no parsing of the body.
const writeScript = `
local current = redis.call('HGET', KEYS[1], ARGV[1])
local version = current and string.match(current, '^%d+') or '0'
if version ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
if ARGV[4] == '' then return 1 end
local place = redis.call('INCR', KEYS[2])
redis.call('ZADD', KEYS[3], place, ARGV[4])
redis.call('ZADD', KEYS[3] .. ':' .. ARGV[1], place, ARGV[4])
local surplus = redis.call('ZCARD', KEYS[3]) - tonumber(ARGV[5])
if surplus > 0 then
  for _, old in ipairs(redis.call('ZRANGE', KEYS[3], 0, surplus - 1)) do
    redis.call('ZREM', KEYS[3] .. ':' .. cjson.decode(old)['taskId'], old)
  end
  redis.call('ZREMRANGEBYRANK', KEYS[3], 0, surplus - 1)
end
return 1
`;

const removeScript = `
local current = redis.call('HGET', KEYS[1], ARGV[1])
local version = current and string.match(current, '^%d+') or '0'
if version ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
`;

/**
 * Keeps tasks and results in Redis or Valkey, for any number of processes; leases are measured by the server's clock. All keys lie in one slot. What
 * Redis itself keeps over a crash is up to its appendonly setting. Throws `invalid_options`.
 */
export function redisCleanupStore(options: RedisCleanupStoreOptions): CleanupStore {
  const { prefix, ...place } = parseOptions('redisCleanupStore', optionsSchema, options);
  return new RedisCleanupStore(`{${prefix}}`, place as RedisLinkOptions);
}

class RedisCleanupStore implements CleanupStore {
  readonly #root: string;
  readonly #place: RedisLinkOptions;
  #link: RedisLink | undefined;
  #resultsMax = 0;

  constructor(root: string, place: RedisLinkOptions) {
    this.#root = root;
    this.#place = place;
  }

  async open({ resultsMax }: { readonly resultsMax: number }): Promise<void> {
    this.#resultsMax = resultsMax;
    this.#link = await openRedisLink(this.#place);
  }

  async close(): Promise<void> {
    this.#link?.close();
    this.#link = undefined;
  }

  async now(): Promise<number> {
    const [time] = await this.#linked().send([['time']]);
    const [seconds, micros] = (time as readonly unknown[]).map(Number);
    return (seconds ?? 0) * 1_000 + Math.floor((micros ?? 0) / 1_000);
  }

  async load(): Promise<readonly StoredCleanupTask[]> {
    const [found] = await this.#linked().send([['hgetall', this.#tasks]]);
    // The client makes an object of a hash.
    const tasks = Object.entries(found as Readonly<Record<string, unknown>>).map(([id, text]) =>
      taskOf(id, String(text)),
    );
    return tasks.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async read(id: string): Promise<StoredCleanupTask | undefined> {
    const [found] = await this.#linked().send([['hget', this.#tasks, id]]);
    return Buffer.isBuffer(found) ? taskOf(id, found.toString()) : undefined;
  }

  async write({ id, expected, record, result }: CleanupWrite): Promise<boolean> {
    const [written] = await this.#linked().send([
      [
        'eval',
        writeScript,
        3,
        this.#tasks,
        `${this.#root}:place`,
        this.#results,
        id,
        expected,
        `${expected + 1} ${JSON.stringify(record)}`,
        result ? JSON.stringify(result) : '',
        this.#resultsMax,
      ],
    ]);
    return Number(written) === 1;
  }

  async remove(id: string, expected: number): Promise<boolean> {
    const [removed] = await this.#linked().send([['eval', removeScript, 1, this.#tasks, id, expected]]);
    return Number(removed) === 1;
  }

  async results({
    taskId,
    limit = resultsPageDefault,
    cursor,
  }: CleanupResultsQuery): Promise<CleanupResultsPage> {
    const key = taskId === undefined ? this.#results : `${this.#results}:${taskId}`;
    const before = cursor === undefined ? '+inf' : `(${readCursor(cursor)}`;
    const [found] = await this.#linked().send([
      ['zrevrangebyscore', key, before, '-inf', 'withscores', 'limit', 0, limit + 1],
    ]);
    const texts = (found as readonly unknown[]).map(String);
    const places = texts.filter((_, index) => index % 2 === 1);
    const results = texts.filter((_, index) => index % 2 === 0).slice(0, limit);
    return {
      items: results.map((text) => JSON.parse(text) as CleanupResult),
      next: places.length > limit ? (places[limit - 1] ?? null) : null,
    };
  }

  get #tasks(): string {
    return `${this.#root}:tasks`;
  }

  get #results(): string {
    return `${this.#root}:results`;
  }

  #linked(): RedisLink {
    if (this.#link) return this.#link;
    throw new RaptorFlowError('unavailable', 'The store of cleanup tasks is not open.');
  }
}

function taskOf(id: string, text: string): StoredCleanupTask {
  const space = text.indexOf(' ');
  const record = JSON.parse(text.slice(space + 1)) as CleanupRecord;
  return { id, version: Number(text.slice(0, space)), record };
}
