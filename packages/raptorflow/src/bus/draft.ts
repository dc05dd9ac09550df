import { isId, RaptorFlowError, type Clock, type Ids } from '../kernel/index.ts';
import { priorities, type BusEvent, type Cause, type EventDraft } from './event.ts';
import type { BusEngine } from './engine.ts';
import { isEventType, nameBytesMax, shown } from './names.ts';
import type { Ambient } from './options.ts';
import { trailOf, type ChainPlace } from './trail.ts';

/** An event without its payload, before its contract has given it a version. */
export type Envelope = Omit<BusEvent, 'payload' | 'version'>;

/** What filling in an envelope needs. */
export interface EnvelopeParts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly engine: Pick<BusEngine, 'tagOf'>;
  /** From `createTimestamps`. */
  readonly timestamp: (millis: number) => string;
}

/** What is known of a draft besides itself. */
export interface Surroundings {
  readonly around: Ambient | undefined;
  /** Where the cause stands in its chain, if that had to be looked up and was found. */
  readonly place?: ChainPlace | undefined;
  readonly replyTo?: string | undefined;
}

/** Throws `invalid_input` for whatever the types of a draft cannot rule out. */
export function checkDraft(draft: EventDraft): void {
  const { type, priority, id, dedupeKey, orderingKey, delayMs, expiresInMs } = draft;
  if (!isEventType(type)) {
    throw refuse(
      `"${shown(type)}" is no event type: write dotted segments of a–z, 0–9, _ and -, with an optional :subtype.`,
    );
  }
  if (priority !== undefined && !priorities.includes(priority)) {
    throw refuse(`"${shown(priority)}" is no priority; use ${priorities.join(', ')}.`);
  }
  if (id !== undefined && !isId(id, 'evt')) {
    throw refuse(`"${shown(id)}" is no event id; it has the form evt_ and a UUIDv7.`);
  }
  if (dedupeKey !== undefined) checkKey('dedupeKey', dedupeKey);
  if (orderingKey !== undefined) checkKey('orderingKey', orderingKey);
  if (delayMs !== undefined && !(delayMs >= 0 && Number.isFinite(delayMs))) {
    throw refuse('delayMs must be a number of milliseconds, 0 or more.');
  }
  if (expiresInMs !== undefined && !(expiresInMs > 0 && Number.isFinite(expiresInMs))) {
    throw refuse('expiresInMs must be a number of milliseconds, more than 0.');
  }
}

/** The payload as JSON text. Throws `invalid_input` when it has none. */
export function encodePayload(draft: EventDraft): string {
  if (draft.payload === undefined) return '{}';
  let text: string | undefined;
  try {
    text = JSON.stringify(draft.payload);
  } catch (cause) {
    throw new RaptorFlowError(
      'invalid_input',
      `The payload of "${draft.type}" cannot be written as JSON: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { cause },
    );
  }
  if (text !== undefined) return text;
  throw refuse(`The payload of "${draft.type}" cannot be written as JSON.`);
}

/**
 * The envelope of a new event: what the draft says, else what its cause says, else what its surroundings say. Its trail leads up to the
 * cause; the event's own entry needs the payload.
 */
export function envelopeOf(
  channel: string,
  draft: EventDraft,
  parts: EnvelopeParts,
  { around, place, replyTo }: Surroundings,
): Envelope {
  const named = draft.causedBy;
  const cause: Cause | undefined =
    typeof named === 'object' ? named : named === undefined ? around?.causedBy : undefined;
  const before = place ?? cause;
  const now = parts.clock.now();
  const workspaceId = said(draft.workspaceId, cause?.workspaceId, around?.workspaceId);
  const id = draft.id ?? newId(parts, channel, workspaceId);
  const { expiresInMs } = draft;
  return {
    id,
    type: draft.type,
    channel,
    workspaceId,
    priority: draft.priority ?? 'normal',
    sourceAgentId: said(draft.sourceAgentId, undefined, around?.sourceAgentId),
    destinationGuild: draft.destinationGuild ?? null,
    requestId: draft.requestId ?? cause?.requestId ?? around?.requestId ?? id,
    causationId: typeof named === 'string' ? named : (cause?.id ?? null),
    hops: before ? before.hops + 1 : typeof named === 'string' ? 1 : 0,
    trail: place ? place.trail : cause ? trailOf(cause) : typeof named === 'string' ? '' : null,
    timestamp: parts.timestamp(now),
    orderingKey: draft.orderingKey ?? null,
    replyTo: replyTo ?? null,
    budgetId: said(draft.budgetId, cause?.budgetId, around?.budgetId),
    expiresAt:
      expiresInMs === undefined ? null : new Date(now + (draft.delayMs ?? 0) + expiresInMs).toISOString(),
  };
}

/** An id for a new event. Where an engine wants it, the last two digits say where the event will live. */
export function newId(
  { ids, engine }: Pick<EnvelopeParts, 'ids' | 'engine'>,
  channel: string,
  workspaceId: string | null,
): string {
  const id = ids.next('evt');
  if (!engine.tagOf) return id;
  const tag = engine.tagOf(channel, workspaceId ?? '') & 0xff;
  return `${id.slice(0, -2)}${tag < 16 ? '0' : ''}${tag.toString(16)}`;
}

type Said = string | null | undefined;

// The first that says anything; null says "none".
function said(own: Said, cause: Said, around: Said): string | null {
  if (own !== undefined) return own;
  if (cause !== undefined) return cause;
  return around ?? null;
}

/** Writes moments as RFC 3339. Many events share their millisecond, and writing a date costs more than all the rest of an envelope. */
export function createTimestamps(): (millis: number) => string {
  let lastMillis = Number.NaN;
  let lastText = '';
  return (millis) => {
    if (millis !== lastMillis) {
      lastText = new Date(millis).toISOString();
      lastMillis = millis;
    }
    return lastText;
  };
}

function checkKey(name: string, key: string): void {
  if (typeof key === 'string' && key !== '' && key.length <= nameBytesMax) return;
  throw refuse(`${name} must be a text of 1 to ${nameBytesMax} characters.`);
}

function refuse(message: string): RaptorFlowError {
  return new RaptorFlowError('invalid_input', message);
}

/** Reads moments that `createTimestamps` or another writer of RFC 3339 has written; for the same reason. */
export function createMoments(): (timestamp: string) => number {
  let lastText = '';
  let lastMillis = Number.NaN;
  return (timestamp) => {
    if (timestamp !== lastText) {
      lastMillis = Date.parse(timestamp);
      lastText = timestamp;
    }
    return lastMillis;
  };
}
