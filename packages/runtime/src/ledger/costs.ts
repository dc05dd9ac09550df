import { RaptorFlowError } from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import {
  costLinesOf,
  pageOfLines,
  scanLines,
  type CostFilter,
  type CostLine,
  type CostLinePage,
  type CostLogRow,
} from './cost-lines.ts';
import type { LedgerTables } from './tables.ts';

/** What costs can be summed by. */
export const costGroups = ['day', 'model', 'provider', 'guild', 'agent', 'run', 'campaign'] as const;

/** One of `costGroups`. */
export type CostGroup = (typeof costGroups)[number];

/** The sum of one group. */
export interface CostSum {
  /** The day, model, provider, guild, agent, run or campaign; null for calls without one. */
  readonly key: string | null;
  /** Calls, however often each was attempted. */
  readonly calls: number;
  readonly attempts: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Everything booked. Below zero where more was given back than spent: a correction counts on the day that it was made. */
  readonly costMicroUsd: number;
  /** The part of it that nobody knows: holds charged in full until they are reconciled. */
  readonly uncertainMicroUsd: number;
  /** The part of it that is a bound, because the provider told no usage. */
  readonly estimatedMicroUsd: number;
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
  /** The same, page by page. Throws `invalid_input` for a limit out of bounds or a cursor that no page gave. */
  page(
    workspaceId: string,
    filter: CostFilter,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<CostLinePage>;
  /** Every line in portions, the oldest call first and the lines of an attempt together; ends after `linesMax`. */
  scan(workspaceId: string, filter: CostFilter, linesMax: number): AsyncIterable<readonly CostLine[]>;
}

const groupsMax = 1_000;
const attemptsOfCallsMax = 20_000;

const columnOf = {
  day: 'day',
  model: 'model',
  provider: 'provider',
  guild: 'guild',
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
    const [rows, open] = await Promise.all([
      this.#sums(workspaceId, filter)
        .select(`cost_logs.${column} as key`)
        .groupBy(`cost_logs.${column}`)
        .limit(groupsMax)
        .execute(),
      this.#uncertain(workspaceId, filter)
        .select(`cost_logs.${column} as key`)
        .groupBy(`cost_logs.${column}`)
        .limit(groupsMax)
        .execute(),
    ]);
    const uncertain = new Map(open.map((row) => [row.key, Number(row.amount ?? 0)]));
    const sums = rows.map((row) => toSum(row.key ?? null, row, uncertain.get(row.key) ?? 0));
    return group === 'day'
      ? sums.toSorted((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1))
      : sums.toSorted((a, b) => b.costMicroUsd - a.costMicroUsd || b.attempts - a.attempts);
  }

  async total(workspaceId: string, filter: CostFilter = {}): Promise<CostSum> {
    const [row, open] = await Promise.all([
      this.#sums(workspaceId, filter).executeTakeFirst(),
      this.#uncertain(workspaceId, filter).executeTakeFirst(),
    ]);
    return toSum(null, row ?? {}, Number(open?.amount ?? 0));
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
    return (await this.page(workspaceId, filter, { limit })).items;
  }

  page(
    workspaceId: string,
    filter: CostFilter,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<CostLinePage> {
    return pageOfLines(this.#lines(workspaceId, filter), page);
  }

  scan(workspaceId: string, filter: CostFilter, linesMax: number): AsyncIterable<readonly CostLine[]> {
    return scanLines(() => this.#lines(workspaceId, filter), linesMax);
  }

  #lines(workspaceId: string, filter: CostFilter) {
    return costLinesOf(this.#db.forWorkspace<LedgerTables>(workspaceId), filter);
  }

  #sums(workspaceId: string, filter: CostFilter) {
    return this.#lines(workspaceId, filter).select(({ fn }) => [
      fn.count('call_id').distinct().as('calls'),
      // A correction is a line of its own, and no attempt.
      fn.count('call_id').filterWhere('revision', '=', 0).as('attempts'),
      fn.sum('input_tokens').as('input_tokens'),
      fn.sum('output_tokens').as('output_tokens'),
      fn.sum('cost_micro_usd').as('cost_micro_usd'),
      fn
        .sum('cost_micro_usd')
        .filterWhere('estimated', '=', 1)
        .filterWhere('status', '=', 'completed')
        .as('estimated_micro_usd'),
    ]);
  }

  // What was uncertain and has been reconciled keeps its first line, so the hold says what still is.
  #uncertain(workspaceId: string, filter: CostFilter) {
    return this.#lines(workspaceId, filter)
      .innerJoin('holds', (join) =>
        join
          .onRef('holds.call_id', '=', 'cost_logs.call_id')
          .onRef('holds.attempt', '=', 'cost_logs.attempt')
          .on('holds.state', '=', 'uncertain'),
      )
      .where('cost_logs.revision', '=', 0)
      .select(({ fn }) => fn.sum('cost_logs.cost_micro_usd').as('amount'));
  }
}

type SumColumn =
  | 'calls'
  | 'attempts'
  | 'input_tokens'
  | 'output_tokens'
  | 'cost_micro_usd'
  | 'estimated_micro_usd';

// Sums come as text from PostgreSQL and are null over no rows.
function toSum(
  key: string | null,
  row: { readonly [column in SumColumn]?: unknown },
  uncertainMicroUsd: number,
): CostSum {
  return {
    key,
    calls: Number(row.calls ?? 0),
    attempts: Number(row.attempts ?? 0),
    inputTokens: Number(row.input_tokens ?? 0),
    outputTokens: Number(row.output_tokens ?? 0),
    costMicroUsd: Number(row.cost_micro_usd ?? 0),
    uncertainMicroUsd,
    estimatedMicroUsd: Number(row.estimated_micro_usd ?? 0),
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
