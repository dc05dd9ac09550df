import { createHash } from 'node:crypto';
import type { AuditActor, AuditOutcome, AuditPhase, AuditTarget } from './entry.ts';

/** A row of a chain. */
export interface AuditRow {
  readonly workspaceId: string;
  /** From 1, without gaps. */
  readonly sequence: number;
  readonly id: string;
  /** Epoch milliseconds. */
  readonly recordedAtMs: number;
  readonly action: string;
  readonly phase: AuditPhase;
  readonly intentId: string | null;
  readonly actor: AuditActor;
  readonly target: AuditTarget | null;
  readonly outcome: AuditOutcome | null;
  readonly correlationId: string | null;
  readonly agentId: string | null;
  readonly agentRunId: string | null;
  readonly campaignId: string | null;
  /** Canonical JSON of the details; null when it was erased. */
  readonly payload: string | null;
  /** Random text in front of the payload when it is hashed, so that an erased one cannot be guessed; erased with it. */
  readonly salt: string | null;
  /** SHA-256 of salt and payload, hexadecimal. */
  readonly payloadHash: string;
  /** Hash of the row before it. */
  readonly previousHash: string;
  /** SHA-256 of the previous hash and this row, hexadecimal. */
  readonly hash: string;
}

/** What stands before the first row. */
export const genesisHash: string = '0'.repeat(64);

/** The hash that stands for a payload, also when that is erased. */
export function payloadHashOf(salt: string, payload: string): string {
  return createHash('sha256').update(salt).update(payload).digest('hex');
}

/**
 * The text of a row that is hashed: everything that it says, with its payload's hash for the payload. It is what `canonicalJson` would
 * write, put together by hand, because every row is written here once and read here at each verification.
 */
export function rowText(row: Omit<AuditRow, 'hash' | 'previousHash' | 'payload' | 'salt'>): string {
  const { actor, target } = row;
  const acted = target === null ? 'null' : `{"id":${quoted(target.id)},"kind":${quoted(target.kind)}}`;
  return (
    `{"action":${quoted(row.action)},"actor":{"id":${quoted(actor.id)},"kind":${quoted(actor.kind)}},` +
    `"agent_id":${quoted(row.agentId)},"agent_run_id":${quoted(row.agentRunId)},` +
    `"campaign_id":${quoted(row.campaignId)},"correlation_id":${quoted(row.correlationId)},` +
    `"details_sha256":${quoted(row.payloadHash)},"id":${quoted(row.id)},"intent_id":${quoted(row.intentId)},` +
    `"outcome":${quoted(row.outcome)},"phase":${quoted(row.phase)},` +
    `"recorded_at":"${new Date(row.recordedAtMs).toISOString()}","sequence":${row.sequence},` +
    `"target":${acted},"workspace_id":${quoted(row.workspaceId)}}`
  );
}

function quoted(text: string | null): string {
  return JSON.stringify(text);
}

/** SHA-256 over the hash of the row before and the canonical text of this one. */
export function rowHashOf(
  previousHash: string,
  row: Omit<AuditRow, 'hash' | 'previousHash' | 'payload' | 'salt'>,
): string {
  return createHash('sha256').update(previousHash).update(rowText(row)).digest('hex');
}
