import { maskSecrets, RaptorFlowError } from 'raptorflow/kernel';
import type { ExpressionBuilder, UpdateObject } from 'kysely';
import { fromJsonText, toJsonText } from '../db/index.ts';
import type { JsonObject, JsonValue } from '../models/model.ts';
import { isEntryKind, type EntryContent, type EntryKind, type JournalEntry } from './journal-entry.ts';
import {
  isFinal,
  runStatuses,
  type Run,
  type RunState,
  type RunStatus,
  type StartRun,
  type WaitReason,
} from './run.ts';
import type { RunChange } from './run-store.ts';
import type { AgentRunRow, RunJournalRow, RunTables } from './tables.ts';

/** What the first entry of a journal says. */
export function startPayload(start: StartRun): JsonObject {
  return {
    run_type: start.runType,
    input: start.input,
    agent_id: start.agentId ?? null,
    campaign_id: start.campaignId ?? null,
    parent_run_id: start.parentRunId ?? null,
  };
}

/** The row of a run that has just been stored. */
export function newRow(start: StartRun, id: string, hash: string, nowMs: number): AgentRunRow {
  return {
    workspace_id: start.workspaceId,
    id,
    agent_id: start.agentId ?? null,
    guild: start.guild ?? null,
    campaign_id: start.campaignId ?? null,
    parent_run_id: start.parentRunId ?? null,
    correlation_id: start.correlationId ?? null,
    budget_id: start.budgetId ?? null,
    causation_id: start.causationId ?? null,
    run_type: start.runType,
    run_key: start.key ?? null,
    model: null,
    status: 'queued',
    input: toJsonText(start.input),
    output: null,
    error_code: null,
    error_message: null,
    wait_reason: null,
    cancel_reason: null,
    executions: 0,
    entries: 1,
    last_hash: hash,
    cost_micro_usd: 0,
    input_tokens: 0,
    output_tokens: 0,
    created_at_ms: nowMs,
    started_at_ms: null,
    completed_at_ms: null,
  };
}

/** The run that a row describes. */
export function toRun(row: AgentRunRow): Run {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    agentId: row.agent_id,
    guild: row.guild,
    campaignId: row.campaign_id,
    parentRunId: row.parent_run_id,
    correlationId: row.correlation_id,
    budgetId: row.budget_id,
    causationId: row.causation_id,
    runType: row.run_type,
    key: row.run_key,
    model: row.model,
    input: fromJsonText<JsonValue>(row.input),
    state: stateOf(row),
    executions: row.executions,
    entries: row.entries,
    costMicroUsd: row.cost_micro_usd,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    createdAt: timeOf(row.created_at_ms),
    startedAt: row.started_at_ms === null ? null : timeOf(row.started_at_ms),
    completedAt: row.completed_at_ms === null ? null : timeOf(row.completed_at_ms),
  };
}

function stateOf(row: AgentRunRow): RunState {
  const status = statusOf(row);
  const completedAt = timeOf(row.completed_at_ms ?? row.created_at_ms);
  const error = { code: row.error_code ?? 'internal', message: row.error_message ?? '' };
  if (status === 'waiting') return { status, reason: fromJsonText<WaitReason>(row.wait_reason ?? 'null') };
  if (status === 'completed') {
    return { status, completedAt, output: fromJsonText<JsonValue>(row.output ?? 'null') };
  }
  return status === 'failed' || status === 'cancelled' ? { status, completedAt, error } : { status };
}

/** A row's status. Throws `storage_corrupt` for one that does not exist. */
export function statusOf(row: Pick<AgentRunRow, 'id' | 'status'>): RunStatus {
  const status = runStatuses.find((known) => known === row.status);
  if (status !== undefined) return status;
  throw new RaptorFlowError('storage_corrupt', `The run ${row.id} has the unknown status "${row.status}".`);
}

/** A stored moment as RFC 3339. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** The columns that a change sets. */
export function toChangedColumns(
  run: ExpressionBuilder<RunTables, 'agent_runs'>,
  change: RunChange,
  nowMs: number,
): UpdateObject<RunTables, 'agent_runs'> {
  const { status, output, error, waitReason, model } = change;
  const columns: UpdateObject<RunTables, 'agent_runs'> = {
    ...(status !== undefined && { status }),
    ...(status !== undefined && isFinal(status) && { completed_at_ms: nowMs }),
    ...(output !== undefined && { output }),
    ...(model !== undefined && { model }),
    ...(error !== undefined && { error_code: error.code, error_message: maskSecrets(error.message) }),
    ...(waitReason !== undefined && { wait_reason: waitReason === null ? null : toJsonText(waitReason) }),
    ...(change.addCostMicroUsd && { cost_micro_usd: run('cost_micro_usd', '+', change.addCostMicroUsd) }),
    ...(change.addInputTokens && { input_tokens: run('input_tokens', '+', change.addInputTokens) }),
    ...(change.addOutputTokens && { output_tokens: run('output_tokens', '+', change.addOutputTokens) }),
  };
  return columns;
}

/** The row of an entry. */
export function toEntryRow(
  place: { readonly workspaceId: string; readonly runId: string; readonly seq: number },
  hash: string,
  content: EntryContent,
  nowMs: number,
): RunJournalRow {
  return {
    workspace_id: place.workspaceId,
    run_id: place.runId,
    seq: place.seq,
    kind: content.kind,
    step: content.step,
    payload: toJsonText(content.payload),
    hash,
    recorded_at_ms: nowMs,
  };
}

/** The entry that a row holds. An unknown kind stays: the hash tells whether it was changed. */
export function toEntry(row: RunJournalRow): JournalEntry {
  return {
    seq: row.seq,
    kind: kindOf(row),
    step: row.step,
    payload: fromJsonText<JsonObject>(row.payload),
    hash: row.hash,
    recordedAt: timeOf(row.recorded_at_ms),
  };
}

function kindOf(row: RunJournalRow): EntryKind {
  if (isEntryKind(row.kind)) return row.kind;
  throw new RaptorFlowError(
    'run_journal_corrupt',
    `The journal of ${row.run_id} holds an unknown "${row.kind}".`,
    {
      details: { run_id: row.run_id, seq: row.seq },
    },
  );
}
