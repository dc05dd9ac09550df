/** What a request set off: its events as a tree, with where every group is with each, and the runs and model calls made for them. */
import { z } from 'zod';

import { eventPrioritySchema } from './bus.ts';
import {
  countSchema,
  identifierSchema,
  millisecondsSchema,
  moneySchema,
  timestampSchema,
} from './primitives.ts';
import { runErrorSchema, runStatusSchema, runTypeSchema } from './run.ts';

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

/** A run that was started for the request. */
export const busTraceRunSchema = z
  .object({
    id: identifierSchema,
    event_id: identifierSchema.nullable().meta({
      description:
        'The event it was started for. Null when it was started for none; it may be one that this trace does not show.',
    }),
    parent_run_id: identifierSchema.nullable(),
    workspace_id: identifierSchema,
    agent_id: identifierSchema.nullable(),
    agent_code: z.string().nullable(),
    agent_name: z.string().nullable(),
    run_type: runTypeSchema,
    name: z
      .string()
      .meta({ description: 'For people: its type, and its part where a campaign has several.' }),
    status: runStatusSchema,
    attempt: countSchema.meta({ description: 'How often it was begun, resumes included.' }),
    error: runErrorSchema.nullable(),
    cost_usd: moneySchema,
    created_at: timestampSchema,
    started_at: timestampSchema.nullable(),
    completed_at: timestampSchema.nullable(),
    duration_ms: millisecondsSchema.nullable(),
  })
  .meta({ id: 'BusTraceRun' });
export type BusTraceRun = z.infer<typeof busTraceRunSchema>;

/** A model call that was made for the request, with all its attempts; one that is under way is not told yet. */
export const busTraceCallSchema = z
  .object({
    id: identifierSchema,
    run_id: identifierSchema
      .nullable()
      .meta({ description: 'The run that made it, which is among the runs; null when none did.' }),
    workspace_id: identifierSchema,
    requested_model: z
      .string()
      .nullable()
      .meta({ description: 'As it was asked for: an alias or a full id. Null when that was not kept.' }),
    model: z.string(),
    provider: z.string(),
    status: z.enum(['completed', 'failed', 'uncertain']).meta({
      description: 'How the last attempt ended. uncertain: no usage came back; charged at its worst case.',
    }),
    attempts: countSchema,
    error_code: z.string().nullable().meta({ description: 'Of the last attempt.' }),
    prompt_tokens: countSchema,
    completion_tokens: countSchema,
    cost_usd: moneySchema,
    cost_estimated: z.boolean().meta({ description: 'The cost is a bound, since usage is missing.' }),
    started_at: timestampSchema,
    ended_at: timestampSchema,
    duration_ms: millisecondsSchema,
  })
  .meta({ id: 'BusTraceCall' });
export type BusTraceCall = z.infer<typeof busTraceCallSchema>;

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
    runs: z.array(busTraceRunSchema).meta({ description: 'Oldest first.' }),
    runs_left_out: countSchema.meta({ description: 'Newer runs that are not shown.' }),
    calls: z.array(busTraceCallSchema).meta({ description: 'Oldest first.' }),
    calls_left_out: countSchema.meta({
      description: 'Calls that are not shown: newer ones, and those of runs that are not shown.',
    }),
  })
  .meta({ id: 'BusTrace' });
export type BusTrace = z.infer<typeof busTraceSchema>;
