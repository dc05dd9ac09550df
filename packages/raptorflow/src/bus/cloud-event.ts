import { RaptorFlowError } from '../kernel/index.ts';
import { fromWire } from './codec.ts';
import { priorities, type BusEvent } from './event.ts';
import { cloudEventMembers, readJson, refuseCloudEvent, type CloudEvent } from './cloud-event-format.ts';

/*
 * Our fields in CloudEvents 1.0. Attributes of the specification and of its documented extensions (correlation, expirytime, partitioning,
 * sequence) are used where they exist; the rest are extension attributes of ours. Absent fields are left out.
 *
 *   id, type, time          id, type, timestamp          data              payload
 *   correlationid           request_id                   causationid       causation_id
 *   partitionkey            ordering_key                 expirytime        expires_at
 *   channel, priority, hops, trail                       the same
 *   workspaceid, sourceagentid, destinationguild, replyto, budgetid       the same with underscores
 *   dataversion             version
 */

/** Media type of one event in JSON. */
export const cloudEventMediaType = 'application/cloudevents+json';
/** Media type of several. */
export const cloudEventBatchMediaType = 'application/cloudevents-batch+json';

/** How an event leaves as a CloudEvent. */
export interface CloudEventOptions {
  /** Where events come from, a URI reference such as `https://raptor.example/bus`; together with the id it is unique. */
  readonly source: string;
  /** The event's place in an order that the receiver may rely on; texts that sort like the events. */
  readonly sequence?: string | undefined;
}

/** Texts of the event and the attributes they become. */
const textAttributes = [
  ['correlationid', 'requestId'],
  ['causationid', 'causationId'],
  ['workspaceid', 'workspaceId'],
  ['sourceagentid', 'sourceAgentId'],
  ['destinationguild', 'destinationGuild'],
  ['partitionkey', 'orderingKey'],
  ['expirytime', 'expiresAt'],
  ['replyto', 'replyTo'],
  ['budgetid', 'budgetId'],
  ['trail', 'trail'],
] as const satisfies readonly (readonly [string, keyof BusEvent])[];

// URI references hold neither white space nor these.
const uriReference = /^[^\s<>"{}|\\^`]+$/u;
// What CloudEvents forbids in attributes: control characters and halves of surrogate pairs.
// oxlint-disable-next-line no-control-regex -- these characters are what is looked for.
const forbidden = /[\u0000-\u001F\u007F-\u009F]/u;

/**
 * The event as a CloudEvent 1.0 in its JSON format. Throws `invalid_input` for a source that is no URI reference and for texts that CloudEvents
 * cannot hold (control characters).
 */
export function toCloudEvent(event: BusEvent, options: CloudEventOptions): CloudEvent {
  const { source, sequence } = options;
  if (!uriReference.test(source)) {
    throw new RaptorFlowError(
      'invalid_input',
      `"${source}" cannot be the source of CloudEvents; give a URI reference such as "https://raptor.example/bus".`,
    );
  }
  const texts: Record<string, string> = {};
  for (const [attribute, field] of textAttributes) {
    const value = event[field];
    if (value !== null && value !== '') texts[attribute] = attributeText(attribute, value);
  }
  return {
    specversion: '1.0',
    id: event.id,
    source,
    type: event.type,
    time: event.timestamp,
    channel: event.channel,
    priority: event.priority,
    hops: event.hops,
    dataversion: event.version,
    ...texts,
    ...(sequence === undefined ? {} : { sequence: attributeText('sequence', sequence) }),
    datacontenttype: 'application/json',
    data: event.payload,
  };
}

/** Several events in the JSON batch format. Throws like `toCloudEvent`. */
export function toCloudEventBatch(events: readonly BusEvent[], options: CloudEventOptions): CloudEvent[] {
  return events.map((event) => toCloudEvent(event, options));
}

/**
 * The event that `toCloudEvent` wrote, from a JSON text or a parsed one. Throws `malformed_input` for anything that is no CloudEvent 1.0 in
 * JSON, and for CloudEvents of other writers, which lack our attributes: publish those with `draftFromCloudEvent`.
 */
export function fromCloudEvent(json: unknown): BusEvent {
  const members = cloudEventMembers(readJson(json));
  const { attributes } = members;
  const { channel, time } = attributes;
  if (typeof channel !== 'string' || time === undefined) {
    throw refuseCloudEvent(
      'it lacks "channel" and "time", so it is not an event of this bus; publish it with draftFromCloudEvent',
    );
  }
  return fromWire({
    id: attributes.id,
    type: attributes.type,
    channel,
    workspace_id: attributes['workspaceid'],
    priority: readPriority(attributes['priority']),
    source_agent_id: attributes['sourceagentid'],
    destination_guild: attributes['destinationguild'],
    request_id: attributes['correlationid'],
    causation_id: attributes['causationid'],
    hops: readCount('hops', attributes['hops']),
    trail: attributes['trail'],
    timestamp: time,
    version: readCount('dataversion', attributes['dataversion']),
    ordering_key: attributes['partitionkey'],
    reply_to: attributes['replyto'],
    budget_id: attributes['budgetid'],
    expires_at: attributes['expirytime'],
    payload: members.data,
  });
}

/** The events of a JSON batch, from a text or a parsed one. Throws `malformed_input`, which names the position of the first that is wrong. */
export function fromCloudEventBatch(json: unknown): BusEvent[] {
  const values = readJson(json);
  if (!Array.isArray(values)) throw refuseCloudEvent('a batch is an array');
  return values.map((value, index) => {
    try {
      return fromCloudEvent(value);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new RaptorFlowError('malformed_input', `Event ${index} of the batch: ${error.message}`, {
        details: { index },
        cause: error,
      });
    }
  });
}

function attributeText(attribute: string, text: string): string {
  if (!forbidden.test(text) && text.isWellFormed()) return text;
  throw new RaptorFlowError(
    'invalid_input',
    `The event cannot be written as a CloudEvent: "${attribute}" holds control characters or half a character.`,
    { details: { attribute } },
  );
}

/** The priority of a CloudEvent of ours or of somebody else's, who may mean something else by the word. */
export function readPriority(value: unknown): BusEvent['priority'] | undefined {
  return priorities.find((priority) => priority === value);
}

// Other bindings than JSON carry integers as texts.
function readCount(attribute: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  throw refuseCloudEvent(`"${attribute}" is no count`);
}
