import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import { RaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { DialectName, UnitOfWork, Writing } from '../db/index.ts';
import { genesisHash, payloadHashOf, rowHashOf, type AuditRow } from './chain.ts';
import type { PreparedEntry } from './entry.ts';
import type { AuditSigner, SignedHead } from './signing.ts';
import { headOf, headToColumns, rowToColumns } from './rows.ts';
import type { AuditTables } from './tables.ts';

/** Rows of one insert; PostgreSQL takes 65,535 parameters, SQLite half of that. */
const insertRowsMax = 500;
const saltBytes = 12;
/** Chains whose end is remembered. */
const endsMax = 1_000;

/** What a writer writes with. */
export interface ChainWriterDeps {
  readonly dialect: () => DialectName;
  readonly signer: AuditSigner;
  readonly clock: Clock;
}

/** Puts entries at the end of their chains inside somebody's transaction. */
export class ChainWriter {
  readonly #deps: ChainWriterDeps;
  /** Where chains ended when this process last extended them. */
  readonly #ends = new Map<string, SignedHead>();

  constructor(deps: ChainWriterDeps) {
    this.#deps = deps;
  }

  /**
   * Appends in the given order, and answers the rows in it. Chains are locked in the order of their names, so that two transactions
   * that write to the same ones never wait for each other in a circle; each stays locked until the transaction ends.
   */
  async append(unit: UnitOfWork, entries: readonly PreparedEntry[]): Promise<readonly AuditRow[]> {
    const written = new Map<PreparedEntry, AuditRow>();
    for (const workspaceId of [...new Set(entries.map((entry) => entry.workspaceId))].toSorted()) {
      refuseForeign(unit, workspaceId);
      const own = entries.filter((entry) => entry.workspaceId === workspaceId);
      const rows = await this.#extend(unit.query<AuditTables>(), workspaceId, own);
      for (const [index, row] of rows.entries()) written.set(own[index] as PreparedEntry, row);
    }
    return entries.map((entry) => written.get(entry) as AuditRow);
  }

  /** The same for one chain whose end is known, without reading it; undefined when it is not known. */
  appendBehind(writing: Writing, entries: readonly PreparedEntry[]): readonly AuditRow[] | undefined {
    const { workspaceId } = writing;
    if (workspaceId === null) return undefined;
    for (const entry of entries) refuseForeign(writing, entry.workspaceId);
    const head = this.#ends.get(workspaceId);
    if (head === undefined) return undefined;
    const { rows, next } = this.#extended(head, entries);
    const tables = writing.query<AuditTables>();
    writing.add(
      tables
        .updateTable('audit_heads')
        .set(next)
        .where('workspace_id', '=', workspaceId)
        .where('sequence', '=', head.sequence)
        .where('hash', '=', head.hash),
      1,
    );
    for (const chunk of chunks(rows)) {
      writing.add(tables.insertInto('audit_logs').values(chunk.map(rowToColumns)));
    }
    return rows;
  }

  /** Forgets the end of a chain, because somebody else has extended it. */
  forgetEnd(workspaceId: string): void {
    this.#ends.delete(workspaceId);
  }

  async #extend(
    tx: Transaction<AuditTables>,
    workspaceId: string,
    entries: readonly PreparedEntry[],
  ): Promise<AuditRow[]> {
    const head = (await this.#lock(tx, workspaceId)) ?? (await this.#begin(tx, workspaceId));
    const { rows, next } = this.#extended(head, entries);
    // Nothing in these depends on what another of them answers, so they go out together.
    await Promise.all([
      ...chunks(rows).map((chunk) => tx.insertInto('audit_logs').values(chunk.map(rowToColumns)).execute()),
      tx.updateTable('audit_heads').set(next).where('workspace_id', '=', workspaceId).execute(),
    ]);
    return rows;
  }

  // A transaction that fails after this leaves an end that is not one; the next that relies on it fails, and has it forgotten.
  #extended(head: SignedHead, entries: readonly PreparedEntry[]) {
    const { workspaceId } = head;
    const nowMs = this.#deps.clock.now();
    const rows = chained(head, entries, nowMs);
    const { hash, sequence } = rows.at(-1) ?? head;
    const end = this.#deps.signer.sign({ workspaceId, sequence, hash, signedAtMs: nowMs });
    this.#ends.delete(workspaceId);
    this.#ends.set(workspaceId, end);
    const [oldest] = this.#ends.size > endsMax ? this.#ends.keys() : [];
    if (oldest !== undefined) this.#ends.delete(oldest);
    const { workspace_id: _same, ...next } = headToColumns(end);
    return { rows, next };
  }

  // A transaction of SQLite has the whole file; on PostgreSQL the head's row is what writers of a chain wait for.
  async #lock(tx: Transaction<AuditTables>, workspaceId: string): Promise<SignedHead | undefined> {
    const query = tx.selectFrom('audit_heads').selectAll().where('workspace_id', '=', workspaceId);
    const row = await (this.#deps.dialect() === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
    return row && headOf(row);
  }

  async #begin(tx: Transaction<AuditTables>, workspaceId: string): Promise<SignedHead> {
    const signedAtMs = this.#deps.clock.now();
    const start = this.#deps.signer.sign({ workspaceId, sequence: 0, hash: genesisHash, signedAtMs });
    await tx
      .insertInto('audit_heads')
      .values(headToColumns(start))
      .onConflict((conflict) => conflict.column('workspace_id').doNothing())
      .execute();
    // Another writer may have been first; then its row is waited for.
    const head = await this.#lock(tx, workspaceId);
    if (head) return head;
    throw new RaptorFlowError('internal', `The audit chain of ${workspaceId} could not be begun.`);
  }
}

function refuseForeign(unit: Pick<UnitOfWork, 'workspaceId'>, workspaceId: string): void {
  if (unit.workspaceId === null || unit.workspaceId === workspaceId) return;
  throw new RaptorFlowError(
    'unscoped_statement',
    'A transaction of a workspace appends to the audit chain of that workspace alone.',
  );
}

function chained(head: SignedHead, entries: readonly PreparedEntry[], nowMs: number): AuditRow[] {
  const salts = randomBytes(saltBytes * entries.length);
  let { sequence, hash } = head;
  return entries.map((entry, index) => {
    const salt = salts.subarray(index * saltBytes, (index + 1) * saltBytes).toString('base64url');
    sequence += 1;
    const content = {
      ...entry,
      sequence,
      recordedAtMs: nowMs,
      payloadHash: payloadHashOf(salt, entry.payload),
    };
    const previousHash = hash;
    hash = rowHashOf(previousHash, content);
    return { ...content, salt, previousHash, hash };
  });
}

function chunks(rows: readonly AuditRow[]): AuditRow[][] {
  return Array.from({ length: Math.ceil(rows.length / insertRowsMax) }, (_, index) =>
    rows.slice(index * insertRowsMax, (index + 1) * insertRowsMax),
  );
}
