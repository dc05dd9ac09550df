import { genesisHash, payloadHashOf, rowHashOf, type AuditRow } from './chain.ts';
import { diagnose } from './diagnosis.ts';
import { problemAt, type AuditProblem, type ChainSource } from './problem.ts';
import { isSignedBy, type AuditPublicKey, type SignedHead } from './signing.ts';

/** What a verification found. */
export interface AuditVerification {
  readonly workspaceId: string;
  readonly ok: boolean;
  /** Rows looked at. */
  readonly rows: number;
  /** Of them those whose payload was erased. */
  readonly erasedRows: number;
  readonly head: SignedHead | null;
  readonly problem: AuditProblem | null;
  /** The sequence of the earlier head that the chain was shown to continue; null when none was given, or it does not. */
  readonly extendsSequence: number | null;
}

/** What a verification is held against. */
export interface VerificationTrust {
  readonly keys: ReadonlyMap<string, AuditPublicKey>;
  /** A head that was kept elsewhere. */
  readonly earlier?: SignedHead | undefined;
}

/** The action of the row that says until where payloads were erased. */
export const erasureAction = 'audit.payloads_erased';

/**
 * Walks a chain from its first row to its head; memory does not grow with it. Rows that are appended meanwhile are looked at, too.
 */
export async function verifyChain(source: ChainSource, trust: VerificationTrust): Promise<AuditVerification> {
  const walk = new ChainWalk(source, trust.earlier);
  let head = await source.head();
  let problem = earlierHeadProblem(source.workspaceId, trust);
  while (problem === null) {
    const end = head?.sequence ?? 0;
    problem = (await walk.until(end)) ?? (await walk.endProblem(head, trust.keys));
    if (problem === null) break;
    // Rows and head are read one after the other; who appends in between is no forger.
    const now = await source.head();
    if (now === null || now.sequence <= end || problem.sequence === null || problem.sequence <= end) break;
    head = now;
    problem = null;
  }
  problem ??= walk.earlierProblem();
  return {
    workspaceId: source.workspaceId,
    ok: problem === null,
    rows: walk.rows,
    erasedRows: walk.erasedRows,
    head,
    problem,
    extendsSequence: problem === null ? (trust.earlier?.sequence ?? null) : null,
  };
}

function earlierHeadProblem(workspaceId: string, { earlier, keys }: VerificationTrust): AuditProblem | null {
  if (earlier === undefined) return null;
  const key = keys.get(earlier.keyId);
  if (earlier.workspaceId === workspaceId && key && isSignedBy(earlier, key)) return null;
  return {
    kind: 'earlier_head_invalid',
    sequence: null,
    rowId: null,
    message:
      earlier.workspaceId === workspaceId
        ? `The earlier head is not signed with a key of this installation (${earlier.keyId}).`
        : `The earlier head is of ${earlier.workspaceId}, not of ${workspaceId}.`,
  };
}

/** How far a chain has been walked, and what was found. */
class ChainWalk {
  readonly #source: ChainSource;
  readonly #earlier: SignedHead | undefined;
  #last: AuditRow | null = null;
  #hash = genesisHash;
  #erasedThrough = 0;
  #earlierHash: string | null = null;
  rows = 0;
  erasedRows = 0;

  constructor(source: ChainSource, earlier: SignedHead | undefined) {
    this.#source = source;
    this.#earlier = earlier;
    if (earlier?.sequence === 0) this.#earlierHash = genesisHash;
  }

  get #at(): number {
    return this.#last?.sequence ?? 0;
  }

  async until(end: number): Promise<AuditProblem | null> {
    for await (const row of this.#source.rows(this.#at, end)) {
      const sequence = this.#at + 1;
      if (row.sequence !== sequence || row.previousHash !== this.#hash || !isSound(row)) {
        return diagnose(this.#source, { expected: sequence, hash: this.#hash, last: this.#last, row, end });
      }
      const erased = this.#noteErasure(row);
      if (erased) return erased;
      this.#last = row;
      this.#hash = row.hash;
      this.rows += 1;
      if (sequence === this.#earlier?.sequence) this.#earlierHash = row.hash;
    }
    if (this.#at >= end) return null;
    const missing = this.#at + 1;
    const which = missing === end ? `Row ${end} is` : `Rows ${missing} to ${end} are`;
    return problemAt('removed', missing, null, `${which} missing at the end of the chain.`);
  }

  // Payloads are only ever erased from the first row on; the row behind the last of them says so.
  #noteErasure(row: AuditRow): AuditProblem | null {
    if (row.payload === null) {
      if (this.erasedRows !== row.sequence - 1) return unexplained(row);
      this.erasedRows += 1;
      return null;
    }
    if (row.action === erasureAction) {
      const { through_sequence: through } = JSON.parse(row.payload) as { through_sequence?: unknown };
      if (typeof through === 'number') this.#erasedThrough = Math.max(this.#erasedThrough, through);
    }
    return null;
  }

  /** What is wrong with the end, once every row up to it is right. */
  async endProblem(
    head: SignedHead | null,
    keys: ReadonlyMap<string, AuditPublicKey>,
  ): Promise<AuditProblem | null> {
    if (head === null) {
      const first = await this.#rowBehind(0);
      const message = 'The chain has rows and no head: nothing vouches for where it ends.';
      return first && problemAt('head_missing', first.sequence, first.id, message);
    }
    const key = keys.get(head.keyId);
    if (!key) {
      const message = `The head is signed with ${head.keyId}, which is no key of this installation.`;
      return problemAt('key_unknown', head.sequence, null, message);
    }
    if (head.workspaceId !== this.#source.workspaceId || !isSignedBy(head, key)) {
      return problemAt('head_invalid', head.sequence, null, 'The signature of the head does not fit it.');
    }
    const behind = await this.#rowBehind(head.sequence);
    if (head.hash !== this.#hash) {
      const id = this.#last?.id ?? null;
      if (behind?.hash === head.hash) {
        const message = `Row ${head.sequence} was never written there; the signed one stands behind it.`;
        return problemAt('inserted', head.sequence, id, message);
      }
      const message = `Row ${head.sequence} is not the one that was signed: rows up to there were written anew.`;
      return problemAt('rewritten', head.sequence, id, message);
    }
    if (behind) {
      const message = `Row ${behind.sequence} stands behind the signed end of the chain.`;
      return problemAt('inserted', behind.sequence, behind.id, message);
    }
    if (this.erasedRows <= this.#erasedThrough) return null;
    const sequence = this.#erasedThrough + 1;
    return problemAt(
      'changed',
      sequence,
      null,
      `The payload of row ${sequence} is gone, and no row says that it was erased.`,
    );
  }

  earlierProblem(): AuditProblem | null {
    if (this.#earlier === undefined) return null;
    const { sequence, hash } = this.#earlier;
    if (this.#at < sequence) {
      const message = `The chain ends at ${this.#at}; it once reached ${sequence}.`;
      return problemAt('rolled_back', this.#at + 1, null, message);
    }
    if (this.#earlierHash === hash) return null;
    const message = `Row ${sequence} is not the one of the earlier head: rows up to there were written anew.`;
    return problemAt('rewritten', sequence, null, message);
  }

  async #rowBehind(sequence: number): Promise<AuditRow | null> {
    for await (const row of this.#source.rows(sequence, Number.MAX_SAFE_INTEGER)) return row;
    return null;
  }
}

/** Whether a row is what its own hash says, in the place that it claims, payload included. */
function isSound(row: AuditRow): boolean {
  if (rowHashOf(row.previousHash, row) !== row.hash) return false;
  if (row.payload === null || row.salt === null) return row.payload === row.salt;
  return payloadHashOf(row.salt, row.payload) === row.payloadHash;
}

function unexplained(row: AuditRow): AuditProblem {
  return problemAt(
    'changed',
    row.sequence,
    row.id,
    `The payload of row ${row.sequence} is gone; payloads are only erased together with those of all rows before.`,
  );
}
