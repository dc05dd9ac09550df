import { isRaptorFlowError, RaptorFlowError, toRaptorFlowError } from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import { applyBatch, type BatchParts } from './batch.ts';
import type { Operation, OperationResult } from './operation.ts';

interface Waiting {
  readonly operation: Operation;
  readonly resolve: (result: OperationResult) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane {
  readonly waiting: Waiting[];
  running: boolean;
}

/** How many operations one transaction takes. */
const batchMax = 200;

/** Times that a batch which another transaction was in the way of is tried again. */
const conflictRetriesMax = 5;

/**
 * One lane a workspace: while its transaction is under way, what arrives is collected, and the next transaction takes all of
 * it. There is no timer, so a lone operation waits for nobody.
 */
export class Lanes {
  readonly #db: Database;
  readonly #parts: BatchParts;
  readonly #waitingMax: number;
  readonly #lanes = new Map<string, Lane>();

  constructor(db: Database, parts: BatchParts, waitingMax: number) {
    this.#db = db;
    this.#parts = parts;
    this.#waitingMax = waitingMax;
  }

  /** Resolves with the operation's result when its transaction is durable. Rejects when it was not, and with `exhausted`. */
  run(workspaceId: string, operation: Operation): Promise<OperationResult> {
    let lane = this.#lanes.get(workspaceId);
    if (lane === undefined) {
      lane = { waiting: [], running: false };
      this.#lanes.set(workspaceId, lane);
    }
    // What was set aside must always be given back, so only new reservations are turned away.
    if (operation.kind === 'reserve' && lane.waiting.length >= this.#waitingMax) {
      throw new RaptorFlowError(
        'exhausted',
        `${this.#waitingMax} operations on this workspace’s money wait already; slow down and try again.`,
        { retryAfterMs: 1_000, details: { workspace_id: workspaceId, limit: 'waitingMax' } },
      );
    }
    const { waiting } = lane;
    const result = new Promise<OperationResult>((resolve, reject) => {
      waiting.push({ operation, resolve, reject });
    });
    if (!lane.running) void this.#drain(workspaceId, lane);
    return result;
  }

  async #drain(workspaceId: string, lane: Lane): Promise<void> {
    lane.running = true;
    while (lane.waiting.length > 0) {
      const batch = lane.waiting.splice(0, batchMax);
      try {
        const results = await this.#commit(
          workspaceId,
          batch.map(({ operation }) => operation),
        );
        for (const [at, { resolve }] of batch.entries()) resolve(results[at]);
      } catch (error) {
        await this.#oneByOne(workspaceId, batch, error);
      }
    }
    lane.running = false;
    this.#lanes.delete(workspaceId);
  }

  // One operation that cannot be stored must not take the others with it.
  async #oneByOne(workspaceId: string, batch: readonly Waiting[], reason: unknown): Promise<void> {
    const isOutage = toRaptorFlowError(reason).kind === 'unavailable';
    if (isOutage || batch.length === 1) {
      for (const { reject } of batch) reject(reason);
      return;
    }
    for (const { operation, resolve, reject } of batch) {
      try {
        const [result] = await this.#commit(workspaceId, [operation]);
        resolve(result);
      } catch (error) {
        reject(error);
      }
    }
  }

  async #commit(workspaceId: string, operations: readonly Operation[]): Promise<OperationResult[]> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#db.transaction(workspaceId, (unit) => applyBatch(unit, operations, this.#parts));
      } catch (error) {
        if (!isRaptorFlowError(error, 'serialization_conflict') || attempt >= conflictRetriesMax) throw error;
      }
    }
  }
}
