import type { Database } from '../db/index.ts';
import { noteDispatched } from './batch.ts';
import type { Hold } from './ledger.ts';
import type { OperationResult } from './operation.ts';

interface Waiting {
  readonly hold: Hold;
  readonly resolve: (result: OperationResult) => void;
  readonly reject: (error: unknown) => void;
}

/** How many requests one transaction notes. */
const batchMax = 200;

/**
 * Notes that requests leave, a lane for each workspace beside the one that decides about money: it takes no locks of budgets, so a request that
 * has its money waits for nobody who does not have it yet.
 */
export class Departures {
  readonly #db: Database;
  readonly #lanes = new Map<string, Waiting[]>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Resolves when it is durable that the request may have left; with an error when its hold was taken back. */
  note(hold: Hold): Promise<OperationResult> {
    return new Promise((resolve, reject) => {
      const waiting = { hold, resolve, reject };
      const lane = this.#lanes.get(hold.workspaceId);
      if (lane !== undefined) {
        lane.push(waiting);
        return;
      }
      const opened = [waiting];
      this.#lanes.set(hold.workspaceId, opened);
      void this.#drain(hold.workspaceId, opened);
    });
  }

  async #drain(workspaceId: string, lane: Waiting[]): Promise<void> {
    while (lane.length > 0) {
      const batch = lane.splice(0, batchMax);
      try {
        const holds = batch.map(({ hold }) => hold);
        const results = await noteDispatched(this.#db, workspaceId, holds);
        for (const [at, { resolve }] of batch.entries()) resolve(results[at]);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#lanes.delete(workspaceId);
  }
}
