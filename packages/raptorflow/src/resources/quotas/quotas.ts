import type { RaptorFlowError, Service } from '../../kernel/index.ts';
import type {
  QuotaAction,
  QuotaChange,
  QuotaDefinition,
  QuotaDraft,
  QuotaReference,
  QuotaScope,
  QuotaSubject,
} from './definition.ts';
import type { QuotaAdjustment, QuotaViolation, ViolationQuery } from './record.ts';

/** How one request waits. */
export interface AcquireOptions {
  /** Ends the wait; the request then rejects with `cancelled` and has taken nothing. */
  readonly signal?: AbortSignal | undefined;
  /** Waits no longer than this for room or approval, whatever the limits of the service allow. */
  readonly waitMsMax?: number | undefined;
}

/** What was acquired. */
export interface QuotaGrant extends AsyncDisposable {
  readonly amount: number;
  /** The quotas that it was counted in. */
  readonly quotaIds: readonly string[];
  /** False when the store failed and only soft quotas applied: nothing was counted. */
  readonly isCounted: boolean;
  /**
   * Gives back what is held; what was counted in periods stays counted. The second time nothing happens. Never rejects: what a store could not
   * take is a notice, and comes back with the lease of the process.
   */
  release(): Promise<void>;
}

/** How one quota would meet a request. */
export interface QuotaVerdict {
  readonly quotaId: string;
  /** The request would be granted at once. */
  readonly allowed: boolean;
  readonly currentUsage: number;
  readonly limit: number;
  /** What is left up to the limit. */
  readonly remaining: number;
  readonly action: QuotaAction;
  readonly message: string;
  /** With the request, usage would be at 90 % of the limit or more. */
  readonly isWarning: boolean;
  /** With the request, usage would be above the limit. */
  readonly isViolation: boolean;
  /** Until usage begins anew, milliseconds; null for what is held, and for ever. */
  readonly retryAfterMs: number | null;
}

/** How a request would be met now. */
export interface QuotaCheck {
  readonly allowed: boolean;
  /** One for each quota that applies. */
  readonly verdicts: readonly QuotaVerdict[];
}

/** Usage of a quota by somebody. */
export interface QuotaUsage {
  readonly quotaId: string;
  readonly resource: string;
  readonly scope: QuotaScope;
  readonly used: number;
  readonly limit: number;
  readonly remaining: number;
  /** Epoch milliseconds; null for what is held, and for ever. */
  readonly periodStart: number | null;
  readonly periodEnd: number | null;
}

/** A request that waits for a person. */
export interface QuotaApproval {
  readonly id: string;
  readonly quotaId: string;
  readonly subject: QuotaSubject;
  readonly amount: number;
  /** Without the request. */
  readonly usage: number;
  readonly limit: number;
  /** Epoch milliseconds. */
  readonly askedAt: number;
  /** When it is refused because nobody answered. */
  readonly expiresAt: number;
}

/** Something that somebody may want to know. */
export type QuotaNotice =
  | {
      /** Usage has passed 90 % of a limit. */
      readonly kind: 'warning';
      readonly quotaId: string;
      readonly subject: QuotaSubject;
      readonly usage: number;
      readonly limit: number;
    }
  | { readonly kind: 'violation'; readonly violation: QuotaViolation }
  | { readonly kind: 'raised'; readonly adjustment: QuotaAdjustment }
  | {
      /** The store failed. `refused` where a quota that is not soft applied; otherwise the request was allowed and not counted. */
      readonly kind: 'store_failed';
      readonly outcome: 'refused' | 'allowed' | 'not_released' | 'not_recorded' | 'not_refreshed';
      readonly quotaIds: readonly string[];
      readonly error: RaptorFlowError;
    }
  | {
      /** This process gave no sign of life for `leaseMs`, and what it holds in these counters was given to others. */
      readonly kind: 'lease_lost';
      readonly counters: readonly string[];
    };

/** A change of quotas by a person, told before it is made. */
export interface QuotaAuditEntry {
  readonly action: 'reset';
  readonly quotaId: string;
  /** Whose quota it is; null for one of no workspace. */
  readonly workspaceId: string | null;
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** How often something happened since the start. */
export interface QuotaCounts {
  /** Requests and checks that met the quota. */
  readonly checks: number;
  readonly violations: number;
  readonly warnings: number;
  /** Requests refused. */
  readonly blocks: number;
  /** Requests made to wait, in line or not. */
  readonly throttles: number;
  readonly resets: number;
}

/** What the service has done since the start, in this process. */
export interface QuotaReport extends QuotaCounts {
  readonly quotas: number;
  /** By id; quotas of several workspaces that have one id are added up. */
  readonly byQuota: Readonly<Record<string, QuotaCounts>>;
  /** Requests that wait for room now. */
  readonly waiting: number;
  readonly approvalsPending: number;
  /** Requests and releases that the store failed. */
  readonly storeFailures: number;
}

/** The violations on record. */
export interface QuotaViolations {
  /** Newest first. Rejects with `invalid_input` and `unavailable`. */
  list(query?: ViolationQuery): Promise<readonly QuotaViolation[]>;
  /** Notes that a person has dealt with it. Rejects with `not_found`. */
  resolve(id: string, by: string): Promise<QuotaViolation>;
}

/** Requests that wait for people, in this process. */
export interface QuotaApprovals {
  list(): readonly QuotaApproval[];
  /** Grants the request over the limit. Throws `not_found` when it does not wait any more. */
  approve(id: string, by: string): void;
  /** Refuses it. Throws `not_found`. */
  deny(id: string, by: string): void;
}

/**
 * Quotas: who may use how much of what. What counts is atomic over all quotas that apply to a request, exact under concurrency, and, with the
 * store's help, over processes and restarts.
 */
export interface Quotas extends Service {
  readonly violations: QuotaViolations;
  readonly approvals: QuotaApprovals;
  /** The resources and meters that an enabled quota counts, as it is now; who counts often looks here first, which costs nothing. */
  readonly counted: ReadonlySet<string>;
  /**
   * Takes an amount from every quota that applies, or from none. Rejects with `exhausted` (`details`: quotaId, limit, usage, remaining, amount,
   * action, retryAfterMs); `cancelled`; `invalid_input`; `unavailable` when the store failed and a quota that is not soft applies, or when the
   * service is not running.
   */
  acquire(amount: number, subject: QuotaSubject, options?: AcquireOptions): Promise<QuotaGrant>;
  /** How `acquire` would be met; nothing is consumed, and nobody is warned. */
  check(amount: number, subject: QuotaSubject): Promise<QuotaCheck>;
  /** Usage of every quota that counts for the subject, of all resources when it names none. */
  usage(
    subject: Omit<QuotaSubject, 'resource'> & { readonly resource?: string },
  ): Promise<readonly QuotaUsage[]>;
  /**
   * Rejects with `invalid_input`, `exhausted` beyond `quotasMax`, and `conflict` for an id that is taken: for a quota of a workspace among its own and those of no
   * workspace, so that nobody learns which ids other workspaces have; for one of no workspace among all.
   */
  create(draft: QuotaDraft): Promise<QuotaDefinition>;
  /** Rejects with `invalid_input` and `not_found`. */
  update(quota: QuotaReference, change: QuotaChange): Promise<QuotaDefinition>;
  /** Rejects with `not_found`. */
  delete(quota: QuotaReference): Promise<void>;
  /** Every quota, enabled or not; those that count for a workspace when one is named. */
  list(filter?: { readonly workspaceId?: string }): readonly QuotaDefinition[];
  /**
   * Usage of a quota begins at 0 for everybody, after `deps.audit` has taken note. Rejects with `not_found`, with `conflict` for what is held (it
   * comes back by release), and with what `deps.audit` rejects with.
   */
  reset(quota: QuotaReference, by: string): Promise<void>;
  /** Violations and raises of dynamic limits are kept; this gives the raises, newest first. */
  adjustments(quotaId?: string): Promise<readonly QuotaAdjustment[]>;
  report(): QuotaReport;
}
