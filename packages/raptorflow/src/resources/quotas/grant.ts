import type { Plan } from './plan.ts';
import type { QuotaGrant } from './quotas.ts';

/** Takes back what a grant holds. */
export interface GrantKeeper {
  release(plan: Plan, amount: number, lease: unknown): Promise<void>;
}

const released: Promise<void> = Promise.resolve();

/** A grant in the hands of its owner. */
export class Grant implements QuotaGrant {
  readonly amount: number;
  readonly isCounted: boolean;
  readonly #keeper: GrantKeeper;
  readonly #plan: Plan;
  readonly #lease: unknown;
  #release: Promise<void> | null;

  constructor(keeper: GrantKeeper, plan: Plan, amount: number, lease: unknown, isCounted: boolean) {
    this.amount = amount;
    this.isCounted = isCounted;
    this.#keeper = keeper;
    this.#plan = plan;
    this.#lease = lease;
    this.#release = plan.isHeld && isCounted ? null : released;
  }

  get quotaIds(): readonly string[] {
    return this.#plan.quotaIds;
  }

  release(): Promise<void> {
    this.#release ??= this.#keeper.release(this.#plan, this.amount, this.#lease);
    return this.#release;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
