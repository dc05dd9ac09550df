import { z } from 'zod';
import type { CleanupStrategy, ResourceType } from './resource.ts';

/** How resources are watched and closed; all optional. */
export interface ResourcesOptions {
  /** Shorter times between looks: leaks every 10 s, sweeps every 30 s. Default false. */
  readonly development?: boolean;
  /** Open ones at a time, at most 1,000,000; default 100,000. Beyond, `exhausted`. */
  readonly resourcesMax?: number;
  /** After so long without use a resource is idle; default 300,000. */
  readonly idleAfterMs?: number;
  readonly cleanup?: CleanupOptions;
  readonly leaks?: LeakOptions;
  readonly leases?: LeaseLimits;
}

/** How resources are closed. */
export interface CleanupOptions {
  /** Milliseconds between sweeps, which close what is idle for long and what is proved to be forgotten; default 300,000. 0: no sweeps. */
  readonly everyMs?: number;
  /** A sweep closes what was not used for so long; default 86,400,000, a day. */
  readonly idleMsMax?: number;
  /** How many are closed at the same time; default 10. */
  readonly concurrency?: number;
  /** How long one attempt to close a resource may take; default 10,000. */
  readonly deadlineMs?: number;
  /** Attempts after the first; default 2. */
  readonly retriesMax?: number;
  /** The wait before the first of them; it doubles. Default 100. */
  readonly retryDelayMs?: number;
  readonly strategies?: Readonly<Partial<Record<ResourceType, CleanupStrategy>>>;
}

/** How leaks are found. */
export interface LeakOptions {
  /** Milliseconds between scans; default 60,000. 0: only on demand. */
  readonly everyMs?: number;
  /** Age from which a resource of a type is suspected, milliseconds; the rest keep their defaults. */
  readonly ageMs?: Readonly<Partial<Record<ResourceType, number>>>;
  /** Releases of a call site that must have been seen before its own lifetimes count; default 20. */
  readonly samplesMin?: number;
  /** No learned limit is lower; default 60,000. */
  readonly learnedAgeMsMin?: number;
  /** One in so many registrations of a place has its stack taken, besides the first eight; default 64. */
  readonly stackEvery?: number;
  /** Leaks listed at a time; default 1,000. The rest are counted. */
  readonly leaksMax?: number;
  /** Growth of the process: heap, handles, sockets, children, event loop. `false`: only figures of one's own are watched. */
  readonly growth?: GrowthOptions | false;
}

/** When something grows. */
export interface GrowthOptions {
  /** Looks, one a scan, before anything is said; default 8. */
  readonly looksMin?: number;
  /** Handles, descriptors and other things that are counted: growth by fewer is nothing; default 64. */
  readonly countMin?: number;
  /** The same for the heap after a full collection; default 33,554,432. */
  readonly heapBytesMin?: number;
}

/** Limits of leases. */
export interface LeaseLimits {
  /** Leases at a time; default 10,000. */
  readonly leasesMax?: number;
  /** What remains of a process tree after so long is killed without mercy; default 1,000. */
  readonly killAfterMs?: number;
}

/** The options, complete. */
export interface ResolvedResourcesOptions {
  readonly development: boolean;
  readonly resourcesMax: number;
  readonly idleAfterMs: number;
  readonly cleanup: Required<Omit<CleanupOptions, 'everyMs' | 'strategies'>> & {
    /** Undefined: as `development` has it. */
    readonly everyMs?: number | undefined;
    readonly strategies: Readonly<Record<string, CleanupStrategy>>;
  };
  readonly leaks: Required<Omit<LeakOptions, 'everyMs' | 'ageMs' | 'growth'>> & {
    /** Undefined: as `development` has it. */
    readonly everyMs?: number | undefined;
    readonly ageMs: Readonly<Record<string, number>>;
    readonly growth: Required<GrowthOptions> | false;
  };
  readonly leases: Required<LeaseLimits>;
}

const positiveMs = z.number().positive().max(1e12);

/** The options as they are checked. */
export const resourcesOptionsSchema: z.ZodType<ResolvedResourcesOptions> = z.strictObject({
  development: z.boolean().default(false),
  resourcesMax: z.int().min(1).max(1_000_000).default(100_000),
  idleAfterMs: positiveMs.default(300_000),
  cleanup: z
    .strictObject({
      everyMs: z.number().min(0).max(1e12).optional(),
      idleMsMax: positiveMs.default(86_400_000),
      concurrency: z.int().min(1).max(1_000).default(10),
      deadlineMs: positiveMs.default(10_000),
      retriesMax: z.int().min(0).max(100).default(2),
      retryDelayMs: z.number().min(0).max(1e9).default(100),
      strategies: z
        .record(
          z.string(),
          z.custom<CleanupStrategy>((value) => typeof value === 'function', 'must be a function'),
        )
        .default({}),
    })
    .prefault({}),
  leaks: z
    .strictObject({
      everyMs: z.number().min(0).max(1e12).optional(),
      ageMs: z.record(z.string(), positiveMs).default({}),
      samplesMin: z.int().min(2).max(500).default(20),
      learnedAgeMsMin: positiveMs.default(60_000),
      stackEvery: z.int().min(1).max(1_000_000).default(64),
      leaksMax: z.int().min(1).max(100_000).default(1_000),
      growth: z
        .union([
          z.literal(false),
          z.strictObject({
            looksMin: z.int().min(4).max(24).default(8),
            countMin: positiveMs.default(64),
            heapBytesMin: positiveMs.default(33_554_432),
          }),
        ])
        .prefault({}),
    })
    .prefault({}),
  leases: z
    .strictObject({
      leasesMax: z.int().min(1).max(1_000_000).default(10_000),
      killAfterMs: z.number().min(0).max(60_000).default(1_000),
    })
    .prefault({}),
});
