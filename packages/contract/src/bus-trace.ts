/** What a request set off on the bus: its events as a tree, with where every group is with each. */
import { z } from 'zod';

import { eventPrioritySchema } from './bus.ts';
import {
  countSchema,
  identifierSchema,
  millisecondsSchema,
  moneySchema,
  timestampSchema,
} from './primitives.ts';

/** Where one group is with one event. */
export const busTraceHandlingSchema = z
  .object({
    group: z.string(),
    state: z.enum(['waiting', 'running', 'retrying', 'handled', 'dead', 'expired']),
    attempts: countSchema.meta({ description: 'The running one included; from the last redrive on.' }),
    began_at: timestampSchema
      .nullable()
      .meta({ description: 'The first attempt. Null when none was recorded, as for plain events.' }),
    ended_at: timestampSchema.nullable().meta({ description: 'The last attempt that ended.' }),
    took_ms: millisecondsSchema
      .nullable()
      .meta({ description: 'How long the handler ran, all attempts together.' }),
    last_error: z.string().nullable(),
    dead_letter_id: identifierSchema.nullable(),
  })
  .meta({ id: 'BusTraceHandling' });
export type BusTraceHandling = z.infer<typeof busTraceHandlingSchema>;

/** One event of a trace. */
export const busTraceEventSchema = z
  .object({
    id: identifierSchema,
    parent_id: identifierSchema
      .nullable()
      .meta({ description: 'The event above it in the tree; null for a root.' }),
    depth: countSchema.meta({ description: '0 for a root.' }),
    presence: z.enum(['stored', 'gone', 'refused', 'elsewhere', 'hidden']).meta({
      description:
        'gone: its retention has ended; refused at publishing; elsewhere: it belongs to another request; hidden: to another workspace.',
    }),
    type: z.string().nullable().meta({ description: 'Null, like what follows, when only the id is known.' }),
    channel: z.string().nullable(),
    workspace_id: identifierSchema.nullable(),
    source_agent_id: z.string().nullable(),
    destination_guild: z.string().nullable(),
    priority: eventPrioritySchema.nullable(),
    request_id: z.string().nullable(),
    hops: countSchema.nullable(),
    timestamp: timestampSchema.nullable(),
    cost_usd: moneySchema.nullable(),
    handlings: z.array(busTraceHandlingSchema),
  })
  .meta({ id: 'BusTraceEvent' });
export type BusTraceEvent = z.infer<typeof busTraceEventSchema>;

/** A whole trace. The tree is a list: parents stand before their children, and a subtree stands together. */
export const busTraceSchema = z
  .object({
    request_id: z.string(),
    event_id: identifierSchema
      .nullable()
      .meta({ description: 'The event that was asked for; null when it was the request.' }),
    started_at: timestampSchema,
    ended_at: timestampSchema,
    duration_ms: millisecondsSchema,
    settled: z.boolean().meta({ description: 'Nothing waits, runs or is retried.' }),
    counts: z.object({
      events: countSchema,
      missing: countSchema.meta({ description: 'Ancestors that are named and not stored in this story.' }),
      attempts: countSchema,
      waiting: countSchema,
      running: countSchema,
      retrying: countSchema,
      handled: countSchema,
      dead: countSchema,
      expired: countSchema,
    }),
    cost_usd: moneySchema
      .nullable()
      .meta({ description: 'What model calls of this request cost; null when that is not known.' }),
    truncated: z.boolean().meta({ description: 'There are more events; the oldest are shown.' }),
    events: z.array(busTraceEventSchema),
  })
  .meta({ id: 'BusTrace' });
export type BusTrace = z.infer<typeof busTraceSchema>;
