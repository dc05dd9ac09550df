import type { AuditRow } from './chain.ts';
import type { AuditActorKind, AuditOutcome, AuditPhase } from './entry.ts';
import type { AuditPublicKey, SignedHead } from './signing.ts';
import type { AuditHeadRow, AuditKeyRow, AuditLogRow } from './tables.ts';

/** The columns of a row. */
export function rowToColumns(row: AuditRow): AuditLogRow {
  return {
    workspace_id: row.workspaceId,
    sequence: row.sequence,
    id: row.id,
    recorded_at_ms: row.recordedAtMs,
    action: row.action,
    phase: row.phase,
    intent_id: row.intentId,
    actor_kind: row.actor.kind,
    actor_id: row.actor.id,
    target_kind: row.target?.kind ?? null,
    target_id: row.target?.id ?? null,
    outcome: row.outcome,
    correlation_id: row.correlationId,
    agent_id: row.agentId,
    agent_run_id: row.agentRunId,
    campaign_id: row.campaignId,
    payload: row.payload,
    payload_salt: row.salt,
    payload_sha256: row.payloadHash,
    previous_hash: row.previousHash,
    hash: row.hash,
  };
}

/** A row of its columns. Words are taken as they stand: one that somebody has put there shows in the hash. */
export function rowOf(columns: AuditLogRow): AuditRow {
  const { target_kind: targetKind, target_id: targetId } = columns;
  return {
    workspaceId: columns.workspace_id,
    sequence: columns.sequence,
    id: columns.id,
    recordedAtMs: columns.recorded_at_ms,
    action: columns.action,
    phase: columns.phase as AuditPhase,
    intentId: columns.intent_id,
    actor: { kind: columns.actor_kind as AuditActorKind, id: columns.actor_id },
    // One alone is nothing that was ever written; it must not look like neither.
    target: targetKind === null && targetId === null ? null : { kind: targetKind ?? '', id: targetId ?? '' },
    outcome: columns.outcome as AuditOutcome | null,
    correlationId: columns.correlation_id,
    agentId: columns.agent_id,
    agentRunId: columns.agent_run_id,
    campaignId: columns.campaign_id,
    payload: columns.payload,
    salt: columns.payload_salt,
    payloadHash: columns.payload_sha256,
    previousHash: columns.previous_hash,
    hash: columns.hash,
  };
}

/** The columns of a head. */
export function headToColumns(head: SignedHead): AuditHeadRow {
  return {
    workspace_id: head.workspaceId,
    sequence: head.sequence,
    hash: head.hash,
    signed_at_ms: head.signedAtMs,
    key_id: head.keyId,
    signature: head.signature,
  };
}

/** A head of its columns. */
export function headOf(columns: AuditHeadRow): SignedHead {
  return {
    workspaceId: columns.workspace_id,
    sequence: columns.sequence,
    hash: columns.hash,
    signedAtMs: columns.signed_at_ms,
    keyId: columns.key_id,
    signature: columns.signature,
  };
}

/** A key of its columns. */
export function keyOf(columns: AuditKeyRow): AuditPublicKey {
  return {
    keyId: columns.key_id,
    publicKey: columns.public_key,
    endorsedBy: columns.endorsed_by,
    endorsement: columns.endorsement,
  };
}
