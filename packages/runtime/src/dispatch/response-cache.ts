import { createHash } from 'node:crypto';
import {
  parseOptions,
  silentLogger,
  systemClock,
  toRaptorFlowError,
  type Clock,
  type Logger,
} from 'raptorflow/kernel';
import { z } from 'zod';
import { canonicalJson } from '../audit/index.ts';
import { fromJsonText, toJsonText, type Database } from '../db/index.ts';
import { asJson } from '../models/json.ts';
import type { ModelAnswer, ModelRequest } from '../models/model.ts';
import type { CacheTables } from './tables.ts';

/** How answers are kept; all optional. */
export interface ResponseCacheOptions {
  /** How long an answer serves again. Default 24 hours. */
  readonly keptMs?: number;
  /** What the answers of one workspace may take, in bytes of JSON; the oldest make room. 0 keeps none. Default 256 MiB. */
  readonly bytesMax?: number;
  /** A longer answer is not kept. Default 1 MiB. */
  readonly answerBytesMax?: number;
}

/** What it works with. */
export interface ResponseCacheDeps {
  readonly db: Database;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** Answers that serve again: to the same request, of the same model, in the same workspace. */
export interface ResponseCache {
  /** The answer kept for exactly this request, or undefined. An outage of the store is a miss. */
  find(workspaceId: string, provider: string, request: ModelRequest): Promise<ModelAnswer | undefined>;
  /** Keeps an answer; resolves when it is kept, or was not worth it. Never rejects. */
  keep(workspaceId: string, provider: string, request: ModelRequest, answer: ModelAnswer): Promise<void>;
  /** Removes the answers of every workspace that serve no more, and says how many and how many bytes. Rejects when the store fails. */
  sweep(): Promise<{ readonly answers: number; readonly bytes: number }>;
}

const optionsSchema = z.strictObject({
  keptMs: z
    .int()
    .positive()
    .default(24 * 3_600_000),
  bytesMax: z
    .int()
    .nonnegative()
    .default(256 * 1024 * 1024),
  answerBytesMax: z
    .int()
    .positive()
    .default(1024 * 1024),
});

/** After so many answers that were kept, it is looked whether others have to make room. */
const keptBetweenLooks = 100;
/** How many one look removes at most. */
const removedMax = 1_000;

/** Builds the cache over the relational core. Throws `invalid_options`. */
export function createResponseCache(options: ResponseCacheOptions, deps: ResponseCacheDeps): ResponseCache {
  return new StoredResponses(parseOptions('createResponseCache', optionsSchema, options), deps);
}

class StoredResponses implements ResponseCache {
  readonly #options: z.output<typeof optionsSchema>;
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  // The first answer of a workspace looks, too: a process that is started often would otherwise never do.
  readonly #keptSinceLook = new Map<string, number>();

  constructor(options: z.output<typeof optionsSchema>, deps: ResponseCacheDeps) {
    this.#options = options;
    this.#db = deps.db;
    this.#clock = deps.clock ?? systemClock;
    this.#logger = deps.logger ?? silentLogger;
  }

  async find(workspaceId: string, provider: string, request: ModelRequest): Promise<ModelAnswer | undefined> {
    if (this.#options.bytesMax === 0) return undefined;
    try {
      const row = await this.#db
        .forWorkspace<CacheTables>(workspaceId)
        .selectFrom('response_cache')
        .select('answer')
        .where('key', '=', keyOf(provider, request))
        .where('expires_at_ms', '>', this.#clock.now())
        .executeTakeFirst();
      return row === undefined ? undefined : fromJsonText<ModelAnswer>(row.answer);
    } catch (error) {
      this.#note(error);
      return undefined;
    }
  }

  async keep(
    workspaceId: string,
    provider: string,
    request: ModelRequest,
    answer: ModelAnswer,
  ): Promise<void> {
    const text = toJsonText(answer);
    const bytes = Buffer.byteLength(text, 'utf8');
    const { answerBytesMax, bytesMax, keptMs } = this.#options;
    if (bytes > Math.min(answerBytesMax, bytesMax)) return;
    const now = this.#clock.now();
    const values = {
      model: request.modelId,
      answer: text,
      bytes,
      created_at_ms: now,
      expires_at_ms: now + keptMs,
    };
    try {
      await this.#db
        .forWorkspace<CacheTables>(workspaceId)
        .insertInto('response_cache')
        .values({ key: keyOf(provider, request), ...values })
        .onConflict((conflict) => conflict.columns(['workspace_id', 'key']).doUpdateSet(values))
        .execute();
      await this.#makeRoom(workspaceId);
    } catch (error) {
      this.#note(error);
    }
  }

  async sweep(): Promise<{ answers: number; bytes: number }> {
    const rows = await this.#db
      .system<CacheTables>()
      .deleteFrom('response_cache')
      .where('expires_at_ms', '<=', this.#clock.now())
      .returning('bytes')
      .execute();
    return { answers: rows.length, bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  async #makeRoom(workspaceId: string): Promise<void> {
    const kept = this.#keptSinceLook.get(workspaceId) ?? keptBetweenLooks;
    this.#keptSinceLook.set(workspaceId, kept >= keptBetweenLooks ? 0 : kept + 1);
    if (kept < keptBetweenLooks) return;
    const tables = this.#db.forWorkspace<CacheTables>(workspaceId);
    await tables.deleteFrom('response_cache').where('expires_at_ms', '<=', this.#clock.now()).execute();
    const sum = await tables
      .selectFrom('response_cache')
      .select(({ fn }) => fn.sum('bytes').as('bytes'))
      .executeTakeFirst();
    let over = Number(sum?.bytes ?? 0) - this.#options.bytesMax;
    if (over <= 0) return;
    const oldest = await tables
      .selectFrom('response_cache')
      .select(['key', 'bytes'])
      .orderBy('created_at_ms')
      .limit(removedMax)
      .execute();
    const leaving: string[] = [];
    for (const { key, bytes } of oldest) {
      if (over <= 0) break;
      leaving.push(key);
      over -= bytes;
    }
    await tables.deleteFrom('response_cache').where('key', 'in', leaving).execute();
  }

  #note(error: unknown): void {
    this.#logger.warn('The cache of answers could not be used; the model is called instead.', {
      error: toRaptorFlowError(error).message,
    });
  }
}

/** Everything that decides about an answer, in one order whatever order it was written in. */
function keyOf(provider: string, request: ModelRequest): string {
  return createHash('sha256')
    .update(canonicalJson(asJson({ provider, request })))
    .digest('hex');
}
