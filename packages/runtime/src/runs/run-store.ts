import { z } from 'zod';
import type { JsonObject } from '../models/model.ts';
import type { JournalEntry, EntryContent } from './journal-entry.ts';
import type { Alongside } from './run-audit.ts';
import type { Run, RunError, RunStatus, StartRun, WaitReason } from './run.ts';

/** The right to write one run's journal: taken by one execution after another, of which only the last can write. */
export interface RunClaim {
  readonly workspaceId: string;
  readonly runId: string;
  /** Counts executions; an older one is refused. */
  readonly execution: number;
}

/** Which runs to list, newest first. */
export interface RunFilter {
  readonly status?: RunStatus;
  readonly runType?: string;
  readonly agentId?: string;
  readonly campaignId?: string;
  readonly parentRunId?: string;
  /** Runs older than this one. */
  readonly before?: string;
  /** Default 50, at most 500. */
  readonly limit?: number;
}

/** A span of time, half open, in milliseconds since 1970. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Runs of one type and status within a span. */
export interface RunStatsRow {
  readonly runType: string;
  readonly status: RunStatus;
  readonly runs: number;
  readonly costMicroUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** How many of them began and finished. */
  readonly finished: number;
  /** Of the finished ones, from start to end. */
  readonly durationMsMean: number | null;
  readonly durationMsMax: number | null;
}

/** What one agent has done. */
export interface AgentRunStats {
  readonly agentId: string;
  readonly runs: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly costMicroUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of those that began and finished; null when none has. */
  readonly durationMsMean: number | null;
  /** When its newest run was stored. */
  readonly lastRunAt: string;
}

/** Of which runs to sum up what agents have done; absent fields do not restrict. */
export interface AgentStatsFilter {
  readonly agentId?: string;
  /** Runs that were stored then or later, in milliseconds since 1970. */
  readonly sinceMs?: number;
}

/** How a run's row follows from what is appended. */
export interface RunChange {
  readonly status?: RunStatus;
  readonly output?: string;
  readonly error?: RunError;
  readonly waitReason?: WaitReason | null;
  readonly model?: string;
  readonly addCostMicroUsd?: number;
  readonly addInputTokens?: number;
  readonly addOutputTokens?: number;
}

/** Where runs and their journals are kept. Every change is one transaction, durable when it resolves. */
export interface RunStore {
  /** Stores a run with the first entry of its journal, or answers the run that has the same key. */
  insert(start: StartRun, id: string): Promise<Run>;
  find(workspaceId: string, runId: string): Promise<Run | null>;
  list(workspaceId: string, filter: RunFilter): Promise<readonly Run[]>;
  journal(workspaceId: string, runId: string): Promise<readonly JournalEntry[]>;
  /** Takes the run over; refuses with `run_not_executable` when it waits or is final. */
  claim(workspaceId: string, runId: string): Promise<RunClaim>;
  /**
   * Appends and changes the row together, with whatever `alongside` writes. Refuses with `run_not_executable` when a later execution
   * holds the run.
   */
  append(
    claim: RunClaim,
    entry: EntryContent | null,
    change: RunChange,
    alongside?: Alongside,
  ): Promise<AppendResult>;
  /** Appends for a person, to a run in one of these states. Refuses with `run_not_executable` otherwise. */
  intervene(
    workspaceId: string,
    runId: string,
    from: readonly RunStatus[],
    entry: EntryContent,
    change: RunChange,
    alongside?: Alongside,
  ): Promise<Run>;
  /** Notes that a run which another process executes shall be cancelled. */
  requestCancel(workspaceId: string, runId: string, reason: string): Promise<void>;
  stats(workspaceId: string, span: Span): Promise<readonly RunStatsRow[]>;
  /** Agents that have runs; of one agent, or of runs stored since a moment, when that is asked. */
  statsByAgent(workspaceId: string, filter?: AgentStatsFilter): Promise<readonly AgentRunStats[]>;
}

/** What an executor learns from an append. */
export interface AppendResult {
  /** The reason given by somebody who wants the run cancelled, or null. */
  readonly cancelRequested: string | null;
}

/** What an entry changes in the run's row: the row is a reading of the journal. */
export function changeOf(entry: EntryContent): RunChange {
  const { kind, payload } = entry;
  if (kind === 'run_completed')
    return { status: 'completed', output: JSON.stringify(payload['output'] ?? null) };
  if (kind === 'run_failed') return { status: 'failed', error: errorIn(payload) };
  if (kind === 'run_stopped') {
    return { status: payload['status'] === 'cancelled' ? 'cancelled' : 'failed', error: errorIn(payload) };
  }
  return kind === 'model_answered' ? spentBy(payload) : {};
}

const recordedError = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const count = z.number().catch(0);
const recordedCost = z.object({
  result: z.object({
    model: z.string().optional(),
    costMicroUsd: count,
    usage: z.object({ inputTokens: count, outputTokens: count }),
  }),
});

function errorIn(payload: JsonObject): RunError {
  return recordedError.parse(payload).error;
}

function spentBy(payload: JsonObject): RunChange {
  const { result } = recordedCost.parse(payload);
  return {
    ...(result.model !== undefined && { model: result.model }),
    addCostMicroUsd: result.costMicroUsd,
    addInputTokens: result.usage.inputTokens,
    addOutputTokens: result.usage.outputTokens,
  };
}
