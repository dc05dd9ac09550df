import { RaptorFlowError } from '../kernel/index.ts';
import { priorities, type BusEvent, type Priority } from './event.ts';
import { readTrail } from './trail.ts';

/** An event in JSON: snake_case, absent fields left out. This is what engines store and what other languages read and write. */
export interface WireEvent {
  readonly id: string;
  readonly type: string;
  readonly channel: string;
  readonly workspace_id?: string;
  readonly priority: Priority;
  readonly source_agent_id?: string;
  readonly destination_guild?: string;
  readonly request_id: string;
  readonly causation_id?: string;
  readonly hops: number;
  readonly trail?: string;
  readonly timestamp: string;
  readonly version: number;
  readonly ordering_key?: string;
  readonly reply_to?: string;
  readonly budget_id?: string;
  readonly expires_at?: string;
  readonly payload: unknown;
}

type Place = Pick<
  BusEvent,
  'type' | 'channel' | 'workspaceId' | 'priority' | 'sourceAgentId' | 'destinationGuild'
>;

/**
 * Writes events as JSON text. Events that are published in a row mostly agree in what stands between their id and their request, and in their
 * moment. Such parts are written once, as one flat text each: a text of few pieces is made, and later copied, much faster than one of many.
 */
export class EventEncoder {
  #place: Place | undefined;
  #placeText = '';
  #timestamp = '';
  #version = 0;
  #momentText = '';

  /** The payload is given as JSON text already, because publishing encodes it once and measures it. */
  encode(event: Omit<BusEvent, 'payload'>, payloadJson: string): string {
    // Ids, types, channels, priorities, trails and timestamps are of alphabets that need no escaping; everything else may need it.
    let text = `{"id":"${event.id}${this.#placeOf(event)},"request_id":${JSON.stringify(event.requestId)}`;
    if (event.causationId !== null) text += `,"causation_id":${JSON.stringify(event.causationId)}`;
    text += `,"hops":${event.hops}`;
    if (event.trail !== null) text += `,"trail":"${event.trail}"`;
    text += this.#momentOf(event);
    if (event.orderingKey !== null) text += `,"ordering_key":${JSON.stringify(event.orderingKey)}`;
    if (event.replyTo !== null) text += `,"reply_to":${JSON.stringify(event.replyTo)}`;
    if (event.budgetId !== null) text += `,"budget_id":${JSON.stringify(event.budgetId)}`;
    if (event.expiresAt !== null) text += `,"expires_at":"${event.expiresAt}"`;
    return `${text},"payload":${payloadJson}}`;
  }

  #placeOf(event: Place): string {
    const last = this.#place;
    if (
      last !== undefined &&
      last.type === event.type &&
      last.channel === event.channel &&
      last.workspaceId === event.workspaceId &&
      last.priority === event.priority &&
      last.sourceAgentId === event.sourceAgentId &&
      last.destinationGuild === event.destinationGuild
    ) {
      return this.#placeText;
    }
    const { type, channel, workspaceId, priority, sourceAgentId, destinationGuild } = event;
    const parts = [`","type":"${type}","channel":"${channel}"`];
    if (workspaceId !== null) parts.push(`,"workspace_id":${JSON.stringify(workspaceId)}`);
    parts.push(`,"priority":"${priority}"`);
    if (sourceAgentId !== null) parts.push(`,"source_agent_id":${JSON.stringify(sourceAgentId)}`);
    if (destinationGuild !== null) parts.push(`,"destination_guild":${JSON.stringify(destinationGuild)}`);
    this.#place = { type, channel, workspaceId, priority, sourceAgentId, destinationGuild };
    this.#placeText = parts.join('');
    return this.#placeText;
  }

  #momentOf({ timestamp, version }: Pick<BusEvent, 'timestamp' | 'version'>): string {
    if (timestamp !== this.#timestamp || version !== this.#version) {
      this.#timestamp = timestamp;
      this.#version = version;
      this.#momentText = [',"timestamp":"', timestamp, '","version":', String(version)].join('');
    }
    return this.#momentText;
  }
}

/** One event as JSON text; whoever writes many keeps an `EventEncoder`. */
export function encodeEvent(event: Omit<BusEvent, 'payload'>, payloadJson: string): string {
  return new EventEncoder().encode(event, payloadJson);
}

/**
 * The event that a JSON text of ours or of a foreign writer holds. Unknown fields are ignored; optional ones may be missing or null.
 * Throws `malformed_input` when it is no event.
 */
export function decodeEvent(body: string): BusEvent {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw new RaptorFlowError('malformed_input', 'The stored event is not JSON.', { cause: error });
  }
  return fromWire(value);
}

/** A wire object as an event. Throws `malformed_input` when it is none. */
export function fromWire(value: unknown): BusEvent {
  if (typeof value !== 'object' || value === null) throw refuse('it is no object');
  const wire = value as Partial<Record<keyof WireEvent, unknown>>;
  const id = text(wire.id, 'id');
  return {
    id,
    type: text(wire.type, 'type'),
    channel: text(wire.channel, 'channel'),
    workspaceId: optional(wire.workspace_id, 'workspace_id'),
    priority: priority(wire.priority),
    sourceAgentId: optional(wire.source_agent_id, 'source_agent_id'),
    destinationGuild: optional(wire.destination_guild, 'destination_guild'),
    requestId: optional(wire.request_id, 'request_id') ?? id,
    causationId: optional(wire.causation_id, 'causation_id'),
    hops: count(wire.hops, 'hops', 0),
    trail: readTrail(wire.trail),
    timestamp: text(wire.timestamp, 'timestamp'),
    version: count(wire.version, 'version', 1),
    payload: wire.payload ?? {},
    orderingKey: optional(wire.ordering_key, 'ordering_key'),
    replyTo: optional(wire.reply_to, 'reply_to'),
    budgetId: optional(wire.budget_id, 'budget_id'),
    expiresAt: optional(wire.expires_at, 'expires_at'),
  };
}

/** An event as a wire object. */
export function toWire(event: BusEvent): WireEvent {
  return JSON.parse(encodeEvent(event, JSON.stringify(event.payload ?? null) ?? 'null')) as WireEvent;
}

function text(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw refuse(`"${field}" is no text`);
}

function optional(value: unknown, field: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  throw refuse(`"${field}" is no text`);
}

function count(value: unknown, field: string, absent: number): number {
  if (value === undefined || value === null) return absent;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw refuse(`"${field}" is no count`);
}

function priority(value: unknown): Priority {
  if (value === undefined || value === null) return 'normal';
  const known = priorities.find((name) => name === value);
  if (known) return known;
  throw refuse('"priority" is none of critical, high, normal, low');
}

function refuse(why: string): RaptorFlowError {
  return new RaptorFlowError('malformed_input', `The stored event cannot be read: ${why}.`);
}
