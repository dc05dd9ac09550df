/** Quotas between the wire and the library. */
import type {
  WireQuota,
  WireQuotaApproval,
  WireQuotaChange,
  WireQuotaDraft,
  WireQuotaUsage,
  WireQuotaViolation,
} from '@raptorflow/contract';
import type { BudgetStanding } from '@raptorflow/runtime';
import type {
  QuotaApproval,
  QuotaChange,
  QuotaDefinition,
  QuotaDraft,
  QuotaUsage,
  QuotaViolation,
} from 'raptorflow/resources';

const momentOf = (ms: number): string => new Date(ms).toISOString();
const momentIfAny = (ms: number | null): string | null => (ms === null ? null : momentOf(ms));

/** A quota on the wire. */
export function quotaToWire(quota: QuotaDefinition): WireQuota {
  return {
    quota_id: quota.id,
    name: quota.name,
    description: quota.description,
    quota_scope: quota.scope,
    resource_type: quota.resource,
    quota_type: quota.kind,
    period: quota.period,
    time_zone: quota.timeZone,
    limit: quota.limit,
    burst_limit: quota.burstLimit,
    action: quota.action,
    workspace_id: quota.workspaceId,
    user_id: quota.userId,
    enabled: quota.enabled,
    tags: { ...quota.tags },
    created_at: momentOf(quota.createdAt),
    updated_at: momentOf(quota.updatedAt),
  };
}

/** A new quota, of a workspace or, with null, of the installation. */
export function draftFromWire(draft: WireQuotaDraft, workspaceId: string | null): QuotaDraft {
  return {
    ...(draft.quota_id !== undefined && { id: draft.quota_id }),
    name: draft.name,
    description: draft.description,
    scope: draft.quota_scope,
    resource: draft.resource_type,
    kind: draft.quota_type,
    period: draft.period,
    timeZone: draft.time_zone,
    limit: draft.limit,
    burstLimit: draft.burst_limit,
    action: draft.action,
    workspaceId,
    userId: draft.user_id,
    enabled: draft.enabled,
    tags: draft.tags,
  };
}

/** A change of a quota. */
export function changeFromWire(change: WireQuotaChange): QuotaChange {
  return {
    ...(change.name !== undefined && { name: change.name }),
    ...(change.description !== undefined && { description: change.description }),
    ...(change.quota_scope !== undefined && { scope: change.quota_scope }),
    ...(change.resource_type !== undefined && { resource: change.resource_type }),
    ...(change.quota_type !== undefined && { kind: change.quota_type }),
    ...(change.period !== undefined && { period: change.period }),
    ...(change.time_zone !== undefined && { timeZone: change.time_zone }),
    ...(change.limit !== undefined && { limit: change.limit }),
    ...(change.burst_limit !== undefined && { burstLimit: change.burst_limit }),
    ...(change.action !== undefined && { action: change.action }),
    ...(change.user_id !== undefined && { userId: change.user_id }),
    ...(change.enabled !== undefined && { enabled: change.enabled }),
    ...(change.tags !== undefined && { tags: change.tags }),
  };
}

/** Usage on the wire. */
export function usageToWire(usage: QuotaUsage): WireQuotaUsage {
  return {
    quota_id: usage.quotaId,
    resource_type: usage.resource,
    quota_scope: usage.scope,
    current_usage: usage.used,
    limit: usage.limit,
    remaining: usage.remaining,
    period_start: momentIfAny(usage.periodStart),
    period_end: momentIfAny(usage.periodEnd),
  };
}

/**
 * A cap of money as usage of a quota, in micro-US-dollars: what is spent, reserved and uncertain, as the ledger has it. Undefined without a cap. The levels
 * that quotas do not know are scopes of their workspace.
 */
export function budgetToUsage(standing: BudgetStanding): WireQuotaUsage | undefined {
  const { level, subject, capMicroUsd: cap } = standing;
  if (cap === null) return undefined;
  const used = standing.spentMicroUsd + standing.reservedMicroUsd + standing.uncertainMicroUsd;
  return {
    quota_id: subject === '' ? `budget.${level}` : `budget.${level}.${subject}`,
    resource_type: 'micro_usd',
    quota_scope: level === 'agent' || level === 'run' ? level : 'workspace',
    current_usage: used,
    limit: cap,
    // A cap may be set below what was spent; nothing remains then.
    remaining: Math.max(0, cap - used),
    period_start: standing.periodStart,
    period_end: standing.periodEnd,
  };
}

/** A violation on the wire. */
export function violationToWire(violation: QuotaViolation): WireQuotaViolation {
  return {
    violation_id: violation.id,
    quota_id: violation.quotaId,
    resource_type: violation.resource,
    violation_time: momentOf(violation.at),
    amount: violation.amount,
    current_usage: violation.usage,
    limit: violation.limit,
    exceeded_by: violation.exceededBy,
    action: violation.action,
    action_taken: violation.actionTaken,
    workspace_id: violation.workspaceId,
    user_id: violation.userId,
    agent_id: violation.agentId,
    run_id: violation.runId,
    resolved: violation.resolved,
    resolved_at: momentIfAny(violation.resolvedAt),
    resolved_by: violation.resolvedBy,
  };
}

/** A waiting request on the wire. */
export function approvalToWire(approval: QuotaApproval): WireQuotaApproval {
  const { subject } = approval;
  return {
    approval_id: approval.id,
    quota_id: approval.quotaId,
    resource_type: subject.resource,
    amount: approval.amount,
    current_usage: approval.usage,
    limit: approval.limit,
    workspace_id: subject.workspaceId ?? null,
    user_id: subject.userId ?? null,
    agent_id: subject.agentId ?? null,
    run_id: subject.runId ?? null,
    asked_at: momentOf(approval.askedAt),
    expires_at: momentOf(approval.expiresAt),
  };
}
