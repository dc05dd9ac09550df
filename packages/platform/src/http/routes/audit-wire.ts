/** The audit log in the words of the wire. */
import type { WireAuditRow, WireAuditVerification } from '@raptorflow/contract';
import {
  rowToRecord,
  headToRecord,
  type AuditFilter,
  type AuditRow,
  type AuditVerification,
} from '@raptorflow/runtime';

/** The query of a list, as the route has read it. */
interface ListQuery {
  readonly action?: string | undefined;
  readonly phase?: AuditFilter['phase'];
  readonly actor_kind?: AuditFilter['actorKind'];
  readonly actor_id?: string | undefined;
  readonly target_kind?: string | undefined;
  readonly target_id?: string | undefined;
  readonly intent_id?: string | undefined;
  readonly correlation_id?: string | undefined;
  readonly agent_id?: string | undefined;
  readonly agent_run_id?: string | undefined;
  readonly campaign_id?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Which rows a query asks for. */
export function filterFromWire(query: ListQuery): AuditFilter {
  return {
    action: query.action,
    phase: query.phase,
    actorKind: query.actor_kind,
    actorId: query.actor_id,
    targetKind: query.target_kind,
    targetId: query.target_id,
    intentId: query.intent_id,
    correlationId: query.correlation_id,
    agentId: query.agent_id,
    agentRunId: query.agent_run_id,
    campaignId: query.campaign_id,
    fromMs: query.from === undefined ? undefined : Date.parse(query.from),
    toMs: query.to === undefined ? undefined : Date.parse(query.to),
    limit: query.limit,
    cursor: query.cursor,
  };
}

/** A row. */
export function rowToWire(row: AuditRow): WireAuditRow {
  const { type: _type, ...fields } = rowToRecord(row);
  return fields;
}

/** What a verification found, and when. */
export function verificationToWire(
  found: AuditVerification,
  at: { readonly verifiedAtMs: number; readonly durationMs: number },
): WireAuditVerification {
  const { problem } = found;
  return {
    workspace_id: found.workspaceId,
    ok: found.ok,
    rows: found.rows,
    erased_rows: found.erasedRows,
    head: found.head === null ? null : headToRecord(found.head),
    problem:
      problem === null
        ? null
        : {
            kind: problem.kind,
            sequence: problem.sequence,
            row_id: problem.rowId,
            message: problem.message,
          },
    extends_sequence: found.extendsSequence,
    verified_at: new Date(at.verifiedAtMs).toISOString(),
    duration_ms: at.durationMs,
  };
}
