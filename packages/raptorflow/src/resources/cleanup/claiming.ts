import { RaptorFlowError, type Clock } from '../../kernel/index.ts';
import { accounted, skipped } from './accounting.ts';
import type { CleanupActions } from './action.ts';
import { claim, giveBack, linger, release, renew, takeoversMax, type Claimant } from './claims.ts';
import type { Changing, Ledger } from './ledger.ts';
import { noClaims, type Cause, type Claims, type CleanupRecord, type Holding } from './record.ts';
import type { CleanupResult, CleanupTaskDefinition } from './task.ts';

/** The answer to a claim, for a worker. */
export type Claim =
  | {
      readonly kind: 'granted';
      readonly task: CleanupTaskDefinition;
      readonly holding: Holding;
      readonly place: 'store' | 'process';
    }
  | { readonly kind: 'overlap' }
  | { readonly kind: 'left'; readonly reason: 'decided' | 'disabled' | 'unknown_action' | 'given_up' };

/** What claims are made with. */
export interface ClaimingParts {
  readonly ledger: Ledger;
  readonly actions: CleanupActions;
  readonly clock: Clock;
  readonly processId: string;
  readonly leaseMs: number;
  /** A new id for a result. */
  readonly resultId: () => string;
}

/**
 * Who runs what. Of a task that runs on one process the claims stand in the store, where they are compared with those of other processes; of one
 * that runs on every process, here.
 */
export class Claiming {
  readonly #parts: ClaimingParts;
  readonly #own = new Map<string, Claims>();

  constructor(parts: ClaimingParts) {
    this.#parts = parts;
  }

  /** How many runs of a task that runs on every process are under way here. */
  ownRuns(taskId: string): number {
    return this.#own.get(taskId)?.holdings.length ?? 0;
  }

  /** What waits until a run of the task here is over. */
  ownWaiting(taskId: string): Cause | null {
    return this.#own.get(taskId)?.waiting ?? null;
  }

  claim(taskId: string, cause: Cause): Promise<Claim> {
    return this.#parts.ledger.change(taskId, (record, now) => this.#decide(record, cause, now));
  }

  /** False when the run has been taken over. */
  renew(claim: Claim & { kind: 'granted' }): Promise<boolean> {
    return this.#keep(claim, (claims, claimant) => renew(claims, claim.holding.token, claimant));
  }

  giveBack(claim: Claim & { kind: 'granted' }): Promise<boolean> {
    return this.#keep(claim, (claims) =>
      claim.place === 'store' ? giveBack(claims, claim.holding.token) : release(claims, claim.holding.token),
    );
  }

  /** Ends a run whose result is told already. */
  release(claim: Claim & { kind: 'granted' }): Promise<boolean> {
    return this.#keep(claim, (claims) => release(claims, claim.holding.token));
  }

  /**
   * Stores a result and, unless its action still works, ends the run; answers what waits for that. False when the run has been taken over: then the result
   * is not stored.
   */
  finish(
    claim: Claim & { kind: 'granted' },
    result: CleanupResult,
    isLingering: boolean,
  ): Promise<{ readonly waiting: Cause | null } | false> {
    const { token } = claim.holding;
    const end = isLingering ? linger : release;
    const id = claim.task.id;
    return this.#parts.ledger.change<{ readonly waiting: Cause | null } | false>(id, (record) => {
      if (claim.place === 'process') {
        const claims = end(this.#ownOf(id), token) ?? this.#ownOf(id);
        this.#setOwn(id, claims);
        const waiting = isLingering ? null : claims.waiting;
        return { record: accounted(record, result), result, answer: { waiting } };
      }
      const claims = end(record.claims, token);
      if (!claims) return { answer: false };
      const waiting = isLingering ? null : claims.waiting;
      return { record: accounted({ ...record, claims }, result), result, answer: { waiting } };
    });
  }

  /** Tidies what a dead process left of a run that nobody can take over: its result is a failure. */
  bury(taskId: string, left: Holding): Promise<void> {
    return this.#parts.ledger.change(taskId, (record, now) => {
      const holding = record.claims.holdings.find(({ token }) => token === left.token);
      const claims = holding && holding.until <= now ? release(record.claims, left.token) : undefined;
      if (!claims || !holding) return { answer: undefined };
      const next = { ...record, claims };
      if (holding.isOver) return { record: next, answer: undefined };
      const result = this.#lost(record, holding, now, 'The process that ran it has ended.');
      return { record: accounted(next, result), result, answer: undefined };
    });
  }

  #decide(record: CleanupRecord, cause: Cause, now: number): Changing<Claim> {
    const { definition } = record;
    const isManual = cause.trigger === 'manual';
    if (!definition.enabled && !isManual) return { answer: { kind: 'left', reason: 'disabled' } };
    if (!this.#parts.actions[definition.action])
      return { answer: { kind: 'left', reason: 'unknown_action' } };
    const place = definition.pace.runsOn === 'every_process' ? 'process' : 'store';
    const claims = place === 'process' ? this.#ownOf(definition.id) : record.claims;
    const claimed = claim(claims, cause, definition.pace, this.#claimant(now));
    if (claimed.kind === 'decided') return { answer: { kind: 'left', reason: 'decided' } };
    const changed = this.#withClaims(record, claimed.claims, place);
    switch (claimed.kind) {
      case 'granted':
        return {
          record: changed,
          answer: { kind: 'granted', task: definition, holding: claimed.holding, place },
        };
      case 'overlap': {
        // Who runs a task by hand is told; nothing of it is remembered.
        if (isManual) return { answer: { kind: 'overlap' } };
        return {
          record: claimed.isWaiting ? changed : skipped(changed ?? record),
          answer: { kind: 'overlap' },
        };
      }
      case 'given_up': {
        const holding = record.claims.holdings.find(({ key }) => key === cause.key);
        if (!holding || !changed) return { answer: { kind: 'left', reason: 'given_up' } };
        const result = this.#lost(
          record,
          holding,
          now,
          `It was given up: ${takeoversMax + 1} processes ended while they ran it.`,
        );
        return { record: accounted(changed, result), result, answer: { kind: 'left', reason: 'given_up' } };
      }
    }
  }

  /** Undefined when nothing in the store changes. */
  #withClaims(record: CleanupRecord, claims: Claims, place: 'store' | 'process'): CleanupRecord | undefined {
    if (place === 'store') return { ...record, claims };
    this.#setOwn(record.definition.id, claims);
    return undefined;
  }

  async #keep(
    claimed: Claim & { kind: 'granted' },
    change: (claims: Claims, claimant: Claimant) => Claims | undefined,
  ): Promise<boolean> {
    const { id } = claimed.task;
    if (claimed.place === 'process') {
      const claims = change(this.#ownOf(id), this.#claimant(this.#parts.clock.now()));
      if (claims) this.#setOwn(id, claims);
      return claims !== undefined;
    }
    return this.#parts.ledger.change(id, (record, now) => {
      const claims = change(record.claims, this.#claimant(now));
      return { record: claims && { ...record, claims }, answer: claims !== undefined };
    });
  }

  #lost(record: CleanupRecord, holding: Holding, now: number, message: string): CleanupResult {
    return {
      id: this.#parts.resultId(),
      taskId: record.definition.id,
      trigger: holding.trigger,
      occurrenceAt: holding.at,
      startedAt: now,
      completedAt: now,
      durationMs: 0,
      success: false,
      message,
      resourcesCleaned: 0,
      bytesFreed: 0,
      error: { code: 'unavailable', message },
      attempt: 1,
      processId: holding.processId,
    };
  }

  #claimant(now: number): Claimant {
    return { processId: this.#parts.processId, leaseMs: this.#parts.leaseMs, now };
  }

  #ownOf(taskId: string): Claims {
    return this.#own.get(taskId) ?? noClaims;
  }

  #setOwn(taskId: string, claims: Claims): void {
    this.#own.set(taskId, claims);
  }

  /** Forgets the claims here of tasks that are no more and of which nothing runs. */
  keepOnly(taskIds: ReadonlySet<string>): void {
    for (const id of this.#own.keys()) if (!taskIds.has(id) && this.ownRuns(id) === 0) this.#own.delete(id);
  }
}

/** What the waiting caller of a run is told that another process took over. */
export function takenOver(taskId: string): RaptorFlowError {
  return new RaptorFlowError(
    'conflict',
    `Another process has taken the run of ${taskId} over, because this one said nothing for too long; its result counts.`,
  );
}
