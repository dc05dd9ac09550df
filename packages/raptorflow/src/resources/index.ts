export { createQuotas } from './quotas/create-quotas.ts';
export { defaultQuotas } from './quotas/default-quotas.ts';
export {
  quotaActions,
  quotaKinds,
  quotaPeriods,
  quotaScopes,
  type QuotaAction,
  type QuotaChange,
  type QuotaDefinition,
  type QuotaDraft,
  type QuotaKind,
  type QuotaPeriod,
  type QuotaScope,
  type QuotaSubject,
} from './quotas/definition.ts';
export type { QuotaLimits, QuotasDeps, QuotasOptions, QuotaTimes } from './quotas/options.ts';
export type {
  AcquireOptions,
  QuotaApproval,
  QuotaApprovals,
  QuotaAuditEntry,
  QuotaCheck,
  QuotaCounts,
  QuotaGrant,
  QuotaNotice,
  QuotaReport,
  Quotas,
  QuotaUsage,
  QuotaVerdict,
  QuotaViolations,
} from './quotas/quotas.ts';
export type { QuotaAdjustment, QuotaRecord, QuotaViolation, ViolationQuery } from './quotas/record.ts';
export type { CounterReading, QuotaStore, QuotaStoreHost, Taken, Taking } from './quotas/store.ts';
export { memoryQuotaStore } from './quotas/stores/memory.ts';
export { redisQuotaStore, type RedisQuotaStoreOptions } from './quotas/stores/redis.ts';
export { sqliteQuotaStore, type SqliteQuotaStoreOptions } from './quotas/stores/sqlite.ts';
