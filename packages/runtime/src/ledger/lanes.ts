import {
  invariant,
  isRaptorFlowError,
  RaptorFlowError,
  toRaptorFlowError,
  type Clock,
  type Timer,
} from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import { applyBatch, applyKnown, keysOf, type BatchParts } from './batch.ts';
import { KnownBudgets } from './known-budgets.ts';
import { textOfKey } from './levels.ts';
import { NoRoomYet, type Operation, type OperationResult } from './operation.ts';
import { Parking } from './parking.ts';

interface Waiting {
  readonly operation: Operation;
  readonly resolve: (result: OperationResult) => void;
  readonly reject: (error: unknown) => void;
  /** Whether it was parked before. */
  readonly returning?: true;
}

interface Lane {
  readonly waiting: Waiting[];
  readonly parking: Parking;
  running: boolean;
  /** Set when what other processes gave back shall be looked for. */
  look: Timer | undefined;
  looks: boolean;
}

/** What lanes work with. */
export interface LaneParts extends BatchParts {
  readonly db: Database;
  readonly clock: Clock;
  /** Operations of one workspace that may wait before reservations are refused. */
  readonly waitingMax: number;
}

/** How many operations one transaction takes. */
const batchMax = 200;

/** Times that a batch which another transaction was in the way of is tried again. */
const conflictRetriesMax = 5;

/** How often reservations that wait for money look whether another process gave some back. */
const lookEveryMs = 100;

/**
 * One lane a workspace: while its transaction is under way, what arrives is collected, and the next transaction takes all of
 * it. There is no timer, so a lone operation waits for nobody. Reservations that only holds stand in the way of are parked until
 * these come back.
 */
export class Lanes {
  readonly #parts: LaneParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #known = new KnownBudgets();

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /** Resolves with the operation's result when its transaction is durable. Rejects when it was not, and with `exhausted`. */
  run(workspaceId: string, operation: Operation): Promise<OperationResult> {
    let lane = this.#lanes.get(workspaceId);
    if (lane === undefined) {
      lane = { waiting: [], parking: new Parking(), running: false, look: undefined, looks: false };
      this.#lanes.set(workspaceId, lane);
    }
    // What was set aside must always be given back, so only new reservations are turned away.
    const { waitingMax } = this.#parts;
    if (operation.kind === 'reserve' && lane.waiting.length + lane.parking.size >= waitingMax) {
      throw new RaptorFlowError(
        'exhausted',
        `${waitingMax} operations on this workspace’s money wait already; slow down and try again.`,
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
    while (lane.waiting.length > 0 || lane.looks) {
      const batch = nextBatch(lane);
      if (batch.length === 0) continue;
      try {
        const results = await this.#commit(
          workspaceId,
          batch.map(({ operation }) => operation),
        );
        answerAll(lane, batch, results);
      } catch (error) {
        await this.#oneByOne(workspaceId, lane, batch, error);
      }
    }
    lane.running = false;
    lane.parking.refuseImpatient(this.#parts.clock.monotonic());
    if (lane.parking.size === 0) this.#lanes.delete(workspaceId);
    else this.#lookLater(workspaceId, lane);
  }

  // Holds of other processes come back without this one being told.
  #lookLater(workspaceId: string, lane: Lane): void {
    lane.look ??= this.#parts.clock.setTimeout(() => {
      lane.look = undefined;
      lane.looks = true;
      if (!lane.running) void this.#drain(workspaceId, lane);
    }, lookEveryMs);
  }

  // One operation that cannot be stored must not take the others with it.
  async #oneByOne(
    workspaceId: string,
    lane: Lane,
    batch: readonly Waiting[],
    reason: unknown,
  ): Promise<void> {
    const isOutage = toRaptorFlowError(reason).kind === 'unavailable';
    if (isOutage || batch.length === 1) {
      for (const { reject } of batch) reject(reason);
      return;
    }
    for (const waiting of batch) {
      try {
        const [result] = await this.#commit(workspaceId, [waiting.operation]);
        answerAll(lane, [waiting], [result]);
      } catch (error) {
        waiting.reject(error);
      }
    }
  }

  async #commit(workspaceId: string, operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    const known = await this.#commitKnown(workspaceId, operations);
    if (known !== undefined) return known;
    const { db } = this.#parts;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const { results, budgets } = await db.transaction(workspaceId, (unit) =>
          applyBatch(unit, operations, this.#parts),
        );
        this.#known.keep(workspaceId, budgets);
        return results;
      } catch (error) {
        if (!isRaptorFlowError(error, 'serialization_conflict') || attempt >= conflictRetriesMax) throw error;
      }
    }
  }

  // In one trip, on what this process knows from its last one; undefined when that does not suffice or has not held.
  async #commitKnown(
    workspaceId: string,
    operations: readonly Operation[],
  ): Promise<readonly OperationResult[] | undefined> {
    const budgets = this.#known.find(workspaceId, keysOf(operations).map(textOfKey));
    if (budgets === undefined) return undefined;
    try {
      const applied = await this.#parts.db.write(workspaceId, (writing) =>
        applyKnown(writing, operations, budgets, this.#parts),
      );
      if (applied === undefined) return undefined;
      this.#known.keep(workspaceId, applied.budgets);
      this.#known.held(workspaceId);
      return applied.results;
    } catch (error) {
      if (!isRaptorFlowError(error, 'serialization_conflict')) throw error;
      this.#known.forget(workspaceId);
      this.#parts.audit?.forgetEnd(workspaceId);
      return undefined;
    }
  }
}

/**
 * What the next transaction does. Where money comes back, or somebody new wants what others wait for, those that wait are tried in the
 * same one and first.
 */
function nextBatch(lane: Lane): Waiting[] {
  const { parking } = lane;
  const arrived = lane.waiting.splice(0, batchMax);
  const isTimeToTry =
    lane.looks ||
    arrived.some(
      ({ operation }) =>
        operation.kind === 'settle' || (operation.kind === 'reserve' && parking.isAhead(operation)),
    );
  lane.looks = false;
  if (!isTimeToTry || parking.size === 0) return arrived;
  const returning = parking.take().map((parked) => ({ ...parked, returning: true as const }));
  return [...returning, ...arrived];
}

function answerAll(lane: Lane, batch: readonly Waiting[], results: readonly OperationResult[]): void {
  const parked: { readonly waiting: Waiting; readonly why: NoRoomYet }[] = [];
  for (const [at, waiting] of batch.entries()) {
    const result = results[at];
    if (result instanceof NoRoomYet) parked.push({ waiting, why: result });
    else waiting.resolve(result);
  }
  const park = ({ waiting, why }: (typeof parked)[number], where: 'front' | 'back'): void => {
    const { operation, resolve, reject } = waiting;
    invariant(operation.kind === 'reserve', 'only reservations wait for room');
    lane.parking.park({ operation, resolve, reject }, why.budget, why.refusal, where);
  };
  // From behind, so that those that were first are first again.
  for (const each of parked.toReversed()) if (each.waiting.returning) park(each, 'front');
  for (const each of parked) if (!each.waiting.returning) park(each, 'back');
}
