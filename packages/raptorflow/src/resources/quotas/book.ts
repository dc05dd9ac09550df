import { RaptorFlowError } from '../../kernel/index.ts';
import { quotaKey, type QuotaDefinition, type QuotaReference } from './definition.ts';
import { readyQuota, type ReadyQuota } from './plan.ts';
import type { Tallies } from './tally.ts';

const none: readonly ReadyQuota[] = Object.freeze([]);

/** The definitions that this process knows, ready for requests. */
export class QuotaBook {
  /** The resources of those that are enabled. */
  readonly resources: ReadonlySet<string>;
  readonly #resources = new Set<string>();
  readonly #tallies: Tallies;
  readonly #quotasMax: number;
  /** By what no two of them share. */
  readonly #ready = new Map<string, ReadyQuota>();
  #byResource = new Map<string, ReadyQuota[]>();

  constructor(tallies: Tallies, quotasMax: number) {
    this.resources = this.#resources;
    this.#tallies = tallies;
    this.#quotasMax = quotasMax;
  }

  get size(): number {
    return this.#ready.size;
  }

  /** Those that are enabled, of one resource or of all; by id, so that everybody takes them in one order. */
  enabled(resource?: string): readonly ReadyQuota[] {
    if (resource !== undefined) return this.#byResource.get(resource) ?? none;
    return [...this.#byResource.values()].flat();
  }

  list(workspaceId?: string): readonly QuotaDefinition[] {
    return [...this.#ready.values()]
      .map(({ quota }) => quota)
      .filter(
        (quota) =>
          workspaceId === undefined || quota.workspaceId === null || quota.workspaceId === workspaceId,
      )
      .toSorted(byId);
  }

  /** Whether a quota of this id, of a workspace or of none, would stand beside another in a workspace. What other workspaces have is nothing to one. */
  isTaken(id: string, workspaceId: string | null): boolean {
    if (this.#ready.has(id)) return true;
    if (workspaceId !== null) return this.#ready.has(quotaKey({ id, workspaceId }));
    return [...this.#ready.values()].some(({ quota }) => quota.id === id);
  }

  /** What counts in a workspace under this id, if anything. */
  find(id: string, workspaceId: string | null): ReadyQuota | undefined {
    return this.#ready.get(quotaKey({ id, workspaceId })) ?? this.#ready.get(id);
  }

  /** Throws `not_found`. */
  get(which: QuotaReference): ReadyQuota {
    const ready = this.#ready.get(quotaKey(which));
    const id = typeof which === 'string' ? which : which.id;
    // A text that looks like the key of a workspace's quota is not its id.
    if (ready?.quota.id === id) return ready;
    throw new RaptorFlowError('not_found', `There is no quota ${id}.`, { details: { quota_id: id } });
  }

  /** Throws `exhausted` when one more is too many. */
  assertRoom(): void {
    if (this.#ready.size < this.#quotasMax) return;
    throw new RaptorFlowError(
      'exhausted',
      `There are ${this.#quotasMax} quotas; delete some, or raise quotasMax.`,
      { details: { quotasMax: this.#quotasMax } },
    );
  }

  put(quota: QuotaDefinition): void {
    this.#ready.set(quotaKey(quota), readyQuota(quota, this.#tallies.of(quota)));
    this.#index();
  }

  remove(key: string): void {
    this.#ready.delete(key);
    this.#tallies.forget(key);
    this.#index();
  }

  /** Takes over what the store holds. True when anything is other than before. */
  replace(quotas: readonly QuotaDefinition[]): boolean {
    const before = JSON.stringify(this.list());
    const keys = new Set(quotas.map(quotaKey));
    for (const key of this.#ready.keys()) if (!keys.has(key)) this.remove(key);
    for (const quota of quotas) {
      const key = quotaKey(quota);
      const known = this.#ready.get(key);
      if (JSON.stringify(known?.quota) !== JSON.stringify(quota)) {
        this.#ready.set(key, readyQuota(quota, this.#tallies.of(quota)));
      }
    }
    this.#index();
    return JSON.stringify(this.list()) !== before;
  }

  #index(): void {
    const byResource = new Map<string, ReadyQuota[]>();
    for (const quota of this.list()) {
      const ready = this.#ready.get(quotaKey(quota));
      if (!ready?.quota.enabled) continue;
      const { resource } = ready.quota;
      const list = byResource.get(resource);
      if (list) list.push(ready);
      else byResource.set(resource, [ready]);
    }
    this.#byResource = byResource;
    this.#resources.clear();
    for (const resource of byResource.keys()) this.#resources.add(resource);
  }
}

function byId(a: QuotaDefinition, b: QuotaDefinition): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return (a.workspaceId ?? '') < (b.workspaceId ?? '') ? -1 : 1;
}
