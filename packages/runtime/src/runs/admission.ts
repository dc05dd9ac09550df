import { RaptorFlowError } from 'raptorflow/kernel';

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/** Lets a bounded number of runs of each workspace run at once; the others wait in order of arrival. */
export class Admission {
  readonly #runningMax: number;
  readonly #waitingMax: number;
  readonly #lanes: Map<string, Lane> = new Map();

  constructor(runningMax: number, waitingMax: number) {
    this.#runningMax = runningMax;
    this.#waitingMax = waitingMax;
  }

  /** Resolves with the function that gives the place back. Throws `exhausted` when too many wait already. */
  async enter(workspaceId: string): Promise<() => void> {
    const lane = this.#lanes.get(workspaceId) ?? { running: 0, waiting: [] };
    this.#lanes.set(workspaceId, lane);
    if (lane.running < this.#runningMax) {
      lane.running += 1;
    } else {
      if (lane.waiting.length >= this.#waitingMax) {
        throw new RaptorFlowError(
          'exhausted',
          `${this.#waitingMax} runs of this workspace already wait for a place (waitingRunsMax).`,
          { details: { workspace_id: workspaceId, limit: this.#waitingMax } },
        );
      }
      // The place is handed over, so the count of running ones stays as it is.
      const place = Promise.withResolvers<void>();
      lane.waiting.push(place.resolve);
      await place.promise;
    }
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#leave(workspaceId, lane);
    };
  }

  #leave(workspaceId: string, lane: Lane): void {
    const next = lane.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    lane.running -= 1;
    if (lane.running === 0) this.#lanes.delete(workspaceId);
  }
}
