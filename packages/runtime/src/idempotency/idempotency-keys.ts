import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import {
  Lifecycle,
  parseOptions,
  RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Logger,
  type Service,
  type Timer,
} from 'raptorflow/kernel';
import { z } from 'zod';
import type { Database } from '../db/index.ts';
import type { IdempotencyTables } from './tables.ts';

/** Limits of the keys; all optional. */
export interface IdempotencyOptions {
  /** How long a key is remembered. Default 24 hours. */
  readonly keepMs?: number;
  /** A claim counts as under way so long after its process last said so; it says so three times in that time. Default 15 seconds. */
  readonly claimMs?: number;
  /** Characters of an answer that are kept; of a larger one only that it was given. Default 262,144. */
  readonly answerCharactersMax?: number;
  /** Rows that one step of `prune` removes. Default 500. */
  readonly rowsAStepMax?: number;
  /** Steps of one `prune`. Default 20. */
  readonly stepsMax?: number;
  /** Requests that this process may be carrying out with keys at one moment. Default 10,000. */
  readonly claimsMax?: number;
  /** True where no other process can be alive on this database: what another one claimed is then known to be interrupted at once. */
  readonly soleOwner?: boolean;
}

/** What the keys need from outside. */
export interface IdempotencyDeps {
  readonly db: Database;
  readonly clock?: Clock;
  readonly log?: Logger;
}

/** A request that carries a key. */
export interface KeyedRequest {
  /** Undefined for what belongs to no workspace. */
  readonly workspaceId: string | undefined;
  readonly userId: string;
  /** Method and path. */
  readonly route: string;
  readonly key: string;
  /** SHA-256 of what else makes the request what it is, hexadecimal. */
  readonly fingerprint: string;
}

/** An answer that is given again. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The right to carry a request out, until it is completed, released or lost. */
export interface Claim {
  readonly id: string;
  readonly workspaceId: string;
  readonly token: string;
}

/** What a request with a key is to do: carry it out, or give the first answer again. */
export type Begun =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'kept'; readonly answer: KeptAnswer };

/**
 * Idempotency keys of requests, after draft-ietf-httpapi-idempotency-key-header: of equal requests with one key at most one is carried out.
 * A claim is renewed while its process lives. When the process dies before it has answered, nobody knows how far the request had come, so
 * it is not carried out again either: whoever repeats it is told so, and decides. A process that only stood still may yet give its answer.
 */
export interface IdempotencyKeys extends Service {
  /**
   * Claims the key or answers what was answered. Throws `idempotency_conflict` for a key of another request, `idempotency_in_progress`
   * (with `retryAfterMs`) while the first is under way, `idempotency_uncertain` when its process died over it, `idempotency_not_replayable`
   * when its answer was not kept, and `exhausted` beyond `claimsMax`.
   */
  begin(request: KeyedRequest): Promise<Begun>;
  /**
   * Keeps the answer; undefined, or one that is too large, keeps only that there was one. Resolves once it is durable; false when the
   * key had expired meanwhile and belongs to another request, whose answer counts.
   */
  complete(claim: Claim, answer: KeptAnswer | undefined): Promise<boolean>;
  /** Frees the key: the next request with it is carried out anew. */
  release(claim: Claim): Promise<void>;
  /** Removes expired keys in bounded steps; answers how many those were. */
  prune(): Promise<number>;
}

const optionsSchema = z.strictObject({
  keepMs: z.int().positive().default(86_400_000),
  claimMs: z.int().min(30).default(15_000),
  answerCharactersMax: z.int().positive().default(262_144),
  rowsAStepMax: z.int().positive().default(500),
  stepsMax: z.int().positive().default(20),
  claimsMax: z.int().positive().default(10_000),
  soleOwner: z.boolean().default(false),
});

/** Workspace of rows whose requests have none. */
const installation = 'installation';
/** How often expired keys are looked for. */
const pruneEveryMs = 60_000;
/** Claims that one statement renews. */
const renewedAtOnce = 500;

type Row = Pick<
  IdempotencyTables['idempotency_keys'],
  | 'id'
  | 'fingerprint'
  | 'state'
  | 'claim'
  | 'process'
  | 'claimed_until_ms'
  | 'status'
  | 'headers'
  | 'body'
  | 'expires_at_ms'
>;

/** Keys in a database that has the room's migrations. Throws `invalid_options`. */
export function createIdempotencyKeys(options: IdempotencyOptions, deps: IdempotencyDeps): IdempotencyKeys {
  return new StoredKeys(parseOptions('createIdempotencyKeys', optionsSchema, options), deps);
}

class StoredKeys implements IdempotencyKeys {
  readonly #options: z.output<typeof optionsSchema>;
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #lifecycle: Lifecycle;
  /** Not the process id, which another process may have had before. */
  readonly #process = randomUUID();
  readonly #held = new Map<string, Claim>();
  #timers: Timer[] = [];
  #renewing: Promise<void> = Promise.resolve();
  #pruning: Promise<unknown> = Promise.resolve();

  constructor(options: z.output<typeof optionsSchema>, deps: IdempotencyDeps) {
    this.#options = options;
    this.#db = deps.db;
    this.#clock = deps.clock ?? systemClock;
    this.#log = (deps.log ?? silentLogger).child('idempotency');
    this.#lifecycle = new Lifecycle('the idempotency keys', {
      start: async () => this.#run(),
      stop: async () => {
        for (const timer of this.#timers) timer.cancel();
        await Promise.all([this.#renewing, this.#pruning]);
      },
    });
  }

  get state(): Service['state'] {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(): Promise<void> {
    return this.#lifecycle.stop();
  }

  async begin(request: KeyedRequest): Promise<Begun> {
    if (this.#held.size >= this.#options.claimsMax) {
      throw new RaptorFlowError(
        'exhausted',
        `This server carries out ${this.#options.claimsMax} requests with idempotency keys already; try again soon.`,
        { retryAfterMs: 1_000 },
      );
    }
    const workspaceId = request.workspaceId ?? installation;
    const now = this.#clock.now();
    const claim: Claim = { id: randomUUID(), workspaceId, token: randomUUID() };
    const { userId: user_id, route, key, fingerprint } = request;
    const inserted = await this.#of(workspaceId)
      .insertInto('idempotency_keys')
      .values({ id: claim.id, user_id, route, key, ...this.#fresh(claim, fingerprint, now) })
      .onConflict((conflict) => conflict.columns(['workspace_id', 'user_id', 'route', 'key']).doNothing())
      .executeTakeFirst();
    if (Number(inserted.numInsertedOrUpdatedRows) === 1) return this.#hold(claim);
    const row = await this.#of(workspaceId)
      .selectFrom('idempotency_keys')
      .select([
        'id',
        'fingerprint',
        'state',
        'claim',
        'process',
        'claimed_until_ms',
        'status',
        'headers',
        'body',
        'expires_at_ms',
      ])
      .where('user_id', '=', user_id)
      .where('route', '=', route)
      .where('key', '=', key)
      .executeTakeFirst();
    // It was released in between: whoever asks again finds it free.
    if (!row) throw inProgress(1_000);
    return this.#meet(row, fingerprint, workspaceId, now);
  }

  async complete(claim: Claim, answer: KeptAnswer | undefined): Promise<boolean> {
    const kept = answer && answer.body.length <= this.#options.answerCharactersMax ? answer : undefined;
    const changed = await this.#of(claim.workspaceId)
      .updateTable('idempotency_keys')
      .set({
        state: 'done',
        status: kept?.status ?? null,
        headers: kept ? JSON.stringify(kept.headers) : null,
        body: kept?.body ?? null,
      })
      .where('id', '=', claim.id)
      .where('claim', '=', claim.token)
      .where('state', '=', 'running')
      .executeTakeFirst();
    this.#held.delete(claim.token);
    return Number(changed.numUpdatedRows) === 1;
  }

  async release(claim: Claim): Promise<void> {
    this.#held.delete(claim.token);
    await this.#of(claim.workspaceId)
      .deleteFrom('idempotency_keys')
      .where('id', '=', claim.id)
      .where('claim', '=', claim.token)
      .where('state', '=', 'running')
      .execute();
  }

  async prune(): Promise<number> {
    const { rowsAStepMax, stepsMax } = this.#options;
    const now = this.#clock.now();
    let removed = 0;
    for (let step = 0; step < stepsMax; step += 1) {
      const result = await this.#everywhere()
        .deleteFrom('idempotency_keys')
        .where('id', 'in', (query) =>
          query
            .selectFrom('idempotency_keys')
            .select('id')
            .where('expires_at_ms', '<=', now)
            .orderBy('expires_at_ms')
            .limit(rowsAStepMax),
        )
        .executeTakeFirst();
      removed += Number(result.numDeletedRows);
      if (Number(result.numDeletedRows) < rowsAStepMax) break;
    }
    return removed;
  }

  #of(workspaceId: string): Kysely<IdempotencyTables> {
    return this.#db.forWorkspace<IdempotencyTables>(workspaceId);
  }

  #everywhere(): Kysely<IdempotencyTables> {
    return this.#db.system<IdempotencyTables>();
  }

  #hold(claim: Claim): Begun {
    this.#held.set(claim.token, claim);
    return { kind: 'claimed', claim };
  }

  #fresh(
    claim: Claim,
    fingerprint: string,
    now: number,
  ): {
    fingerprint: string;
    state: 'running';
    claim: string;
    process: string;
    claimed_until_ms: number;
    created_at_ms: number;
    expires_at_ms: number;
  } {
    return {
      fingerprint,
      state: 'running',
      claim: claim.token,
      process: this.#process,
      claimed_until_ms: now + this.#options.claimMs,
      created_at_ms: now,
      expires_at_ms: now + this.#options.keepMs,
    };
  }

  async #meet(row: Row, fingerprint: string, workspaceId: string, now: number): Promise<Begun> {
    const abandoned =
      row.state === 'running' &&
      row.process !== this.#process &&
      (this.#options.soleOwner || row.claimed_until_ms <= now);
    // A request that is under way outlives its key.
    const expired = row.expires_at_ms <= now && (row.state === 'done' || abandoned);
    if (!expired && row.fingerprint !== fingerprint) {
      throw new RaptorFlowError(
        'idempotency_conflict',
        'This Idempotency-Key was used for a request with another body or query; make a new key for a new request.',
      );
    }
    if (expired) return this.#takeOver(row, fingerprint, workspaceId, now);
    if (abandoned) throw uncertain();
    if (row.state === 'running') throw inProgress(Math.min(this.#options.claimMs, 1_000));
    if (row.status === null || row.body === null || row.headers === null) {
      throw new RaptorFlowError(
        'idempotency_not_replayable',
        'The first request with this Idempotency-Key was carried out. Its answer cannot be given again, because it was a stream, too large or held a secret; read what it did, or use a new key to do it again.',
      );
    }
    const headers = JSON.parse(row.headers) as Record<string, string>;
    return { kind: 'kept', answer: { status: row.status, headers, body: row.body } };
  }

  async #takeOver(row: Row, fingerprint: string, workspaceId: string, now: number): Promise<Begun> {
    const claim: Claim = { id: row.id, workspaceId, token: randomUUID() };
    const taken = await this.#of(workspaceId)
      .updateTable('idempotency_keys')
      .set({ ...this.#fresh(claim, fingerprint, now), status: null, headers: null, body: null })
      .where('id', '=', row.id)
      .where('claim', '=', row.claim)
      // Its process may have spoken since it was read.
      .where('state', '=', row.state)
      .where('claimed_until_ms', '=', row.claimed_until_ms)
      .executeTakeFirst();
    if (Number(taken.numUpdatedRows) !== 1) throw inProgress(1_000);
    return this.#hold(claim);
  }

  #run(): void {
    const { claimMs } = this.#options;
    const warn = (what: string) => (error: unknown) => this.#log.warn(what, { error });
    this.#timers = [
      this.#clock.setInterval(() => {
        this.#renewing = this.#renewing
          .then(() => this.#renew())
          .catch(warn('Claims of idempotency keys could not be renewed.'));
      }, claimMs / 3),
      this.#clock.setInterval(() => {
        this.#pruning = this.#pruning
          .then(() => this.prune())
          .catch(warn('Expired idempotency keys could not be removed.'));
      }, pruneEveryMs),
    ].map((timer) => timer.unref());
  }

  async #renew(): Promise<void> {
    const tokens = [...this.#held.keys()];
    for (let from = 0; from < tokens.length; from += renewedAtOnce) {
      await this.#everywhere()
        .updateTable('idempotency_keys')
        .set({ claimed_until_ms: this.#clock.now() + this.#options.claimMs })
        .where('claim', 'in', tokens.slice(from, from + renewedAtOnce))
        .where('state', '=', 'running')
        .execute();
    }
  }
}

function uncertain(): RaptorFlowError {
  return new RaptorFlowError(
    'idempotency_uncertain',
    'The server ended while it carried out the first request with this Idempotency-Key, so it may or may not have been done; it is not done again under this key. Read what is there, and use a new key to do it.',
  );
}

function inProgress(retryAfterMs: number): RaptorFlowError {
  return new RaptorFlowError(
    'idempotency_in_progress',
    'The first request with this Idempotency-Key is still under way; try again in a moment to get its answer.',
    { retryAfterMs },
  );
}
