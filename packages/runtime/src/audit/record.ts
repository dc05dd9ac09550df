import { z } from 'zod';
import type { JsonObject } from '../models/model.ts';
import { canonicalJson } from './canonical-json.ts';
import type { AuditRow } from './chain.ts';
import {
  auditActorKinds,
  auditOutcomes,
  auditPhases,
  type AuditActorKind,
  type AuditOutcome,
  type AuditPhase,
} from './entry.ts';
import type { AuditPublicKey, SignedHead } from './signing.ts';

/*
 * The form of an export: JSON Lines in snake_case. The first line names the chain and the public keys, then come the rows in their
 * order, and the signed head closes it.
 */

/** A public key in a file. */
export interface KeyRecord {
  readonly key_id: string;
  readonly public_key: string;
  readonly endorsed_by: string | null;
  readonly endorsement: string | null;
}

/** The first line. */
export interface ExportRecord {
  readonly type: 'audit_export';
  readonly version: 1;
  readonly workspace_id: string;
  readonly exported_at: string;
  readonly signing_key_id: string;
  readonly keys: readonly KeyRecord[];
}

/** A head in a file. */
export interface HeadRecord {
  readonly type: 'audit_head';
  readonly workspace_id: string;
  readonly sequence: number;
  readonly hash: string;
  readonly signed_at: string;
  readonly key_id: string;
  readonly signature: string;
}

/** A row in a file. */
export interface RowRecord {
  readonly type: 'audit_row';
  readonly workspace_id: string;
  readonly sequence: number;
  readonly id: string;
  readonly recorded_at: string;
  readonly action: string;
  readonly phase: AuditPhase;
  readonly intent_id: string | null;
  readonly actor: { kind: AuditActorKind; id: string };
  readonly target: { kind: string; id: string } | null;
  readonly outcome: AuditOutcome | null;
  readonly correlation_id: string | null;
  readonly agent_id: string | null;
  readonly agent_run_id: string | null;
  readonly campaign_id: string | null;
  /** Null when they were erased. */
  readonly details: Record<string, unknown> | null;
  readonly details_salt: string | null;
  readonly details_sha256: string;
  readonly previous_hash: string;
  readonly hash: string;
}

const text = z.string();
const maybe = z.string().nullable();
const moment = z.iso.datetime({ precision: 3 });

/** See {@link ExportRecord}. */
export const exportRecordSchema: z.ZodType<ExportRecord> = z.object({
  type: z.literal('audit_export'),
  version: z.literal(1),
  workspace_id: text,
  exported_at: moment,
  signing_key_id: text,
  keys: z.array(z.object({ key_id: text, public_key: text, endorsed_by: maybe, endorsement: maybe })),
});

/** See {@link HeadRecord}. */
export const headRecordSchema: z.ZodType<HeadRecord> = z.object({
  type: z.literal('audit_head'),
  workspace_id: text,
  sequence: z.int().nonnegative(),
  hash: text,
  signed_at: moment,
  key_id: text,
  signature: text,
});

/** See {@link RowRecord}. */
export const rowRecordSchema: z.ZodType<RowRecord> = z.object({
  type: z.literal('audit_row'),
  workspace_id: text,
  sequence: z.int().positive(),
  id: text,
  recorded_at: moment,
  action: text,
  phase: z.enum(auditPhases),
  intent_id: maybe,
  actor: z.object({ kind: z.enum(auditActorKinds), id: text }),
  target: z.object({ kind: text, id: text }).nullable(),
  outcome: z.enum(auditOutcomes).nullable(),
  correlation_id: maybe,
  agent_id: maybe,
  agent_run_id: maybe,
  campaign_id: maybe,
  details: z.record(text, z.unknown()).nullable(),
  details_salt: maybe,
  details_sha256: text,
  previous_hash: text,
  hash: text,
});

/** A row as it stands in a file. */
export function rowToRecord(row: AuditRow): RowRecord {
  return {
    type: 'audit_row',
    workspace_id: row.workspaceId,
    sequence: row.sequence,
    id: row.id,
    recorded_at: isoOf(row.recordedAtMs),
    action: row.action,
    phase: row.phase,
    intent_id: row.intentId,
    actor: { ...row.actor },
    target: row.target === null ? null : { ...row.target },
    outcome: row.outcome,
    correlation_id: row.correlationId,
    agent_id: row.agentId,
    agent_run_id: row.agentRunId,
    campaign_id: row.campaignId,
    details: row.payload === null ? null : (JSON.parse(row.payload) as Record<string, unknown>),
    details_salt: row.salt,
    details_sha256: row.payloadHash,
    previous_hash: row.previousHash,
    hash: row.hash,
  };
}

/** A row out of a file. */
export function rowFromRecord(record: RowRecord): AuditRow {
  return {
    workspaceId: record.workspace_id,
    sequence: record.sequence,
    id: record.id,
    recordedAtMs: Date.parse(record.recorded_at),
    action: record.action,
    phase: record.phase,
    intentId: record.intent_id,
    actor: record.actor,
    target: record.target,
    outcome: record.outcome,
    correlationId: record.correlation_id,
    agentId: record.agent_id,
    agentRunId: record.agent_run_id,
    campaignId: record.campaign_id,
    payload: record.details === null ? null : canonicalJson(record.details as JsonObject),
    salt: record.details_salt,
    payloadHash: record.details_sha256,
    previousHash: record.previous_hash,
    hash: record.hash,
  };
}

/** A head as it stands in a file. */
export function headToRecord(head: SignedHead): HeadRecord {
  return {
    type: 'audit_head',
    workspace_id: head.workspaceId,
    sequence: head.sequence,
    hash: head.hash,
    signed_at: isoOf(head.signedAtMs),
    key_id: head.keyId,
    signature: head.signature,
  };
}

/** A head out of a file. */
export function headFromRecord(record: HeadRecord): SignedHead {
  return {
    workspaceId: record.workspace_id,
    sequence: record.sequence,
    hash: record.hash,
    signedAtMs: Date.parse(record.signed_at),
    keyId: record.key_id,
    signature: record.signature,
  };
}

/** A key as it stands in a file. */
export function keyToRecord(key: AuditPublicKey): KeyRecord {
  const { keyId, publicKey, endorsedBy, endorsement } = key;
  return { key_id: keyId, public_key: publicKey, endorsed_by: endorsedBy, endorsement };
}

/** A key out of a file. */
export function keyFromRecord(record: KeyRecord): AuditPublicKey {
  return {
    keyId: record.key_id,
    publicKey: record.public_key,
    endorsedBy: record.endorsed_by,
    endorsement: record.endorsement,
  };
}

function isoOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
