import { z } from 'zod';
import { listIssues, RaptorFlowError } from '../../kernel/index.ts';
import type { Aggregation, SeriesKind, Tags } from './sampled.ts';
import type { ResolvedHistoryOptions } from './options.ts';

/** How the points of a step are summed up: one of the registry's aggregations, the last value, or any percentile from 0 to 100. */
export type HistoryAggregation = Aggregation | 'last' | { readonly percentile: number };

/** What is asked of a history. */
export interface HistoryQuery {
  readonly metric: string;
  /** Series whose tags contain all of these. */
  readonly tags?: Tags;
  /** The same as the tag `workspace_id`. */
  readonly workspaceId?: string;
  /** The same as the tag `agent_id`. */
  readonly agentId?: string;
  /**
   * Epoch milliseconds; the beginning is outside, the end inside. The beginning is rounded down to the resolution, and the end up to a whole number of
   * steps from there; where no step is asked for, both are multiples of the step.
   */
  readonly from: number;
  readonly to: number;
  /** Milliseconds from point to point; rounded up to a multiple of the resolution. By default so that there are at most 300 points. */
  readonly step?: number;
  /** By default the increase of a counter, the average of a gauge or histogram. */
  readonly aggregation?: HistoryAggregation;
  /** Series in the answer, in the order of their tags. Default 100. */
  readonly limit?: number;
  readonly offset?: number;
}

/** One step of a series. */
export interface HistoryPoint {
  /** The end of the step, epoch milliseconds; the step contains it. */
  readonly at: number;
  /** Null when nothing was sampled or recorded in the step. */
  readonly value: number | null;
  /** How wrong the value can be, relative to the true one: 0 where it is exact, infinite where it is clipped. */
  readonly relativeError: number;
  /** True when the value lies outside of the range of its histogram and only the side is known. */
  readonly clipped: boolean;
}

/** One series of an answer: all processes' series with these tags. */
export interface HistorySeries {
  readonly tags: Tags;
  readonly kind: SeriesKind;
  readonly unit: string;
  /** The processes that have recorded it. */
  readonly sources: readonly string[];
  readonly points: readonly HistoryPoint[];
}

/** What a history answers. */
export interface HistoryAnswer {
  readonly series: readonly HistorySeries[];
  /** Series that match, also beyond `limit`. */
  readonly total: number;
  /** The range as it was answered, in whole steps. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** The step of the resolution that was read. The newest part, where that has no points yet, comes from finer ones. */
  readonly resolutionMs: number;
  /** Blocks and frames that are damaged; what they held is missing from the points. */
  readonly damaged: number;
}

/** A query that was checked. */
export interface CheckedQuery {
  readonly metric: string;
  readonly tags: Tags;
  readonly from: number;
  readonly to: number;
  readonly step: number | undefined;
  readonly aggregation: HistoryAggregation | undefined;
  readonly limit: number;
  readonly offset: number;
}

const seriesByDefault = 100;

const moment = z.number().min(0).max(8.64e15);
const aggregation = z.union([
  z.enum(['sum', 'average', 'min', 'max', 'count', 'p50', 'p95', 'p99', 'rate', 'last']),
  z.strictObject({ percentile: z.number().min(0).max(100) }),
]);
const selection = z.strictObject({
  metric: z.string().min(1),
  tags: z.record(z.string(), z.string()).optional(),
  workspaceId: z.string().optional(),
  agentId: z.string().optional(),
});
const range = z.strictObject({
  from: moment,
  to: moment,
  step: z.int().positive().optional(),
  aggregation: aggregation.optional(),
  limit: z.int().positive().optional(),
  offset: z.int().min(0).default(0),
});
const querySchema = z
  .strictObject({ ...selection.shape, ...range.shape })
  .refine(({ from, to }) => from < to, { message: 'must be earlier than to', path: ['from'] });

/** Checks a query. Throws `invalid_input` with everything that is wrong with it. */
export function checkQuery(query: HistoryQuery, { limits }: ResolvedHistoryOptions): CheckedQuery {
  const result = querySchema.safeParse(query);
  if (!result.success) {
    const issues = listIssues(result.error);
    const lines = issues.map(({ path, message }) => `${path}: ${message}`);
    throw new RaptorFlowError('invalid_input', `The history cannot answer this query: ${lines.join('; ')}.`, {
      details: { issues },
    });
  }
  const { metric, tags, workspaceId, agentId, from, to, step, offset } = result.data;
  const limit = result.data.limit ?? Math.min(seriesByDefault, limits.seriesPerAnswerMax);
  if (limit > limits.seriesPerAnswerMax)
    throw tooMuch('series', limit, 'seriesPerAnswerMax', limits.seriesPerAnswerMax);
  return {
    metric,
    tags: tagsOf(tags, workspaceId, agentId),
    from,
    to,
    step,
    aggregation: result.data.aggregation,
    limit,
    offset,
  };
}

/** Tags, with those that have a name of their own in queries. */
function tagsOf(tags: Tags | undefined, workspaceId?: string, agentId?: string): Tags {
  return {
    ...tags,
    ...(workspaceId === undefined ? {} : { workspace_id: workspaceId }),
    ...(agentId === undefined ? {} : { agent_id: agentId }),
  };
}

/** The error of an answer that would be too large. */
export function tooMuch(what: string, asked: number, name: string, max: number): RaptorFlowError {
  return new RaptorFlowError(
    'invalid_input',
    `The answer would have ${asked} ${what}, and ${name} is ${max}; ask for a shorter range, a longer step or fewer series.`,
    { details: { [name]: max, asked } },
  );
}
