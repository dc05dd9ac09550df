/** A trace in the words of the wire: the tree as a list, parents before their children, and what was run and called for it. */
import type {
  BusTrace,
  BusTraceCall,
  BusTraceEvent,
  BusTraceHandling,
  BusTraceRun,
} from '@raptorflow/contract';
import { formatUsd, type CostedCall } from '@raptorflow/runtime';
import type { Trace, TraceHandling, TraceNode } from 'raptorflow/bus';
import type { TracedWork, WorkedStory, WorkOf } from '../../compose/trace-work.ts';
import { durationOf, runName } from './runs-wire.ts';

/** A whole trace, with the work that `workOf` tells of the workspaces whose events it shows. */
export async function describeTrace(trace: Trace, workOf: WorkOf): Promise<BusTrace> {
  const events = flatten(trace.roots);
  return traceToWire(trace, events, await workOf(storyOf(trace.requestId, events)));
}

// What stands there of another request brings nothing of its own workspace along.
function storyOf(requestId: string, events: readonly BusTraceEvent[]): WorkedStory {
  const own = events.filter((event) => event.request_id === requestId);
  const workspaceIds = new Set(own.flatMap((event) => event.workspace_id ?? []));
  return { requestId, workspaceIds: [...workspaceIds] };
}

function traceToWire(trace: Trace, events: BusTraceEvent[], work: TracedWork): BusTrace {
  const { counts, cost } = trace;
  return {
    request_id: trace.requestId,
    event_id: trace.eventId,
    started_at: trace.startedAt,
    ended_at: trace.endedAt,
    duration_ms: trace.durationMs,
    settled: trace.isSettled,
    counts: {
      events: counts.events,
      missing: counts.missing,
      attempts: counts.attempts,
      ...counts.handlings,
    },
    cost_usd: cost === null ? null : formatUsd(cost.totalMicroUsd),
    truncated: trace.truncated,
    events,
    runs: work.runs.map(runToWire),
    runs_left_out: work.runsLeftOut,
    calls: work.calls.map(callToWire),
    calls_left_out: work.callsLeftOut,
  };
}

// Without recursion: a story may be as deep as it is long.
function flatten(roots: readonly TraceNode[]): BusTraceEvent[] {
  const events: BusTraceEvent[] = [];
  const open = roots.toReversed().map((node) => ({ node, parentId: null as string | null, depth: 0 }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, parentId, depth } = next;
    events.push(nodeToWire(node, parentId, depth));
    for (const child of node.children.toReversed()) {
      open.push({ node: child, parentId: node.id, depth: depth + 1 });
    }
  }
  return events;
}

function nodeToWire(node: TraceNode, parentId: string | null, depth: number): BusTraceEvent {
  const { event, costMicroUsd } = node;
  return {
    id: node.id,
    parent_id: parentId,
    depth,
    presence: node.presence,
    type: event?.type ?? null,
    channel: event?.channel ?? null,
    workspace_id: event?.workspaceId ?? null,
    source_agent_id: event?.sourceAgentId ?? null,
    destination_guild: event?.destinationGuild ?? null,
    priority: event?.priority ?? null,
    request_id: event?.requestId ?? null,
    hops: event?.hops ?? null,
    timestamp: event?.timestamp ?? null,
    cost_usd: costMicroUsd === null ? null : formatUsd(costMicroUsd),
    handlings: node.handlings.map(handlingToWire),
  };
}

function handlingToWire(handling: TraceHandling): BusTraceHandling {
  return {
    group: handling.group,
    state: handling.state,
    attempts: handling.attempts,
    began_at: handling.beganAt,
    ended_at: handling.endedAt,
    took_ms: handling.tookMs,
    last_error: handling.lastError,
    dead_letter_id: handling.deadLetterId,
  };
}

function runToWire(run: TracedWork['runs'][number]): BusTraceRun {
  return {
    id: run.id,
    event_id: run.causationId,
    parent_run_id: run.parentRunId,
    workspace_id: run.workspaceId,
    agent_id: run.agentId,
    agent_code: run.agent?.code ?? null,
    agent_name: run.agent?.name ?? null,
    run_type: run.runType,
    name: runName(run),
    status: run.status,
    attempt: run.executions,
    error: run.error,
    cost_usd: formatUsd(run.costMicroUsd),
    created_at: run.createdAt,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    duration_ms: durationOf(run.startedAt, run.completedAt),
  };
}

function callToWire(call: CostedCall): BusTraceCall {
  return {
    id: call.callId,
    run_id: call.agentRunId,
    workspace_id: call.workspaceId,
    requested_model: call.requestedModel,
    model: call.model,
    provider: call.provider,
    status: call.status,
    attempts: call.attempts,
    error_code: call.errorCode,
    prompt_tokens: call.inputTokens,
    completion_tokens: call.outputTokens,
    cost_usd: formatUsd(call.costMicroUsd),
    cost_estimated: call.estimated,
    started_at: call.startedAt,
    ended_at: call.endedAt,
    duration_ms: durationOf(call.startedAt, call.endedAt) ?? 0,
  };
}
