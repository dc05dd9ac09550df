import {
  createIds,
  isRaptorFlowError,
  Lifecycle,
  parseOptions,
  systemClock,
  type Clock,
  type Ids,
  type Service,
  type ServiceState,
  type StopOptions,
} from 'raptorflow/kernel';
import { silentMeter, type Meter } from 'raptorflow/metrics';
import { z } from 'zod';
import type { Database, UnitOfWork, Writing } from '../db/index.ts';
import { AppendQueue } from './append-queue.ts';
import { auditMeters, type AuditMeters } from './audit-meters.ts';
import { ChainReader, type AuditFilter, type AuditPage } from './chain-reader.ts';
import { ChainWriter } from './chain-writer.ts';
import type { AuditRow } from './chain.ts';
import {
  installationChain,
  prepareEntry,
  type AuditActor,
  type AuditEntry,
  type PreparedEntry,
} from './entry.ts';
import { registerKey } from './key-ring.ts';
import { headToRecord, keyToRecord, rowToRecord, type ExportRecord } from './record.ts';
import {
  createAuditSigner,
  trustedKeys,
  type AuditPublicKey,
  type AuditSigner,
  type SignedHead,
} from './signing.ts';
import type { AuditTables } from './tables.ts';
import { erasureAction, verifyChain, type AuditVerification } from './verification.ts';

/** How the audit log is kept. */
export interface AuditLogOptions {
  /** The Ed25519 private key that signs heads: PKCS #8, as PEM or as base64 of its DER. */
  readonly signingKey: string;
  /** Bytes of an entry's details; larger ones are cut and say so. Default 16,384. */
  readonly detailsBytesMax?: number;
  /** Entries that may wait to be written; default 10,000. */
  readonly waitingMax?: number;
  /** Entries of one transaction; default 500. */
  readonly batchMax?: number;
}

/** What the audit log works with. */
export interface AuditLogDeps {
  readonly db: Database;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly meter?: Meter;
}

/** What stands in the chain for an entry. */
export interface AuditReceipt {
  /** What an outcome names as its intent. */
  readonly id: string;
  readonly workspaceId: string;
  readonly sequence: number;
  readonly hash: string;
  /** Epoch milliseconds. */
  readonly recordedAtMs: number;
}

/** The part that writes, for those who only record. */
export interface AuditTrail {
  /**
   * Appends an entry; durable when it resolves. Entries of a workspace that arrive together share a transaction. When it rejects, nothing
   * is recorded and the caller must not do what it was about to do: `exhausted`, `unavailable`, `invalid_options`, or an error of the database.
   */
  append(entry: AuditEntry): Promise<AuditReceipt>;
  /**
   * Appends entries inside the caller's transaction, in this order: recorded if and only if it commits. Two round trips; the chain is
   * locked for other writers until the commit, so this comes last. Throws like `append`, and `unscoped_statement` for another workspace.
   */
  appendWithin(unit: UnitOfWork, entries: readonly AuditEntry[]): Promise<readonly AuditReceipt[]>;
}

/** A trail that remembers where its chains end, for those who write without reading. */
export interface ChainedTrail extends AuditTrail {
  /**
   * Appends entries behind the end of the workspace's chain that this process knows, without reading it; false, and nothing appended, when it knows
   * none. The caller's transaction fails with `serialization_conflict` when the chain has gone on since; then `forgetEnd`, and append another way.
   */
  appendBehind(writing: Writing, entries: readonly AuditEntry[]): boolean;
  /** Forgets the end of a chain. */
  forgetEnd(workspaceId: string): void;
}

/**
 * What happened, in one chain for each workspace and one for the installation. Rows are only ever added; each carries the hash of the one
 * before it, and the last one is signed, so that nobody without the key changes, removes, adds or reorders rows unnoticed.
 */
export interface AuditLog extends ChainedTrail, Service {
  /** Newest first. Throws `invalid_input`. */
  query(workspaceId: string, filter?: AuditFilter): Promise<AuditPage>;
  /** Where a chain ends, signed; null for a chain without rows. */
  head(workspaceId: string): Promise<SignedHead | null>;
  /** Walks the whole chain and names the first thing that is wrong. With an earlier head, also that the chain continues it. */
  verify(
    workspaceId: string,
    options?: { readonly head?: SignedHead | undefined },
  ): Promise<AuditVerification>;
  /** The chain as JSON Lines, each with its line break, for `verifyAuditExport`: keys, rows, signed head. */
  export(workspaceId: string): AsyncIterable<string>;
  /** Forgets the payloads of a workspace that is gone: rows keep their hashes, so the chain still verifies. Answers how many. */
  erasePayloads(workspaceId: string, actor: AuditActor): Promise<number>;
  /** The key that signs, and those it has replaced. */
  keys(): Promise<{ readonly signingKeyId: string; readonly keys: readonly AuditPublicKey[] }>;
}

const optionsSchema = z.strictObject({
  signingKey: z.string().min(1),
  detailsBytesMax: z.int().min(256).max(1_000_000).default(16_384),
  waitingMax: z.int().min(1).default(10_000),
  batchMax: z.int().min(1).max(5_000).default(500),
});

/** Builds the audit log over the relational core; `start` makes its key known. Throws `invalid_options`, `invalid_configuration`. */
export function createAuditLog(options: AuditLogOptions, deps: AuditLogDeps): AuditLog {
  const { signingKey, ...limits } = parseOptions('createAuditLog', optionsSchema, options);
  const clock = deps.clock ?? systemClock;
  return new RelationalAuditLog(createAuditSigner(signingKey), limits, {
    db: deps.db,
    clock,
    ids: deps.ids ?? createIds({ clock }),
    meter: deps.meter ?? silentMeter,
  });
}

class RelationalAuditLog implements AuditLog {
  readonly #deps: Required<AuditLogDeps>;
  readonly #signer: AuditSigner;
  readonly #detailsBytesMax: number;
  readonly #writer: ChainWriter;
  readonly #reader: ChainReader;
  readonly #queue: AppendQueue;
  readonly #meters: AuditMeters;
  readonly #lifecycle: Lifecycle;

  constructor(
    signer: AuditSigner,
    limits: Omit<Required<AuditLogOptions>, 'signingKey'>,
    deps: Required<AuditLogDeps>,
  ) {
    const { db, clock, meter } = deps;
    this.#deps = deps;
    this.#signer = signer;
    this.#detailsBytesMax = limits.detailsBytesMax;
    this.#writer = new ChainWriter({ dialect: () => db.dialect, signer, clock });
    this.#reader = new ChainReader(db);
    this.#meters = auditMeters(meter);
    this.#queue = new AppendQueue((workspaceId, batch) => this.#write(workspaceId, batch), limits);
    this.#lifecycle = new Lifecycle('The audit log', {
      start: () => this.#start(),
      stop: async ({ deadlineMs }) => {
        // The deadline ends with what it bounds: a timer that outlives it would hold the process.
        const early = new AbortController();
        const late = clock.sleep(deadlineMs, early.signal).catch(() => undefined);
        await Promise.race([this.#queue.idle(), late]);
        early.abort();
      },
    });
  }

  get state(): ServiceState {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#lifecycle.stop(options);
  }

  async append(entry: AuditEntry): Promise<AuditReceipt> {
    this.#lifecycle.assertRunning();
    return receiptOf(await this.#queue.add(this.#prepare(entry)));
  }

  async appendWithin(unit: UnitOfWork, entries: readonly AuditEntry[]): Promise<readonly AuditReceipt[]> {
    this.#lifecycle.assertRunning();
    const prepared = entries.map((entry) => this.#prepare(entry));
    const rows = await this.#writer.append(unit, prepared);
    this.#meters.written(rows);
    return rows.map(receiptOf);
  }

  appendBehind(writing: Writing, entries: readonly AuditEntry[]): boolean {
    this.#lifecycle.assertRunning();
    const rows = this.#writer.appendBehind(
      writing,
      entries.map((entry) => this.#prepare(entry)),
    );
    if (rows === undefined) return false;
    this.#meters.written(rows);
    return true;
  }

  forgetEnd(workspaceId: string): void {
    this.#writer.forgetEnd(workspaceId);
  }

  query(workspaceId: string, filter: AuditFilter = {}): Promise<AuditPage> {
    return this.#reader.query(workspaceId, filter);
  }

  head(workspaceId: string): Promise<SignedHead | null> {
    return this.#reader.head(workspaceId);
  }

  async verify(
    workspaceId: string,
    options: { readonly head?: SignedHead | undefined } = {},
  ): Promise<AuditVerification> {
    const keys = trustedKeys(this.#signer.publicKey.keyId, await this.#reader.keys());
    return verifyChain(this.#reader.source(workspaceId), { keys, earlier: options.head });
  }

  async *export(workspaceId: string): AsyncIterable<string> {
    const { signingKeyId, keys } = await this.keys();
    const source = this.#reader.source(workspaceId);
    // Rows that come behind this head belong to a later export.
    const head = await source.head();
    const first: ExportRecord = {
      type: 'audit_export',
      version: 1,
      workspace_id: workspaceId,
      exported_at: new Date(this.#deps.clock.now()).toISOString(),
      signing_key_id: signingKeyId,
      keys: keys.map(keyToRecord),
    };
    yield `${JSON.stringify(first)}\n`;
    for await (const row of source.rows(0, head?.sequence ?? 0))
      yield `${JSON.stringify(rowToRecord(row))}\n`;
    if (head) yield `${JSON.stringify(headToRecord(head))}\n`;
  }

  async erasePayloads(workspaceId: string, actor: AuditActor): Promise<number> {
    this.#lifecycle.assertRunning();
    return this.#deps.db.transaction(null, async (unit) => {
      const tx = unit.query<AuditTables>();
      const before = await tx
        .selectFrom('audit_heads')
        .select('sequence')
        .where('workspace_id', '=', workspaceId)
        .executeTakeFirst();
      if (before === undefined) return 0;
      const through = before.sequence;
      const entry: AuditEntry = {
        workspaceId,
        action: erasureAction,
        phase: 'event',
        actor,
        outcome: 'ok',
        details: { through_sequence: through },
      };
      await this.appendWithin(unit, [entry]);
      const erased = await tx
        .updateTable('audit_logs')
        .set({ payload: null, payload_salt: null })
        .where('workspace_id', '=', workspaceId)
        .where('sequence', '<=', through)
        .where('payload', 'is not', null)
        .executeTakeFirst();
      return Number(erased.numUpdatedRows);
    });
  }

  async keys(): Promise<{ readonly signingKeyId: string; readonly keys: readonly AuditPublicKey[] }> {
    return { signingKeyId: this.#signer.publicKey.keyId, keys: await this.#reader.keys() };
  }

  async #start(): Promise<void> {
    const { db, clock } = this.#deps;
    const replaced = await registerKey(db, this.#signer, clock);
    if (replaced.length === 0) return;
    const entry: AuditEntry = {
      workspaceId: installationChain,
      action: 'audit.key_changed',
      phase: 'event',
      actor: { kind: 'system', id: 'audit' },
      outcome: 'ok',
      target: { kind: 'key', id: this.#signer.publicKey.keyId },
      details: { replaced },
    };
    await this.#write(installationChain, [this.#prepare(entry)]);
  }

  #prepare(entry: AuditEntry): PreparedEntry {
    return prepareEntry(entry, this.#deps.ids.next('aud'), this.#detailsBytesMax);
  }

  async #write(workspaceId: string, batch: readonly PreparedEntry[]): Promise<readonly AuditRow[]> {
    const { db, clock } = this.#deps;
    const beganAt = clock.monotonic();
    try {
      const rows =
        (await this.#writeBehind(workspaceId, batch)) ??
        (await db.transaction(workspaceId, (unit) => this.#writer.append(unit, batch)));
      this.#meters.batch(clock.monotonic() - beganAt);
      this.#meters.written(rows);
      return rows;
    } catch (error) {
      this.#meters.failed(batch.length);
      throw error;
    }
  }

  // In one trip, behind the end that this process knows; undefined when there is none, or the chain has gone on since.
  async #writeBehind(
    workspaceId: string,
    batch: readonly PreparedEntry[],
  ): Promise<readonly AuditRow[] | undefined> {
    try {
      return await this.#deps.db.write(workspaceId, (writing) => this.#writer.appendBehind(writing, batch));
    } catch (error) {
      if (!isRaptorFlowError(error, 'serialization_conflict')) throw error;
      this.#writer.forgetEnd(workspaceId);
      return undefined;
    }
  }
}

function receiptOf({ id, workspaceId, sequence, hash, recordedAtMs }: AuditRow): AuditReceipt {
  return { id, workspaceId, sequence, hash, recordedAtMs };
}
