import type { Kysely, Selectable, SelectQueryBuilder } from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { JsonObject } from '../models/model.ts';
import type { CostLogRow as CostLogTable, LedgerTables } from './tables.ts';

/** A row of the cost log as it is read. */
export type CostLogRow = Selectable<CostLogTable>;

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
  readonly provider?: string;
  readonly guild?: string;
  /** The month that it was charged to, as `2026-11`. */
  readonly period?: string;
}

/** One attempt's cost, as it was booked; or the difference that an uncertain one turned out to have. */
export interface CostLine {
  readonly callId: string;
  readonly attempt: number;
  /** 0; or 1 for the line that carries the difference when an uncertain cost became known. */
  readonly revision: number;
  readonly period: string;
  /** In the workspace's time zone, as `2026-11-20`. */
  readonly day: string;
  readonly provider: string;
  /** As it was asked for; null when that was not kept. */
  readonly requestedModel: string | null;
  readonly model: string;
  readonly guild: string | null;
  readonly agentId: string | null;
  readonly agentRunId: string | null;
  readonly campaignId: string | null;
  readonly budgetId: string | null;
  readonly correlationId: string | null;
  readonly status: CostLogRow['status'];
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Below zero where a correction gives something back. */
  readonly costMicroUsd: number;
  readonly estimated: boolean;
  readonly priceVersion: string;
  /** What the provider itself said it counted; null when it said nothing. */
  readonly rawUsage: JsonObject | null;
  readonly streamed: boolean;
  readonly latencyMs: number;
  readonly errorCode: string | null;
  readonly createdAt: string;
}

/** A page of lines, newest first. */
export interface CostLinePage {
  readonly items: readonly CostLine[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

const linesMax = 1_000;
const scanPortion = 2_000;

/** The lines that fit a filter. Columns are named with their table, so that others can be joined. */
export function costLinesOf(
  db: Pick<Kysely<LedgerTables>, 'selectFrom'>,
  filter: CostFilter,
): SelectQueryBuilder<LedgerTables, 'cost_logs', object> {
  let query = db.selectFrom('cost_logs');
  if (filter.fromMs !== undefined) query = query.where('cost_logs.created_at_ms', '>=', filter.fromMs);
  if (filter.toMs !== undefined) query = query.where('cost_logs.created_at_ms', '<', filter.toMs);
  if (filter.fromDay !== undefined) query = query.where('cost_logs.day', '>=', filter.fromDay);
  if (filter.toDay !== undefined) query = query.where('cost_logs.day', '<=', filter.toDay);
  const equal = [
    ['period', filter.period],
    ['guild', filter.guild],
    ['agent_id', filter.agentId],
    ['agent_run_id', filter.agentRunId],
    ['campaign_id', filter.campaignId],
    ['correlation_id', filter.correlationId],
    ['provider', filter.provider],
    ['model', filter.model],
  ] as const;
  for (const [column, value] of equal) {
    if (value !== undefined) query = query.where(`cost_logs.${column}`, '=', value);
  }
  return query;
}

/** One page, newest first. Throws `invalid_input`. */
export async function pageOfLines(
  lines: SelectQueryBuilder<LedgerTables, 'cost_logs', object>,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<CostLinePage> {
  if (!Number.isInteger(limit) || limit < 1 || limit > linesMax) {
    throw new RaptorFlowError('invalid_input', `limit must be a whole number from 1 to ${linesMax}.`);
  }
  const after = cursor === undefined ? undefined : readCursor(cursor);
  let query = lines.selectAll('cost_logs');
  if (after !== undefined) {
    const { atMs, callId, attempt, revision } = after;
    query = query.where((row) =>
      row.or([
        row('created_at_ms', '<', atMs),
        row.and([row('created_at_ms', '=', atMs), row('call_id', '<', callId)]),
        row.and([
          row('created_at_ms', '=', atMs),
          row('call_id', '=', callId),
          row.or([
            row('attempt', '<', attempt),
            row.and([row('attempt', '=', attempt), row('revision', '<', revision)]),
          ]),
        ]),
      ]),
    );
  }
  // One more than asked for tells whether there is another page.
  const rows = await query
    .orderBy('created_at_ms', 'desc')
    .orderBy('call_id', 'desc')
    .orderBy('attempt', 'desc')
    .orderBy('revision', 'desc')
    .limit(limit + 1)
    .execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toLine),
    nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null,
  };
}

/**
 * Every line, the oldest call first and the lines of an attempt one after the other, in portions: at most `scannedMax` of them.
 * Ids of calls are made in the order of time.
 */
export async function* scanLines(
  linesFrom: () => SelectQueryBuilder<LedgerTables, 'cost_logs', object>,
  scannedMax: number,
): AsyncIterable<readonly CostLine[]> {
  let left = scannedMax;
  let last: CostLogRow | undefined;
  while (left > 0) {
    let query = linesFrom().selectAll('cost_logs');
    if (last !== undefined) {
      const { call_id: callId, attempt, revision } = last;
      query = query.where((row) =>
        row.or([
          row('call_id', '>', callId),
          row.and([row('call_id', '=', callId), row('attempt', '>', attempt)]),
          row.and([
            row('call_id', '=', callId),
            row('attempt', '=', attempt),
            row('revision', '>', revision),
          ]),
        ]),
      );
    }
    const portion = Math.min(scanPortion, left);
    const rows = await query
      .orderBy('call_id')
      .orderBy('attempt')
      .orderBy('revision')
      .limit(portion)
      .execute();
    if (rows.length > 0) yield rows.map(toLine);
    if (rows.length < portion) return;
    left -= rows.length;
    last = rows.at(-1);
  }
}

const cursorOf = (row: CostLogRow): string =>
  `${row.created_at_ms}:${row.attempt}:${row.revision}:${row.call_id}`;

function readCursor(cursor: string): { atMs: number; callId: string; attempt: number; revision: number } {
  const [, atMs, attempt, revision, callId] = /^(\d{1,15}):(\d{1,9}):([01]):(.{1,200})$/u.exec(cursor) ?? [];
  if (callId === undefined) {
    throw new RaptorFlowError(
      'invalid_input',
      'The cursor is not one of this list; begin again without a cursor.',
    );
  }
  return { atMs: Number(atMs), callId, attempt: Number(attempt), revision: Number(revision) };
}

function toLine(row: CostLogRow): CostLine {
  return {
    callId: row.call_id,
    attempt: row.attempt,
    revision: row.revision,
    period: row.period,
    day: row.day,
    provider: row.provider,
    requestedModel: row.requested_model,
    model: row.model,
    guild: row.guild,
    agentId: row.agent_id,
    agentRunId: row.agent_run_id,
    campaignId: row.campaign_id,
    budgetId: row.budget_id,
    correlationId: row.correlation_id,
    status: row.status,
    inputTokens: row.input_tokens,
    cachedInputTokens: row.cached_input_tokens,
    cacheWriteTokens: row.cache_write_tokens,
    outputTokens: row.output_tokens,
    reasoningTokens: row.reasoning_tokens,
    costMicroUsd: row.cost_micro_usd,
    estimated: row.estimated === 1,
    priceVersion: row.price_version,
    rawUsage: row.raw_usage === null ? null : (JSON.parse(row.raw_usage) as JsonObject),
    streamed: row.streamed === 1,
    latencyMs: row.latency_ms,
    errorCode: row.error_code,
    createdAt: new Date(row.created_at_ms).toISOString(),
  };
}
