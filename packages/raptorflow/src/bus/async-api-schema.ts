import { z } from 'zod';
import type { Contract } from './contract.ts';
import { priorities } from './event.ts';

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const text = { type: 'string' };

/** What every event is on the wire, whatever its payload. */
export const eventEnvelopeSchema: JsonSchema = {
  type: 'object',
  description: 'An event on the wire; absent fields are left out.',
  required: ['id', 'type', 'channel', 'priority', 'request_id', 'hops', 'timestamp', 'version', 'payload'],
  properties: {
    id: { ...text, description: '`evt_` and a UUIDv7, made by the publisher.' },
    type: { ...text, description: 'Dotted segments, optionally with a `:subtype`.' },
    channel: text,
    workspace_id: { ...text, description: 'The tenant; absent for events of the installation itself.' },
    priority: { ...text, enum: [...priorities] },
    source_agent_id: text,
    destination_guild: text,
    request_id: { ...text, description: 'Correlation: the same for everything that one request set off.' },
    causation_id: { ...text, description: 'The event that caused this one.' },
    hops: { type: 'integer', minimum: 0 },
    trail: { ...text, description: 'What the loop breaker remembers of the chain.' },
    timestamp: { ...text, format: 'date-time' },
    version: { type: 'integer', minimum: 1, description: "Version of the payload's contract." },
    ordering_key: text,
    reply_to: { ...text, description: 'The channel that a reply is expected on.' },
    budget_id: text,
    expires_at: { ...text, format: 'date-time' },
    payload: {},
  },
};

/** The payload of a dead letter. */
export const deadLetterSchema: JsonSchema = {
  type: 'object',
  required: ['original_channel', 'group', 'reason', 'error', 'attempts', 'attempt_count', 'event'],
  properties: {
    original_channel: text,
    group: { type: ['string', 'null'], description: 'Null for an event that was refused at publishing.' },
    reason: text,
    error: {
      type: 'object',
      properties: {
        name: text,
        message: text,
        stack: { type: ['string', 'null'] },
        code: { type: ['string', 'null'] },
      },
    },
    attempts: {
      type: 'array',
      items: {
        type: 'object',
        properties: { attempt: { type: 'integer' }, at: { ...text, format: 'date-time' }, error: text },
      },
    },
    attempt_count: { type: 'integer', minimum: 0 },
    chain: { type: 'array', items: { type: 'object' }, description: 'Of a loop: the events that led to it.' },
    event: { type: 'object', description: 'The event given up, whole.' },
  },
};

/**
 * What publishers of a contract have to give, as JSON Schema (draft 7, which is AsyncAPI's own). What JSON Schema cannot say, such as a check in
 * code, is left out. `pointer` is where the schema will stand in its document: what it says of itself is said from there.
 */
export function contractSchema(contract: Contract, pointer: string): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(contract.schema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
  });
  return rebase(schema, pointer) as JsonSchema;
}

function rebase(value: unknown, pointer: string): unknown {
  if (Array.isArray(value)) return value.map((item) => rebase(item, pointer));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' && item.startsWith('#')
        ? pointer + item.slice(1)
        : rebase(item, pointer),
    ]),
  );
}
