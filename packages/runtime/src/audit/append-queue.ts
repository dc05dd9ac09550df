import { RaptorFlowError } from 'raptorflow/kernel';
import type { AuditRow } from './chain.ts';
import type { PreparedEntry } from './entry.ts';

/** Writes a batch of one chain durably. */
export type WriteBatch = (
  workspaceId: string,
  batch: readonly PreparedEntry[],
) => Promise<readonly AuditRow[]>;

interface Waiting {
  readonly entry: PreparedEntry;
  readonly resolve: (row: AuditRow) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets entries that arrive together share a transaction: while one batch of a chain is on its way, the next collects. There is no
 * timer, so an entry that comes alone waits for nobody.
 */
export class AppendQueue {
  readonly #write: WriteBatch;
  readonly #waitingMax: number;
  readonly #batchMax: number;
  /** Those behind the batch on its way, by chain; a chain that is not in it has no batch on its way. */
  readonly #chains = new Map<string, Waiting[]>();
  #waiting = 0;
  #whenIdle: (() => void)[] = [];

  constructor(write: WriteBatch, limits: { readonly waitingMax: number; readonly batchMax: number }) {
    this.#write = write;
    this.#waitingMax = limits.waitingMax;
    this.#batchMax = limits.batchMax;
  }

  /** Entries that are not durable yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves when the entry is durable. Rejects with `exhausted`, or with what its batch failed with. */
  add(entry: PreparedEntry): Promise<AuditRow> {
    if (this.#waiting >= this.#waitingMax) {
      return Promise.reject(
        new RaptorFlowError(
          'exhausted',
          `${this.#waiting} entries wait to be written to the audit log (waitingMax); what is to be recorded has to wait, too.`,
        ),
      );
    }
    this.#waiting += 1;
    const { promise, resolve, reject } = Promise.withResolvers<AuditRow>();
    const behind = this.#chains.get(entry.workspaceId);
    if (behind) {
      behind.push({ entry, resolve, reject });
    } else {
      this.#chains.set(entry.workspaceId, []);
      void this.#run(entry.workspaceId, [{ entry, resolve, reject }]);
    }
    return promise;
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    if (this.#waiting === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenIdle.push(resolve);
    await promise;
  }

  async #run(workspaceId: string, first: readonly Waiting[]): Promise<void> {
    for (let batch = first; batch.length > 0;) {
      await this.#settle(workspaceId, batch);
      const behind = this.#chains.get(workspaceId) ?? [];
      batch = behind.splice(0, this.#batchMax);
    }
    this.#chains.delete(workspaceId);
    if (this.#waiting === 0) for (const tell of this.#whenIdle.splice(0)) tell();
  }

  async #settle(workspaceId: string, batch: readonly Waiting[]): Promise<void> {
    try {
      const rows = await this.#write(
        workspaceId,
        batch.map(({ entry }) => entry),
      );
      for (const [index, { resolve }] of batch.entries()) resolve(rows[index] as AuditRow);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#waiting -= batch.length;
    }
  }
}
