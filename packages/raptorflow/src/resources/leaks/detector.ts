import { RaptorFlowError } from '../../kernel/index.ts';
import type { Registry } from '../registry/registry.ts';
import { slotFlags, statusCodes } from '../registry/slot-table.ts';
import type { Endings } from './endings.ts';
import type { Growth } from './growth.ts';
import {
  rankOf,
  type Leak,
  type LeakAccuracy,
  type LeakFilter,
  type Leaks,
  type LeakScan,
  type WatchOptions,
} from './leak.ts';
import type { ProcessFigures } from './process-figures.ts';
import type { Verdicts } from './verdicts.ts';

const listedByDefault = 1_000;
/** What belongs to something that has ended may still be on its way to be released. */
const endedGraceMs = 1_000;

/** What a detector works with. */
export interface DetectorParts {
  readonly registry: Registry;
  readonly verdicts: Verdicts;
  readonly growth: Growth;
  /** Undefined where the process is not watched. */
  readonly figures: ProcessFigures | undefined;
  readonly endings: Endings;
  readonly idleAfterMs: number;
  readonly growthMin: number;
  readonly onFound: (leaks: readonly Leak[]) => void;
  readonly onScanned: (durationMs: number) => void;
}

/** Looks at all open resources. A resource that is well costs some comparisons of numbers; everything else happens for the suspected ones only. */
export class Detector implements Leaks {
  readonly #parts: DetectorParts;

  constructor(parts: DetectorParts) {
    this.#parts = parts;
  }

  scan(): LeakScan {
    const { registry, verdicts, growth, figures } = this.#parts;
    const { table, clock } = registry;
    const begunAt = clock.monotonic();
    const retractedBefore = verdicts.retracted;
    registry.handles.settle();
    registry.sites.refresh();
    const scanned = table.open;
    const found = this.#look(begunAt);
    figures?.refresh();
    const growing = growth.look(clock.now());
    found.push(...growing.found);
    found.sort(bySeverity);
    if (found.length > 0) this.#parts.onFound(found);
    const durationMs = clock.monotonic() - begunAt;
    this.#parts.onScanned(durationMs);
    const retracted = verdicts.retracted - retractedBefore + growing.retracted;
    return { scanned, found, retracted, open: this.open, durationMs };
  }

  list(filter: LeakFilter = {}): Leak[] {
    const { severity, reason, type, workspaceId, limit = listedByDefault } = filter;
    return [...this.#parts.verdicts.list(), ...this.#parts.growth.list()]
      .filter(
        (leak) =>
          (severity === undefined || leak.severity === severity) &&
          (reason === undefined || leak.reason === reason) &&
          (type === undefined || leak.type === type) &&
          (workspaceId === undefined || leak.resource?.workspaceId === workspaceId),
      )
      .sort(bySeverity)
      .slice(0, limit);
  }

  accuracy(): LeakAccuracy {
    return this.#parts.verdicts.accuracy();
  }

  watch(name: string, read: () => number, options: WatchOptions = {}): () => void {
    const { growthMin = this.#parts.growthMin, unit = name } = options;
    if (!(growthMin > 0)) {
      throw new RaptorFlowError('invalid_input', `growthMin is a number above 0, not ${growthMin}.`);
    }
    return this.#parts.growth.watch({ name, unit, growthMin, read });
  }

  confirm(leakId: string): boolean {
    return this.#parts.verdicts.confirm(leakId);
  }

  reject(leakId: string): boolean {
    const { registry, verdicts } = this.#parts;
    const slot = verdicts.slotOf(leakId);
    if (slot === undefined) return false;
    // What was taken for a proof is none: it may not come back with the next scan.
    registry.table.setFlag(slot, slotFlags.collected | slotFlags.ended, false);
    registry.table.setFlag(slot, slotFlags.named, true);
    registry.touch(slot, registry.table.generation[slot] ?? 0);
    return true;
  }

  report(resourceId: string): boolean {
    const { registry, verdicts } = this.#parts;
    const slot = registry.slotOf(resourceId);
    if (slot < 0 || registry.table.hasFlag(slot, slotFlags.reported)) return false;
    verdicts.miss();
    return true;
  }

  /** Open leaks. */
  get open(): number {
    return this.#parts.verdicts.open + this.#parts.growth.open;
  }

  /** Slots of open resources whose run, agent or owner has ended. */
  ownerless(): number[] {
    return this.#parts.verdicts.slotsBecause('ownership');
  }

  /** The loop over all resources. */
  #look(now: number): Leak[] {
    const { registry, idleAfterMs } = this.#parts;
    const { table, sites } = registry;
    const { created, touched, status, flags, group, site, used } = table;
    const { limits, learned } = sites;
    const special = slotFlags.collected | slotFlags.ended | slotFlags.reported | slotFlags.limited;
    const found: Leak[] = [];
    for (let slot = 0; slot < used; slot += 1) {
      if (status[slot] === statusCodes.free) continue;
      const ownSite = site[slot] ?? 0;
      const place = ownSite !== 0 && learned[ownSite] === 1 ? ownSite : (group[slot] ?? 0);
      const limit = limits[place] ?? 0;
      const idle = now - (touched[slot] ?? 0);
      if (((flags[slot] ?? 0) & special) !== 0 || (now - (created[slot] ?? 0) > limit && idle > limit / 2)) {
        const leak = this.#judge(slot, now, place, limit);
        if (leak !== undefined) found.push(leak);
      }
      if (idle > idleAfterMs) this.#noteIdle(slot, now);
    }
    return found;
  }

  #judge(slot: number, now: number, place: number, usualLimit: number): Leak | undefined {
    const { registry, verdicts } = this.#parts;
    const ownLimit = registry.claims.limitMs(slot);
    const limit = ownLimit ?? usualLimit;
    const { table, sites } = registry;
    // Closing has begun, or has failed; then its status says so, and the next cleanup tries again.
    if (table.hasFlag(slot, slotFlags.closing) || table.status[slot] === statusCodes.error) return undefined;
    if (this.#isUsed(slot)) return undefined;
    if (table.hasFlag(slot, slotFlags.collected)) return verdicts.pass(slot, 'collected', limit, place);
    if (table.hasFlag(slot, slotFlags.ended) && this.#isOver(slot, now)) {
      return verdicts.pass(slot, 'ownership', limit, place);
    }
    const [age, idle] = [now - (table.created[slot] ?? 0), now - (table.touched[slot] ?? 0)];
    if (age > limit && idle > limit / 2) {
      const isLearned = ownLimit === undefined && sites.learned[place] === 1;
      return verdicts.pass(slot, isLearned ? 'call_site' : 'age', limit, place);
    }
    if (verdicts.suspicionMs(slot) !== undefined) {
      // More was learned about its place since, and it is no longer conspicuous there.
      verdicts.retract(slot);
      registry.setStatus(slot, statusCodes.idle);
    }
    return undefined;
  }

  /** The status of one that was not touched for long, unless its figure says that it is used; then that counts as a touch. */
  #noteIdle(slot: number, now: number): void {
    const { registry, idleAfterMs } = this.#parts;
    const status = registry.table.status[slot];
    // It may have been found to be used just now.
    if (now - (registry.table.touched[slot] ?? 0) <= idleAfterMs) return;
    if (status !== statusCodes.active && status !== statusCodes.idle) return;
    if (!this.#isUsed(slot) && status === statusCodes.active) registry.setStatus(slot, statusCodes.idle);
  }

  #isUsed(slot: number): boolean {
    const { registry } = this.#parts;
    return registry.table.hasFlag(slot, slotFlags.activity) && registry.hasMoved(slot);
  }

  #isOver(slot: number, now: number): boolean {
    const { table } = this.#parts.registry;
    const [runId, agentId, owner] = [table.runs[slot], table.agents[slot], table.owners[slot]];
    const endedAt = this.#parts.endings.endedAt({
      ...(runId !== undefined && { runId }),
      ...(agentId !== undefined && { agentId }),
      ...(owner !== undefined && { owner }),
    });
    return endedAt !== undefined && now - endedAt >= endedGraceMs;
  }
}

function bySeverity(a: Leak, b: Leak): number {
  return rankOf(a.severity) - rankOf(b.severity);
}
