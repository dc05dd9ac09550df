export {
  type AuditLog,
  type AuditLogDeps,
  type AuditLogOptions,
  type AuditReceipt,
  type AuditTrail,
  type ChainedTrail,
  createAuditLog,
} from './audit-log.ts';
export { canonicalJson } from './canonical-json.ts';
export type { AuditFilter, AuditPage } from './chain-reader.ts';
export type { AuditRow } from './chain.ts';
export {
  type AuditActor,
  type AuditActorKind,
  auditActorKinds,
  type AuditEntry,
  type AuditOutcome,
  auditOutcomes,
  type AuditPhase,
  auditPhases,
  type AuditTarget,
  installationChain,
} from './entry.ts';
export {
  type ExportTrust,
  type ExportVerification,
  readSignedHead,
  verifyAuditExport,
} from './export-file.ts';
export type { AuditProblem, AuditProblemKind } from './problem.ts';
export { headToRecord, rowToRecord } from './record.ts';
export type { AuditPublicKey, SignedHead } from './signing.ts';
export { auditMigrations, auditTables } from './tables.ts';
export type { AuditVerification } from './verification.ts';
