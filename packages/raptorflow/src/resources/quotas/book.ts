import { RaptorFlowError } from '../../kernel/index.ts';
import type { QuotaDefinition } from './definition.ts';
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
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  has(id: string): boolean {
    return this.#ready.has(id);
  }

  /** Throws `not_found`. */
  get(id: string): ReadyQuota {
    const ready = this.#ready.get(id);
    if (ready) return ready;
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
    this.#ready.set(quota.id, readyQuota(quota, this.#tallies.of(quota.id)));
    this.#index();
  }

  remove(id: string): void {
    this.#ready.delete(id);
    this.#tallies.forget(id);
    this.#index();
  }

  /** Takes over what the store holds. True when anything is other than before. */
  replace(quotas: readonly QuotaDefinition[]): boolean {
    const before = JSON.stringify(this.list());
    const ids = new Set(quotas.map(({ id }) => id));
    for (const id of this.#ready.keys()) if (!ids.has(id)) this.remove(id);
    for (const quota of quotas) {
      const known = this.#ready.get(quota.id);
      if (JSON.stringify(known?.quota) !== JSON.stringify(quota)) {
        this.#ready.set(quota.id, readyQuota(quota, this.#tallies.of(quota.id)));
      }
    }
    this.#index();
    return JSON.stringify(this.list()) !== before;
  }

  #index(): void {
    const byResource = new Map<string, ReadyQuota[]>();
    for (const { id } of this.list()) {
      const ready = this.#ready.get(id);
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
