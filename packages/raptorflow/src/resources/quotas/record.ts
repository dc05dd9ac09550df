import type { QuotaAction } from './definition.ts';

/** A request that did not fit under a limit. */
export interface QuotaViolation {
  readonly id: string;
  readonly quotaId: string;
  readonly resource: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** What was asked for. */
  readonly amount: number;
  /** With the request, whether it was granted or not. */
  readonly usage: number;
  readonly limit: number;
  /** `usage` less `limit`. */
  readonly exceededBy: number;
  readonly action: QuotaAction;
  /** What became of the request: granted over the limit, made to wait, refused, or put before people. */
  readonly actionTaken: 'allowed' | 'throttled' | 'queued' | 'blocked' | 'escalated';
  readonly workspaceId: string | null;
  readonly userId: string | null;
  readonly agentId: string | null;
  readonly runId: string | null;
  /** The request was granted within the limit after all, or approved; or there is room for it now; or somebody said so. */
  readonly resolved: boolean;
  readonly resolvedAt: number | null;
  /** Who approved, denied or resolved it; null when nobody had to. */
  readonly resolvedBy: string | null;
  /** The counter that had no room. */
  readonly counterKey: string;
}

/** A dynamic limit has risen. */
export interface QuotaAdjustment {
  readonly id: string;
  readonly quotaId: string;
  readonly at: number;
  readonly counterKey: string;
  readonly from: number;
  readonly to: number;
  /** Usage of the periods that it was decided on, oldest first. */
  readonly past: readonly number[];
}

/** What is kept for people to read. */
export type QuotaRecord =
  | { readonly kind: 'violation'; readonly body: QuotaViolation }
  | { readonly kind: 'adjustment'; readonly body: QuotaAdjustment };

/** Which violations; absent fields do not restrict. */
export interface ViolationQuery {
  readonly quotaId?: string | undefined;
  readonly workspaceId?: string | undefined;
  readonly userId?: string | undefined;
  readonly resolved?: boolean | undefined;
  /** Epoch milliseconds, included. */
  readonly since?: number | undefined;
  /** 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
}
