import type { OpenBudget } from './budget-rows.ts';

interface KnownWorkspace {
  readonly budgets: Map<string, OpenBudget>;
  /** Batches that are decided on locked figures before known ones are tried again. */
  pauses: number;
  /** How many there were the last time. */
  lastPauses: number;
}

/** Workspaces that are remembered; beyond, the one that was longest unused is forgotten. */
const workspacesMax = 1_000;
/** Budgets of one workspace that are remembered; beyond, its memory starts afresh. */
const budgetsMax = 1_000;
const pausesMax = 64;

/**
 * The budgets as the last transactions of this process left them. A decision on them needs no reading, and fails if another process
 * has changed one since; where that happens again and again they are left alone for a while, twice as long each time.
 */
export class KnownBudgets {
  readonly #workspaces = new Map<string, KnownWorkspace>();

  /** Copies of the budgets behind the keys, to be changed at will; undefined when one is not known, or not to be relied on now. */
  find(workspaceId: string, keys: Iterable<string>): Map<string, OpenBudget> | undefined {
    const known = this.#workspaces.get(workspaceId);
    if (known === undefined) return undefined;
    if (known.pauses > 0) {
      known.pauses -= 1;
      return undefined;
    }
    const found = new Map<string, OpenBudget>();
    for (const key of keys) {
      const budget = known.budgets.get(key);
      if (budget === undefined) return undefined;
      found.set(key, { ...budget });
    }
    return found;
  }

  /** Keeps budgets as a transaction that has committed left them. */
  keep(workspaceId: string, budgets: ReadonlyMap<string, OpenBudget>): void {
    const known = this.#opened(workspaceId);
    for (const [key, budget] of budgets) {
      const version = budget.version + (budget.changed ? 1 : 0);
      known.budgets.set(key, { ...budget, version, changed: false });
    }
    if (known.budgets.size > budgetsMax) known.budgets.clear();
  }

  /** Notes that a decision on them has held. */
  held(workspaceId: string): void {
    const known = this.#workspaces.get(workspaceId);
    if (known !== undefined) known.lastPauses = 0;
  }

  /** Forgets them, because a decision on them has not held. */
  forget(workspaceId: string): void {
    const known = this.#workspaces.get(workspaceId);
    if (known === undefined) return;
    known.budgets.clear();
    known.lastPauses = Math.min(pausesMax, Math.max(1, known.lastPauses * 2));
    known.pauses = known.lastPauses;
  }

  #opened(workspaceId: string): KnownWorkspace {
    const known = this.#workspaces.get(workspaceId) ?? { budgets: new Map(), pauses: 0, lastPauses: 0 };
    this.#workspaces.delete(workspaceId);
    this.#workspaces.set(workspaceId, known);
    const [oldest] = this.#workspaces.size > workspacesMax ? this.#workspaces.keys() : [];
    if (oldest !== undefined) this.#workspaces.delete(oldest);
    return known;
  }
}
