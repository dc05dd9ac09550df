import { crc32 } from 'node:zlib';
import { RaptorFlowError, type Clock, type Ids } from '../kernel/index.ts';
import { isDeadLetterChannel } from './channel.ts';
import { decodeEvent, encodeEvent } from './codec.ts';
import type { ChainLink } from './dead-letter.ts';
import { linkToWire } from './dead-letter-event.ts';
import { newId, type Envelope } from './draft.ts';
import type { BusEngine, NewEvent } from './engine.ts';
import type { BusEvent } from './event.ts';
import type { LoopLimits, LoopRule } from './trail.ts';

/** An event that was refused because it would have made a loop. */
export interface Loop {
  readonly rule: LoopRule;
  readonly envelope: Envelope;
  /** Oldest first, the refused event last; it begins where events are not stored any more. */
  readonly chain: readonly ChainLink[];
}

/** The events that led to this one, as far as they are stored. */
export async function traceBack(
  engine: BusEngine,
  envelope: Envelope,
  linksMax: number,
): Promise<{ readonly links: readonly ChainLink[]; readonly isOfDeadLetter: boolean }> {
  const links = [toLink(envelope)];
  let isOfDeadLetter = false;
  let next = envelope.causationId;
  while (next !== null && links.length <= linksMax) {
    const event = await findEvent(engine, next);
    if (!event) break;
    if (links.length === 1) isOfDeadLetter = isDeadLetterChannel(event.channel);
    links.push(toLink(event));
    next = event.causationId;
  }
  return { links: links.toReversed(), isOfDeadLetter };
}

/** What the publisher of the event hears. */
export function loopError({ rule, envelope, chain }: Loop, limits: LoopLimits): RaptorFlowError {
  const { type, hops, requestId } = envelope;
  const who = envelope.sourceAgentId ?? 'an unnamed agent';
  const why = {
    hops: `it would be ${hops} hops from the start of its chain, and ${limits.hopsMax} are the limit (hopsMax)`,
    repeats: `${who} would have published it with the same payload ${limits.loopRepeats} times in its chain (loopRepeats)`,
    alternation: `two agents would have taken turns on the type more than ${limits.alternationsMax} times (alternationsMax)`,
  }[rule];
  return new RaptorFlowError(
    'loop_detected',
    `An event of type "${type}" was refused as a loop: ${why}. The chain is in details.chain; end it, or begin a new story without causedBy.`,
    { details: { rule, type, hops, requestId, chain } },
  );
}

/**
 * The critical alert about a loop. It begins a chain of its own, so that whoever handles it can act; one story alerts once within the
 * window of dedupe keys, so that what is done about it cannot become a loop of alerts.
 */
export function encodeLoopAlert(
  { rule, envelope, chain }: Loop,
  error: RaptorFlowError,
  deadLetterId: string,
  parts: {
    readonly ids: Ids;
    readonly engine: BusEngine;
    readonly clock: Clock;
    readonly timestamp: (millis: number) => string;
    readonly limits: { readonly dedupeWindowMs: number };
  },
): NewEvent {
  const { workspaceId, requestId, budgetId } = envelope;
  const id = newId(parts, 'sys.alert.critical', workspaceId);
  const body = encodeEvent(
    {
      id,
      type: 'loop_detected',
      channel: 'sys.alert.critical',
      workspaceId,
      priority: 'critical',
      sourceAgentId: null,
      destinationGuild: null,
      requestId,
      causationId: envelope.causationId,
      hops: 0,
      trail: null,
      timestamp: parts.timestamp(parts.clock.now()),
      version: 1,
      orderingKey: null,
      replyTo: null,
      budgetId,
      expiresAt: null,
    },
    JSON.stringify({
      message: error.message,
      rule,
      channel: envelope.channel,
      type: envelope.type,
      agent_id: envelope.sourceAgentId,
      event_id: envelope.id,
      dead_letter_id: deadLetterId,
      hops: envelope.hops,
      chain: chain.map(linkToWire),
    }),
  );
  return {
    id,
    channel: 'sys.alert.critical',
    type: 'loop_detected',
    workspace: workspaceId ?? '',
    priority: 'critical',
    body,
    requestId,
    dedupeKey: `loop_detected:${crc32(requestId).toString(16)}`,
    dedupeMs: parts.limits.dedupeWindowMs,
  };
}

function toLink(event: Pick<BusEvent, 'id' | 'type' | 'sourceAgentId'>): ChainLink {
  return { eventId: event.id, type: event.type, agentId: event.sourceAgentId };
}

// A chain that cannot be followed further is shown as far as it goes: the refusal must not fail over it.
async function findEvent(engine: BusEngine, id: string): Promise<BusEvent | undefined> {
  try {
    const stored = await engine.find(id);
    return stored ? decodeEvent(stored.body) : undefined;
  } catch {
    return undefined;
  }
}
