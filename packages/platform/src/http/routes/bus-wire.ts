/** The bus's records in the words of the wire. */
import type {
  BusChannel,
  BusChannelDetail,
  BusEvent as WireEvent,
  BusGroup,
  DeadLetter as WireDeadLetter,
} from '@raptorflow/contract';
import {
  matchesPattern,
  type BusEvent,
  type ChannelMetrics,
  type ChannelReport,
  type DeadLetter,
  type GroupReport,
} from 'raptorflow/bus';
import { maskSecrets, maskSecretsIn } from 'raptorflow/kernel';

/** An event, its payload without the secrets that stand in it: whoever handles it reads it from the bus. */
export function eventToWire(event: BusEvent): WireEvent {
  return {
    id: event.id,
    type: event.type,
    channel: event.channel,
    workspace_id: event.workspaceId,
    priority: event.priority,
    source_agent_id: event.sourceAgentId,
    destination_guild: event.destinationGuild,
    request_id: event.requestId,
    causation_id: event.causationId,
    hops: event.hops,
    timestamp: event.timestamp,
    version: String(event.version),
    payload: shownPayload(event.payload),
    expires_at: event.expiresAt,
  };
}

/** A payload as people are shown it. */
export function shownPayload(payload: unknown): Record<string, unknown> {
  const shown = maskSecretsIn(payload);
  return isRecord(shown) ? shown : { value: shown };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A durable subscription. */
export function groupToWire(group: GroupReport): BusGroup {
  return {
    group: group.name,
    channel: group.pattern,
    lag: group.lag,
    in_flight: group.inFlight,
    oldest_unhandled_age_ms: group.oldestUnhandledMs,
    members: group.members,
  };
}

/** A channel with the groups that read it. */
export function channelToWire(
  report: ChannelReport,
  metrics: ChannelMetrics,
  groups: readonly GroupReport[],
  measuredAt: string,
): BusChannel {
  const readers = groups.filter((group) => matchesPattern(group.pattern, report.name)).map(groupToWire);
  return {
    name: report.name,
    kind: kindOf(report.name),
    declared: report.declared,
    retention_seconds: report.retentionMs / 1000,
    stored_events: report.events,
    // The store's own count: what a process counts misses dead letters and whatever other processes publish.
    published: report.published,
    received: metrics.received,
    failed: metrics.failed,
    lag: Math.max(0, ...readers.map((group) => group.lag)),
    groups: readers,
    measured_at: measuredAt,
  };
}

/** The same with its newest events, newest first. */
export function channelDetailToWire(
  report: ChannelReport,
  metrics: ChannelMetrics,
  groups: readonly GroupReport[],
  recent: readonly BusEvent[],
  measuredAt: string,
): BusChannelDetail {
  return {
    ...channelToWire(report, metrics, groups, measuredAt),
    last_event_at: recent[0]?.timestamp ?? null,
    recent_events: recent.map(eventToWire),
  };
}

function kindOf(channel: string): BusChannel['kind'] {
  if (channel === 'sys.global.heartbeat') return 'heartbeat';
  if (channel === 'sys.state.update') return 'state_update';
  if (channel === 'sys.workspace.lifecycle') return 'lifecycle';
  if (channel.startsWith('sys.guild.')) return 'guild_broadcast';
  if (channel.startsWith('sys.alert.')) return 'alert';
  if (channel.startsWith('sys.reply.')) return 'reply';
  return channel.startsWith('sys.dlq.') ? 'dlq' : 'other';
}

/** A dead letter. */
export function deadLetterToWire(letter: DeadLetter): WireDeadLetter {
  const whole = isRecord(letter.event.payload);
  return {
    id: letter.id,
    original_channel: letter.channel,
    group: letter.group,
    reason: letter.reason,
    error: { name: letter.error.name, message: letter.error.message, stack: letter.error.stack },
    attempts: letter.attempts.map(({ attempt, at, error }) => ({ attempt, at, error })),
    workspace_id: letter.workspaceId,
    timestamp: letter.deadAt,
    chain:
      letter.chain?.map((link) => ({ event_id: link.eventId, type: link.type, agent_id: link.agentId })) ??
      null,
    event: eventToWire(letter.event),
    body: whole || typeof letter.event.payload !== 'string' ? null : maskSecrets(letter.event.payload),
  };
}
