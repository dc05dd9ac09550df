import {
  Lifecycle,
  RaptorFlowError,
  stopDeadlineMs,
  type Logger,
  type Service,
  type StopOptions,
  type Timer,
} from '../../kernel/index.ts';
import type { Detector } from '../leaks/detector.ts';
import type { Ending, Endings } from '../leaks/endings.ts';
import type { Leaks } from '../leaks/leak.ts';
import type { ProcessFigures } from '../leaks/process-figures.ts';
import type { Verdicts } from '../leaks/verdicts.ts';
import type { Lease, LeaseOptions } from '../leases/lease.ts';
import type { Leases } from '../leases/leases.ts';
import type { TreeKeeper } from '../leases/owned-tree.ts';
import type { Reaper } from '../leases/reaper.ts';
import type { Closing } from './closing.ts';
import { countsOf, infoOf, listResources, rankBy, slotsOf } from './listing.ts';
import type { ResolvedResourcesOptions } from './options.ts';
import type { Recorder } from './recorder.ts';
import type { Registry } from './registry.ts';
import type {
  CleanupReport,
  CleanupRequest,
  CleanupStrategy,
  RegisterOptions,
  ResourceFilter,
  ResourceHandle,
  ResourceInfo,
  ResourceSummary,
  ResourceType,
} from './resource.ts';
import type { Resources } from './resources.ts';
import { slotFlags, statusCodes } from './slot-table.ts';

/** Between scans and between sweeps; the shorter ones hold while a program is developed. */
const scanEveryMs = { usual: 60_000, development: 10_000 } as const;
const sweepEveryMs = { usual: 300_000, development: 30_000 } as const;
const everything = Number.POSITIVE_INFINITY;

/** What a registry is put together from. */
export interface ResourcesParts {
  readonly registry: Registry;
  readonly closing: Closing;
  readonly verdicts: Verdicts;
  readonly detector: Detector;
  readonly endings: Endings;
  /** Undefined where the process is not watched. */
  readonly figures: ProcessFigures | undefined;
  readonly reaper: Reaper;
  readonly leases: Leases;
  readonly recorder: Recorder;
  readonly log: Logger;
}

/** The facade of the room: it chooses, and leaves everything else to its parts. */
export class WatchedResources implements Resources {
  readonly leaks: Leaks;
  readonly trees: TreeKeeper;
  readonly #options: ResolvedResourcesOptions;
  readonly #parts: ResourcesParts;
  readonly #lifecycle: Lifecycle;
  #timers: Timer[] = [];
  #isSweeping = false;

  constructor(options: ResolvedResourcesOptions, parts: ResourcesParts) {
    this.#options = options;
    this.#parts = parts;
    this.leaks = parts.detector;
    this.trees = parts.reaper;
    parts.registry.close = (slot, generation) => this.#close(slot, generation);
    this.#lifecycle = new Lifecycle('The registry of resources', {
      start: () => this.#start(),
      stop: ({ deadlineMs }) => this.#stop(deadlineMs),
    });
  }

  get state(): Service['state'] {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  async stop(options?: StopOptions): Promise<void> {
    // One that was never started may have leases and processes all the same.
    const isNew = this.state === 'new';
    await this.#lifecycle.stop(options);
    if (isNew) await this.#stop(options?.deadlineMs ?? stopDeadlineMs);
  }

  register(options: RegisterOptions): ResourceHandle {
    return this.#parts.registry.register(options, 0);
  }

  touch(id: string): boolean {
    const { registry } = this.#parts;
    const slot = registry.slotOf(id);
    if (slot < 0) return false;
    registry.touch(slot, registry.table.generation[slot] ?? 0);
    return true;
  }

  release(id: string): boolean {
    const { registry } = this.#parts;
    const slot = registry.slotOf(id);
    return slot >= 0 && registry.release(slot, registry.table.generation[slot] ?? 0);
  }

  find(id: string): ResourceInfo | undefined {
    const { registry, closing } = this.#parts;
    const slot = registry.slotOf(id);
    return slot < 0 ? closing.find(id) : infoOf(registry, slot);
  }

  list(filter: ResourceFilter = {}): ResourceInfo[] {
    const { registry, closing } = this.#parts;
    return filter.status === 'cleaned_up' ? closing.recent(filter) : listResources(registry, filter);
  }

  summary(): ResourceSummary {
    const { registry, closing, detector } = this.#parts;
    const { table } = registry;
    const { byType, byStatus } = countsOf(registry);
    return {
      total: table.open,
      bytes: registry.bytes,
      byType,
      byStatus: { ...byStatus, cleaned_up: closing.cleaned },
      byOwner: rankBy(registry, table.owners),
      byWorkspace: rankBy(registry, table.workspaces),
      registered: registry.registered,
      released: registry.released,
      cleaned: closing.cleaned,
      bytesFreed: closing.bytesFreed,
      leaks: detector.open,
    };
  }

  async cleanup(request: CleanupRequest = {}): Promise<CleanupReport> {
    const { force = false, idleMsMin = 0, ...filter } = request;
    if (force && Object.values(filter).every((value) => value === undefined)) {
      throw new RaptorFlowError(
        'invalid_input',
        'cleanup with force closes what is in use: say of which type, owner, workspace or run.',
      );
    }
    const { chosen, active } = this.#choose(filter, force, idleMsMin);
    return this.#parts.closing.closeAll(chosen, active);
  }

  useStrategy(type: ResourceType, strategy: CleanupStrategy): void {
    this.#parts.closing.use(type, strategy);
  }

  lease(options: LeaseOptions = {}): Lease {
    return this.#parts.leases.open(options);
  }

  ended(ending: Ending): void {
    this.#parts.endings.mark(this.#parts.registry, ending);
  }

  /** The slots that a cleanup closes, and how many it leaves alone because they are in use. */
  #choose(filter: ResourceFilter, force: boolean, idleMsMin: number): { chosen: number[]; active: number } {
    const { registry } = this.#parts;
    const { table } = registry;
    const now = registry.clock.monotonic();
    const chosen: number[] = [];
    let active = 0;
    for (const slot of slotsOf(registry, filter, everything)) {
      if (force || !this.#isActive(slot, now)) {
        if (now - (table.touched[slot] ?? 0) >= idleMsMin) chosen.push(slot);
      } else {
        active += 1;
      }
    }
    return { chosen, active };
  }

  // The status may be as old as the last scan.
  #isActive(slot: number, now: number): boolean {
    const { registry } = this.#parts;
    const { table } = registry;
    if (table.hasFlag(slot, slotFlags.activity)) registry.hasMoved(slot);
    if (table.status[slot] !== statusCodes.active) return false;
    if (now - (table.touched[slot] ?? 0) <= this.#options.idleAfterMs) return true;
    registry.setStatus(slot, statusCodes.idle);
    return false;
  }

  async #close(slot: number, generation: number): Promise<void> {
    const failure = await this.#parts.closing.closeOne(slot, generation);
    if (failure !== undefined) throw failure.error;
  }

  #start(): void {
    const { development, leaks, cleanup } = this.#options;
    const { clock } = this.#parts.registry;
    const pace = development ? 'development' : 'usual';
    const scanMs = leaks.everyMs ?? scanEveryMs[pace];
    const sweepMs = cleanup.everyMs ?? sweepEveryMs[pace];
    this.#parts.figures?.start();
    if (scanMs > 0) this.#timers.push(clock.setInterval(() => this.leaks.scan(), scanMs).unref());
    if (sweepMs > 0) this.#timers.push(clock.setInterval(() => void this.#sweep(), sweepMs).unref());
  }

  async #stop(deadlineMs: number): Promise<void> {
    const { registry, leases, reaper, figures, recorder } = this.#parts;
    for (const timer of this.#timers.splice(0)) timer.cancel();
    figures?.stop();
    registry.isSealed = true;
    const late = Promise.withResolvers<void>();
    const timer = registry.clock.setTimeout(() => late.resolve(), deadlineMs);
    // What closes too slowly is left to the end of the process; its process trees are killed all the same.
    await Promise.race([leases.stop(), late.promise]);
    timer.cancel();
    await reaper.stop();
    recorder.stop();
  }

  /** Closes what nobody will: what belongs to something that has ended, and what was not used for a day. */
  async #sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    try {
      const { registry, verdicts, detector, closing, log } = this.#parts;
      const { idleMsMax } = this.#options.cleanup;
      const { chosen } = this.#choose({}, false, idleMsMax);
      for (const slot of chosen) if (!registry.table.hasFlag(slot, slotFlags.reported)) verdicts.miss();
      const swept = new Set([...chosen, ...detector.ownerless()]);
      const { cleaned, bytesFreed, failed } = await closing.closeAll([...swept], 0);
      if (cleaned + failed > 0)
        log.info('A sweep has closed what was forgotten.', { cleaned, bytes_freed: bytesFreed, failed });
    } finally {
      this.#isSweeping = false;
    }
  }
}
