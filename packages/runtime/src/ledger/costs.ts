import { RaptorFlowError } from 'raptorflow/kernel';
import type { Selectable } from 'kysely';
import type { Database } from '../db/index.ts';
import type { CostLogRow as CostLogTable, LedgerTables } from './tables.ts';

type CostLogRow = Selectable<CostLogTable>;

/** What costs can be summed by. */
export const costGroups = ['day', 'model', 'agent', 'run', 'campaign'] as const;

/** One of `costGroups`. */
export type CostGroup = (typeof costGroups)[number];

/** Which cost lines: everything is optional and joined by "and". Times are milliseconds since 1970, half open. */
export interface CostFilter {
  readonly fromMs?: number;
  readonly toMs?: number;
  /** First day, in the workspace's time zone, as `2026-11-20`. */
  readonly fromDay?: string;
  /** Last day, included. */
  readonly toDay?: string;
  readonly agentId?: string;
  readonly agentRunId?: string;
  readonly campaignId?: string;
  /** The request or event that the calls were made for. */
  readonly correlationId?: string;
  readonly model?: string;
}

/** The sum of one group. */
export interface CostSum {
  /** The day, model, agent, run or campaign; null for calls without one. */
  readonly key: string | null;
  /** Calls, however often each was attempted. */
  readonly calls: number;
  readonly attempts: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicroUsd: number;
}

/** One attempt's cost, as it was booked. */
export interface CostLine {
  readonly callId: string;
  readonly attempt: number;
  readonly provider: string;
  readonly model: string;
  readonly agentId: string | null;
  readonly agentRunId: string | null;
  readonly campaignId: string | null;
  readonly status: CostLogRow['status'];
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly costMicroUsd: number;
  readonly estimated: boolean;
  readonly priceVersion: string;
  readonly latencyMs: number;
  readonly errorCode: string | null;
  readonly createdAt: string;
}

/** One call with all its attempts, as the story of its request tells it. Times are RFC 3339. */
export interface CostedCall {
  readonly callId: string;
  readonly workspaceId: string;
  readonly agentRunId: string | null;
  readonly provider: string;
  /** As it was asked for; null when that was not kept. */
  readonly requestedModel: string | null;
  readonly model: string;
  readonly attempts: number;
  /** How the last attempt ended. */
  readonly status: CostLogRow['status'];
  readonly errorCode: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicroUsd: number;
  readonly estimated: boolean;
  /** When the first attempt began. */
  readonly startedAt: string;
  /** When the last one was booked. */
  readonly endedAt: string;
}

/** The calls that fit a filter. */
export interface CostedCalls {
  /** Oldest first, each whole. */
  readonly calls: readonly CostedCall[];
  /** How many there are. */
  readonly total: number;
}

/** Reads the cost log. */
export interface Costs {
  /** Sums by group: days in order, everything else dearest first. At most 1,000 groups. */
  sumBy(workspaceId: string, group: CostGroup, filter?: CostFilter): Promise<readonly CostSum[]>;
  /** The sum of everything that fits. */
  total(workspaceId: string, filter?: CostFilter): Promise<CostSum>;
  /** Calls whose attempts have ended, oldest first: as many as `attemptsMax` (at most 20,000) attempts make up. */
  calls(workspaceId: string, filter: CostFilter, attemptsMax: number): Promise<CostedCalls>;
  /** Single attempts, newest first. `limit`: default 100, at most 1,000. */
  list(workspaceId: string, filter?: CostFilter, limit?: number): Promise<readonly CostLine[]>;
}

const groupsMax = 1_000;
const linesMax = 1_000;
const attemptsOfCallsMax = 20_000;

const columnOf = {
  day: 'day',
  model: 'model',
  agent: 'agent_id',
  run: 'agent_run_id',
  campaign: 'campaign_id',
} as const satisfies Record<CostGroup, keyof CostLogRow>;

/** Builds the reader over the relational core. */
export function createCosts(db: Database): Costs {
  return new CostReader(db);
}

class CostReader implements Costs {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async sumBy(workspaceId: string, group: CostGroup, filter: CostFilter = {}): Promise<readonly CostSum[]> {
    const column = columnOf[group];
    const rows = await this.#lines(workspaceId, filter)
      .select(column)
      .select(({ fn }) => [
        fn.count('call_id').distinct().as('calls'),
        // A correction is a line of its own, and no attempt.
        fn.count('call_id').filterWhere('revision', '=', 0).as('attempts'),
        fn.sum('input_tokens').as('input_tokens'),
        fn.sum('output_tokens').as('output_tokens'),
        fn.sum('cost_micro_usd').as('cost_micro_usd'),
      ])
      .groupBy(column)
      .limit(groupsMax)
      .execute();
    const sums = rows.map((row) => toSum(row[column] ?? null, row));
    return group === 'day'
      ? sums.toSorted((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1))
      : sums.toSorted((a, b) => b.costMicroUsd - a.costMicroUsd || b.attempts - a.attempts);
  }

  async total(workspaceId: string, filter: CostFilter = {}): Promise<CostSum> {
    const row = await this.#lines(workspaceId, filter)
      .select(({ fn }) => [
        fn.count('call_id').distinct().as('calls'),
        // A correction is a line of its own, and no attempt.
        fn.count('call_id').filterWhere('revision', '=', 0).as('attempts'),
        fn.sum('input_tokens').as('input_tokens'),
        fn.sum('output_tokens').as('output_tokens'),
        fn.sum('cost_micro_usd').as('cost_micro_usd'),
      ])
      .executeTakeFirst();
    return toSum(null, row ?? {});
  }

  async calls(workspaceId: string, filter: CostFilter, attemptsMax: number): Promise<CostedCalls> {
    if (!Number.isInteger(attemptsMax) || attemptsMax < 1 || attemptsMax > attemptsOfCallsMax) {
      throw new RaptorFlowError(
        'invalid_input',
        `attemptsMax must be a whole number from 1 to ${attemptsOfCallsMax}.`,
      );
    }
    // Ids of calls are made in the order of time. One attempt more tells whether the last call is whole.
    const rows = await this.#lines(workspaceId, filter)
      .select(callColumns)
      .orderBy('call_id')
      .orderBy('attempt')
      .limit(attemptsMax + 1)
      .execute();
    const isCut = rows.length > attemptsMax;
    const byCall = Map.groupBy(rows, (row) => row.call_id);
    if (isCut) byCall.delete(rows.at(-1)?.call_id ?? '');
    const calls = [...byCall.values()].map(toCall);
    return { calls, total: isCut ? (await this.total(workspaceId, filter)).calls : calls.length };
  }

  async list(workspaceId: string, filter: CostFilter = {}, limit = 100): Promise<readonly CostLine[]> {
    if (!Number.isInteger(limit) || limit < 1 || limit > linesMax) {
      throw new RaptorFlowError('invalid_input', `limit must be a whole number from 1 to ${linesMax}.`);
    }
    const rows = await this.#lines(workspaceId, filter)
      .selectAll()
      .orderBy('created_at_ms', 'desc')
      .orderBy('call_id', 'desc')
      .orderBy('attempt', 'desc')
      .limit(limit)
      .execute();
    return rows.map(toLine);
  }

  #lines(workspaceId: string, filter: CostFilter) {
    let query = this.#db.forWorkspace<LedgerTables>(workspaceId).selectFrom('cost_logs');
    if (filter.fromMs !== undefined) query = query.where('created_at_ms', '>=', filter.fromMs);
    if (filter.toMs !== undefined) query = query.where('created_at_ms', '<', filter.toMs);
    if (filter.fromDay !== undefined) query = query.where('day', '>=', filter.fromDay);
    if (filter.toDay !== undefined) query = query.where('day', '<=', filter.toDay);
    if (filter.agentId !== undefined) query = query.where('agent_id', '=', filter.agentId);
    if (filter.agentRunId !== undefined) query = query.where('agent_run_id', '=', filter.agentRunId);
    if (filter.campaignId !== undefined) query = query.where('campaign_id', '=', filter.campaignId);
    if (filter.correlationId !== undefined) query = query.where('correlation_id', '=', filter.correlationId);
    if (filter.model !== undefined) query = query.where('model', '=', filter.model);
    return query;
  }
}

type SumColumn = 'calls' | 'attempts' | 'input_tokens' | 'output_tokens' | 'cost_micro_usd';

// Sums come as text from PostgreSQL and are null over no rows.
function toSum(key: string | null, row: { readonly [column in SumColumn]?: unknown }): CostSum {
  return {
    key,
    calls: Number(row.calls ?? 0),
    attempts: Number(row.attempts ?? 0),
    inputTokens: Number(row.input_tokens ?? 0),
    outputTokens: Number(row.output_tokens ?? 0),
    costMicroUsd: Number(row.cost_micro_usd ?? 0),
  };
}

const callColumns = [
  'workspace_id',
  'call_id',
  'agent_run_id',
  'provider',
  'requested_model',
  'model',
  'status',
  'error_code',
  'input_tokens',
  'output_tokens',
  'cost_micro_usd',
  'estimated',
  'latency_ms',
  'created_at_ms',
] as const satisfies readonly (keyof CostLogRow)[];

type CallRow = Pick<CostLogRow, (typeof callColumns)[number]>;

// Rows are of one call, the first attempt first; there is at least one.
function toCall(rows: readonly CallRow[]): CostedCall {
  const [first, last] = [rows.at(0) as CallRow, rows.at(-1) as CallRow];
  const sum = (column: 'input_tokens' | 'output_tokens' | 'cost_micro_usd'): number =>
    rows.reduce((total, row) => total + row[column], 0);
  return {
    callId: last.call_id,
    workspaceId: last.workspace_id,
    agentRunId: last.agent_run_id,
    provider: last.provider,
    requestedModel: last.requested_model,
    model: last.model,
    attempts: rows.length,
    status: last.status,
    errorCode: last.error_code,
    inputTokens: sum('input_tokens'),
    outputTokens: sum('output_tokens'),
    costMicroUsd: sum('cost_micro_usd'),
    estimated: rows.some((row) => row.estimated === 1),
    // A line is written when its attempt has ended.
    startedAt: new Date(first.created_at_ms - first.latency_ms).toISOString(),
    endedAt: new Date(last.created_at_ms).toISOString(),
  };
}

function toLine(row: CostLogRow): CostLine {
  return {
    callId: row.call_id,
    attempt: row.attempt,
    provider: row.provider,
    model: row.model,
    agentId: row.agent_id,
    agentRunId: row.agent_run_id,
    campaignId: row.campaign_id,
    status: row.status,
    inputTokens: row.input_tokens,
    cachedInputTokens: row.cached_input_tokens,
    outputTokens: row.output_tokens,
    reasoningTokens: row.reasoning_tokens,
    costMicroUsd: row.cost_micro_usd,
    estimated: row.estimated === 1,
    priceVersion: row.price_version,
    latencyMs: row.latency_ms,
    errorCode: row.error_code,
    createdAt: new Date(row.created_at_ms).toISOString(),
  };
}
