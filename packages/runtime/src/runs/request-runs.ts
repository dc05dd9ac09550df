import { RaptorFlowError } from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import type { Run, RunError, RunStatus } from './run.ts';
import { statusOf, timeOf } from './run-rows.ts';
import type { AgentRunRow, RunTables } from './tables.ts';

/** A run as the story of its request tells it: without what went in and what came out, which may be large. */
export interface RequestRun extends Pick<
  Run,
  | 'id'
  | 'workspaceId'
  | 'agentId'
  | 'causationId'
  | 'parentRunId'
  | 'runType'
  | 'key'
  | 'executions'
  | 'costMicroUsd'
  | 'createdAt'
  | 'startedAt'
  | 'completedAt'
> {
  readonly status: RunStatus;
  readonly error: RunError | null;
}

/** The runs of one request. */
export interface RequestRunsFound {
  /** Oldest first, as many as were asked for. */
  readonly runs: readonly RequestRun[];
  /** How many there are. */
  readonly total: number;
}

/** Reads which runs a request, or an event, set off. */
export interface RequestRuns {
  /** Those of one workspace. `limit`: at most 5,000, else `invalid_input`. */
  list(workspaceId: string, correlationId: string, limit: number): Promise<RequestRunsFound>;
}

const limitMax = 5_000;

const columns = [
  'id',
  'workspace_id',
  'agent_id',
  'causation_id',
  'parent_run_id',
  'run_type',
  'run_key',
  'status',
  'error_code',
  'error_message',
  'executions',
  'cost_micro_usd',
  'created_at_ms',
  'started_at_ms',
  'completed_at_ms',
] as const satisfies readonly (keyof AgentRunRow)[];

/** Builds the reader over the relational core. */
export function createRequestRuns(db: Database): RequestRuns {
  return {
    async list(workspaceId, correlationId, limit) {
      if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) {
        throw new RaptorFlowError('invalid_input', `limit must be a whole number from 1 to ${limitMax}.`);
      }
      const ofRequest = db
        .forWorkspace<RunTables>(workspaceId)
        .selectFrom('agent_runs')
        .where('correlation_id', '=', correlationId);
      // Ids are made in the order of time.
      const rows = await ofRequest.select(columns).orderBy('id').limit(limit).execute();
      const runs = rows.map(toRequestRun);
      // Counting is a second look, which is only needed when there may be more.
      if (runs.length < limit) return { runs, total: runs.length };
      const counted = await ofRequest.select((run) => run.fn.countAll().as('runs')).executeTakeFirst();
      return { runs, total: Number(counted?.runs ?? runs.length) };
    },
  };
}

function toRequestRun(row: Pick<AgentRunRow, (typeof columns)[number]>): RequestRun {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    agentId: row.agent_id,
    causationId: row.causation_id,
    parentRunId: row.parent_run_id,
    runType: row.run_type,
    key: row.run_key,
    status: statusOf(row),
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    executions: row.executions,
    costMicroUsd: row.cost_micro_usd,
    createdAt: timeOf(row.created_at_ms),
    startedAt: row.started_at_ms === null ? null : timeOf(row.started_at_ms),
    completedAt: row.completed_at_ms === null ? null : timeOf(row.completed_at_ms),
  };
}
