/** How summaries of agents and of the workspace's work look on the wire. */
import type { WireAgentMetrics, WirePerformance } from '@raptorflow/contract';
import {
  formatUsd,
  type Agent,
  type AgentRunStats,
  type RunStatsRow,
  type Span,
  type ToolUseStats,
} from '@raptorflow/runtime';

const iso = (ms: number): string => new Date(ms).toISOString();

/** An answer of this resource, with its sentence for people. */
export function success<Data>(
  data: Data,
  message: string,
): { status: 'success'; data: Data; message: string } {
  return { status: 'success', data, message };
}

/** An agent's summary; `stats` is undefined when it has no runs since that began. */
export function agentMetricsToWire(agent: Agent, stats: AgentRunStats | undefined): WireAgentMetrics {
  const successful = stats?.completed ?? 0;
  const failed = stats?.failed ?? 0;
  return {
    agent_id: agent.id,
    workspace_id: agent.workspaceId,
    total_executions: stats?.runs ?? 0,
    running_executions: stats?.running ?? 0,
    successful_executions: successful,
    failed_executions: failed,
    success_rate: percentOf(successful, successful + failed),
    error_rate: successful + failed === 0 ? null : failed / (successful + failed),
    average_execution_time_ms: stats?.durationMsMean ?? null,
    total_tokens_used: (stats?.inputTokens ?? 0) + (stats?.outputTokens ?? 0),
    total_cost_usd: formatUsd(stats?.costMicroUsd ?? 0),
    last_execution_time: stats?.lastRunAt ?? null,
    counted_since: agent.summarySince === null ? null : iso(agent.summarySince),
    created_at: iso(agent.createdAt),
    updated_at: iso(agent.updatedAt),
  };
}

/** The work of a workspace within a span. */
export function performanceToWire(
  minutes: number,
  span: Span,
  rows: readonly RunStatsRow[],
  tools: ToolUseStats,
): WirePerformance {
  const sum = (of: (row: RunStatsRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const runsOf = (status: RunStatsRow['status']): number =>
    sum((row) => (row.status === status ? row.runs : 0));
  const finished = sum((row) => row.finished);
  const longest = rows.flatMap((row) => row.durationMsMax ?? []);
  const [total, successful, failed] = [sum((row) => row.runs), runsOf('completed'), runsOf('failed')];
  return {
    time_window_minutes: minutes,
    summary: { total, successful, failed, success_rate: percentOf(successful, successful + failed) },
    performance: {
      average_execution_time_ms:
        finished === 0 ? null : Math.round(sum((row) => (row.durationMsMean ?? 0) * row.finished) / finished),
      maximum_execution_time_ms: longest.length === 0 ? null : Math.max(...longest),
      total_llm_cost_usd: formatUsd(sum((row) => row.costMicroUsd)),
      total_tokens: sum((row) => row.inputTokens + row.outputTokens),
      average_tool_time_ms: tools.durationMsMean,
      total_executions: total,
      total_tool_executions: tools.calls,
      failed_tool_executions: tools.failed,
    },
    timestamp_range: { start: iso(span.fromMs), end: iso(span.toMs) },
  };
}

function percentOf(part: number, whole: number): number | null {
  return whole === 0 ? null : (100 * part) / whole;
}
