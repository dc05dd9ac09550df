/** Runs, their steps, journals and statistics in the words of the wire. */
import type {
  JournalEntry as WireEntry,
  Run as WireRun,
  RunStatistics,
  RunStep as WireStep,
  RunSummary,
} from '@raptorflow/contract';
import {
  formatUsd,
  type Agent,
  type JournalEntry,
  type JsonValue,
  type Run,
  type RunStatsRow,
  type RunStep,
} from '@raptorflow/runtime';
import { z } from 'zod';

/** The agents of a workspace by id, as far as a run names them. */
export type AgentNames = ReadonlyMap<string, Pick<Agent, 'code' | 'name'>>;

/** A run as lists show it. */
export function runSummaryToWire(run: Run, agents: AgentNames): RunSummary {
  const agent = run.agentId === null ? undefined : agents.get(run.agentId);
  const { state } = run;
  return {
    id: run.id,
    workspace_id: run.workspaceId,
    agent_id: run.agentId,
    agent_code: agent?.code ?? null,
    agent_name: agent?.name ?? null,
    run_type: run.runType,
    name: runName(run),
    status: state.status,
    campaign_id: run.campaignId,
    parent_run_id: run.parentRunId,
    correlation_id: run.correlationId,
    model: run.model,
    prompt_tokens: run.inputTokens,
    completion_tokens: run.outputTokens,
    total_tokens: run.inputTokens + run.outputTokens,
    cost_usd: formatUsd(run.costMicroUsd),
    error: 'error' in state ? { ...state.error } : null,
    attempt: run.executions,
    created_at: run.createdAt,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    duration_ms: durationOf(run.startedAt, run.completedAt),
  };
}

/** A run whole. */
export function runToWire(run: Run, agents: AgentNames, stepCount: number): WireRun {
  return {
    ...runSummaryToWire(run, agents),
    input: run.input,
    output: run.state.status === 'completed' ? run.state.output : null,
    step_count: stepCount,
    journal_count: run.entries,
  };
}

/**
 * A run's name for people. Where a campaign has several runs of one type, the key ends with what tells them apart: `…:asset:linkedin`.
 */
export function runName(run: Pick<Run, 'runType' | 'key'>): string {
  const words = run.runType.replaceAll('_', ' ');
  const part = run.key?.split(`:${run.runType}:`, 2)[1];
  const title = `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
  return part === undefined || part === '' ? title : `${title}: ${part}`;
}

/** Milliseconds between two moments; null while one is missing. */
export function durationOf(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : Math.max(0, Date.parse(to) - Date.parse(from));
}

const stepKinds: Readonly<Record<RunStep['kind'], WireStep['kind']>> = {
  model: 'model_call',
  tool: 'tool_call',
  decision: 'decision',
  question: 'approval',
  event: 'event',
};

const errorSchema = z.object({ code: z.string(), message: z.string() });
const modelResultSchema = z.object({
  model: z.string(),
  usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }),
});

/** A step. */
export function stepToWire(step: RunStep): WireStep {
  const failed = step.status === 'failed';
  const called = step.kind === 'model' ? modelResultSchema.safeParse(step.output).data : undefined;
  return {
    sequence: step.seq,
    kind: stepKinds[step.kind],
    name: step.name,
    status: step.status,
    started_at: step.startedAt,
    completed_at: step.completedAt,
    duration_ms: durationOf(step.startedAt, step.completedAt),
    input: step.input,
    output: failed ? null : step.output,
    error: failed ? errorOf(step.output) : null,
    model: called?.model ?? null,
    prompt_tokens: called?.usage.inputTokens ?? 0,
    completion_tokens: called?.usage.outputTokens ?? 0,
    cost_usd: formatUsd(step.costMicroUsd),
  };
}

function errorOf(output: JsonValue): { code: string; message: string } {
  return errorSchema.safeParse(output).data ?? { code: 'internal', message: JSON.stringify(output) };
}

/** An entry of a journal. */
export function entryToWire(entry: JournalEntry): WireEntry {
  return {
    sequence: entry.seq,
    type: entry.kind,
    step: entry.step,
    timestamp: entry.recordedAt,
    payload: entry.payload,
    hash: entry.hash,
  };
}

/** Rows by type and status as the figures of a period. */
export function statisticsToWire(
  workspaceId: string,
  periodDays: number,
  rows: readonly RunStatsRow[],
): RunStatistics {
  const sum = (of: (row: RunStatsRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const runsOf = (status: RunStatsRow['status']): number =>
    sum((row) => (row.status === status ? row.runs : 0));
  const finished = sum((row) => row.finished);
  const longest = rows.flatMap((row) => row.durationMsMax ?? []);
  return {
    workspace_id: workspaceId,
    period_days: periodDays,
    total_runs: sum((row) => row.runs),
    completed_runs: runsOf('completed'),
    failed_runs: runsOf('failed'),
    running_runs: runsOf('running'),
    cancelled_runs: runsOf('cancelled'),
    runs_by_status: Object.fromEntries(rows.map((row) => [row.status, runsOf(row.status)])),
    runs_by_type: Object.fromEntries(
      rows.map((row) => [row.runType, sum((other) => (other.runType === row.runType ? other.runs : 0))]),
    ),
    average_duration_ms:
      finished === 0 ? null : Math.round(sum((row) => (row.durationMsMean ?? 0) * row.finished) / finished),
    maximum_duration_ms: longest.length === 0 ? null : Math.max(...longest),
    total_tokens: sum((row) => row.inputTokens + row.outputTokens),
    cost_usd: formatUsd(sum((row) => row.costMicroUsd)),
  };
}
