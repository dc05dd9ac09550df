/** A trace of the bus in the words of the wire: the tree as a list, parents before their children. */
import type { BusTrace, BusTraceEvent, BusTraceHandling } from '@raptorflow/contract';
import { formatUsd } from '@raptorflow/runtime';
import type { Trace, TraceHandling, TraceNode } from 'raptorflow/bus';

/** A whole trace. */
export function traceToWire(trace: Trace): BusTrace {
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
    events: flatten(trace.roots),
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
