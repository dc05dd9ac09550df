import { deadLetterChannel, type DeadLetterReason } from './channel.ts';
import { encodeEvent, fromWire } from './codec.ts';
import type { AttemptRecord, ChainLink, DeadLetter, FailureRecord } from './dead-letter.ts';
import type { StoredDeadLetter } from './engine.ts';

/** What a dead letter is made of. */
export interface DeadLetterParts {
  readonly id: string;
  readonly reason: DeadLetterReason;
  /** Epoch milliseconds. */
  readonly deadAt: number;
  readonly group: string | null;
  readonly error: FailureRecord;
  readonly attempts: readonly AttemptRecord[];
  readonly attemptCount: number;
  /** Of a loop: what led to it. */
  readonly chain?: readonly ChainLink[] | null;
  /** The event given up, encoded. */
  readonly eventBody: string;
}

/** Attempts that a dead letter remembers; the newest are kept. */
export const attemptRecordsMax = 20;

/** The event on `sys.dlq.<reason>`, encoded: the event given up travels inside, whole. */
export function encodeDeadLetter(parts: DeadLetterParts): { type: string; channel: string; body: string } {
  const event = fromWire(JSON.parse(parts.eventBody));
  const type = `dead_letter:${parts.reason}`;
  const channel = deadLetterChannel(parts.reason);
  const { error } = parts;
  const facts = JSON.stringify({
    original_channel: event.channel,
    group: parts.group,
    reason: parts.reason,
    error: { name: error.name, message: error.message, stack: error.stack, code: error.code },
    attempts: parts.attempts,
    attempt_count: parts.attemptCount,
    ...(parts.chain ? { chain: parts.chain.map(linkToWire) } : {}),
  });
  const payload = `${facts.slice(0, -1)},"event":${parts.eventBody}}`;
  const body = encodeEvent(
    {
      id: parts.id,
      type,
      channel,
      workspaceId: event.workspaceId,
      priority: 'normal',
      sourceAgentId: event.sourceAgentId,
      destinationGuild: event.destinationGuild,
      requestId: event.requestId,
      causationId: event.id,
      hops: event.hops + 1,
      trail: null,
      timestamp: new Date(parts.deadAt).toISOString(),
      version: 1,
      orderingKey: null,
      replyTo: null,
      budgetId: event.budgetId,
      expiresAt: null,
    },
    payload,
  );
  return { type, channel, body };
}

interface DeadLetterPayload {
  readonly group: string | null;
  readonly reason: DeadLetterReason;
  readonly error: FailureRecord;
  readonly attempts: readonly AttemptRecord[];
  readonly attempt_count: number;
  readonly chain?: readonly ReturnType<typeof linkToWire>[];
  readonly event: unknown;
}

/** The dead letter that a stored event on `sys.dlq.*` is. */
export function decodeDeadLetter(stored: StoredDeadLetter): DeadLetter {
  const letter = fromWire(JSON.parse(stored.body));
  const payload = letter.payload as DeadLetterPayload;
  const event = fromWire(payload.event);
  return {
    id: letter.id,
    reason: payload.reason,
    deadAt: letter.timestamp,
    channel: event.channel,
    group: payload.group,
    workspaceId: letter.workspaceId,
    error: payload.error,
    attempts: payload.attempts,
    attemptCount: payload.attempt_count,
    chain: payload.chain?.map(linkFromWire) ?? null,
    event,
    state: stored.state,
    settledAt: stored.settledAt === null ? null : new Date(stored.settledAt).toISOString(),
  };
}

/** One event of a chain in JSON. */
export function linkToWire(link: ChainLink): { event_id: string; type: string; agent_id: string | null } {
  return { event_id: link.eventId, type: link.type, agent_id: link.agentId };
}

function linkFromWire(link: ReturnType<typeof linkToWire>): ChainLink {
  return { eventId: link.event_id, type: link.type, agentId: link.agent_id };
}
