import { z } from 'zod';
import type { Clock, Ids, Logger } from '../../kernel/index.ts';
import type { Meter } from '../../metrics/index.ts';
import type { QuotaDraft } from './definition.ts';
import type { QuotaApproval, QuotaAuditEntry, QuotaNotice } from './quotas.ts';
import type { QuotaStore } from './store.ts';

/** Limits of the service. */
export interface QuotaLimits {
  /** Definitions. Default 10,000. */
  readonly quotasMax?: number;
  /** Counters that a store keeps: one for each quota and each workspace, user, agent or run. Default 1,000,000. */
  readonly countersMax?: number;
  /** Violations and adjustments on record; the oldest go first. Default 1,000. */
  readonly recordsMax?: number;
  /** Subjects whose quotas are kept ready. Default 10,000. */
  readonly plansMax?: number;
  /** Requests that wait for room, over all lines; further ones are refused with `exhausted`. Default 10,000. */
  readonly waitersMax?: number;
  /** Requests that wait for people; further ones are refused with `exhausted`. Default 100. */
  readonly approvalsMax?: number;
}

/** Times of the service, milliseconds. */
export interface QuotaTimes {
  /** The longest wait of a throttled request. Default 5,000. */
  readonly throttleMsMax?: number;
  /** The longest wait of a queued request. Default 60,000. */
  readonly queueMsMax?: number;
  /** The longest wait for people. Default 300,000. */
  readonly approvalMsMax?: number;
  /** How often a waiting request looks for room that other processes have made. Default 100. */
  readonly pollMs?: number;
  /** How long what a dead process holds stays held. Default 15,000. */
  readonly leaseMs?: number;
  /** How often definitions of other processes are read. Default 5,000. */
  readonly refreshMs?: number;
  /** How often violations are looked at that may be over. Default 30,000. */
  readonly sweepMs?: number;
}

/** How the service of quotas is built. */
export interface QuotasOptions {
  /** Made at the start where their ids are not stored yet; see `defaultQuotas`. Default: none. */
  readonly quotas?: readonly QuotaDraft[];
  readonly limits?: QuotaLimits;
  readonly times?: QuotaTimes;
}

/** What the service needs from outside. */
export interface QuotasDeps {
  /** Default: memory, which forgets when the process ends. */
  readonly store?: QuotaStore;
  /** Told what happens, at once and in order. What it throws is logged. */
  readonly onNotice?: (notice: QuotaNotice) => void;
  /** Tells people that a request waits for them. What it rejects with is logged; the request waits all the same. */
  readonly alert?: (approval: QuotaApproval) => void | Promise<void>;
  /** Takes note of a reset before it is made. When it rejects, nothing is reset. */
  readonly audit?: (entry: QuotaAuditEntry) => void | Promise<void>;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly meter?: Meter;
  readonly ids?: Ids;
}

const count = z.int().min(1).max(100_000_000);
const duration = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);

/** Checks the options; the quotas among them are checked when they are made. */
export const quotasOptionsSchema: z.ZodType<ResolvedQuotasOptions> = z.strictObject({
  quotas: z.array(z.custom<QuotaDraft>((value) => typeof value === 'object' && value !== null)).default([]),
  limits: z
    .strictObject({
      quotasMax: count.default(10_000),
      countersMax: count.default(1_000_000),
      recordsMax: count.default(1_000),
      plansMax: count.default(10_000),
      waitersMax: count.default(10_000),
      approvalsMax: count.default(100),
    })
    .prefault({}),
  times: z
    .strictObject({
      throttleMsMax: duration.default(5_000),
      queueMsMax: duration.default(60_000),
      approvalMsMax: duration.default(300_000),
      pollMs: duration.default(100),
      leaseMs: duration.min(100).default(15_000),
      refreshMs: duration.default(5_000),
      sweepMs: duration.default(30_000),
    })
    .prefault({}),
});

/** The options with their defaults. */
export interface ResolvedQuotasOptions {
  readonly quotas: readonly QuotaDraft[];
  readonly limits: Required<QuotaLimits>;
  readonly times: Required<QuotaTimes>;
}
