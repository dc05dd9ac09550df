/** The bus as operators see it: channels, events, groups, dead letters. */
import { z } from 'zod';

import { healthStatusSchema } from './health.ts';
import {
  countSchema,
  identifierSchema,
  jsonObjectSchema,
  millisecondsSchema,
  timestampSchema,
} from './primitives.ts';

/** From least to most urgent. */
export const eventPrioritySchema = z.enum(['low', 'normal', 'high', 'critical']);
export type EventPriority = z.infer<typeof eventPrioritySchema>;

/** A channel's dotted name. */
export const channelNameSchema = z
  .string()
  .max(200)
  .regex(/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/u, 'Use dotted lower-case segments such as "sys.state.update".');

/** A channel name in which `*` stands for one segment and a last `>` for the rest. */
export const channelPatternSchema = z
  .string()
  .max(200)
  .regex(
    /^(?:(?:[a-z0-9_-]+|\*)\.)*(?:[a-z0-9_-]+|\*|>)$/u,
    'Use dotted segments, "*" for one, ">" for the rest.',
  );

/** An event as stored. */
export const busEventSchema = z
  .object({
    id: identifierSchema,
    type: z.string(),
    channel: z.string(),
    workspace_id: identifierSchema.nullable(),
    priority: eventPrioritySchema,
    source_agent_id: z.string().nullable(),
    destination_guild: z.string().nullable(),
    request_id: z
      .string()
      .nullable()
      .meta({ description: "The correlation; a campaign's events carry the campaign id." }),
    causation_id: identifierSchema.nullable(),
    hops: countSchema,
    timestamp: timestampSchema,
    version: z.string(),
    payload: jsonObjectSchema,
    expires_at: timestampSchema.nullable(),
  })
  .meta({ id: 'BusEvent' });
export type BusEvent = z.infer<typeof busEventSchema>;

/** How a durable subscription keeps up. */
export const busGroupSchema = z
  .object({
    group: z.string(),
    channel: z.string().meta({ description: 'The channel or pattern it reads.' }),
    lag: countSchema.meta({ description: 'Events published and not yet handled.' }),
    in_flight: countSchema,
    oldest_unhandled_age_ms: millisecondsSchema.nullable(),
    members: countSchema,
  })
  .meta({ id: 'BusGroup' });
export type BusGroup = z.infer<typeof busGroupSchema>;

/** The state of the engine and what waits in it. */
export const busHealthSchema = z
  .object({
    status: healthStatusSchema,
    reasons: z.array(z.string()),
    engine: z.string(),
    engine_version: z.string().nullable(),
    durability: z
      .string()
      .meta({ description: '"fsync" survives power loss, "process" survives kill -9, "none" is memory.' }),
    connected_clients: countSchema.nullable(),
    used_memory_mb: z.number().nonnegative().nullable(),
    stored_bytes: countSchema.nullable(),
    groups: z.array(busGroupSchema),
    dead_letters: z.record(z.string(), countSchema),
  })
  .meta({ id: 'BusHealth' });
export type BusHealth = z.infer<typeof busHealthSchema>;

/** Counters of this process since it started. */
export const busMetricsSchema = z
  .object({
    measured_at: timestampSchema,
    since: timestampSchema,
    published: countSchema,
    published_by_priority: z.partialRecord(eventPrioritySchema, countSchema),
    received: countSchema,
    failed: countSchema,
    retried: countSchema,
    dlq_sent: countSchema,
    expired: countSchema,
    is_connected: z.boolean(),
    active_subscriptions: countSchema,
  })
  .meta({ id: 'BusMetrics' });
export type BusMetrics = z.infer<typeof busMetricsSchema>;

/** One channel. Counters run since the process started; two readings and `measured_at` give a rate. */
export const busChannelSchema = z
  .object({
    name: z.string(),
    kind: z.enum([
      'heartbeat',
      'guild_broadcast',
      'alert',
      'state_update',
      'lifecycle',
      'reply',
      'dlq',
      'other',
    ]),
    declared: z.boolean(),
    retention_seconds: z.number().positive(),
    stored_events: countSchema.nullable(),
    published: countSchema.meta({
      description:
        'Events ever stored on it, by every process, what the bus writes itself (dead letters, alerts) included.',
    }),
    received: countSchema.meta({ description: 'Deliveries in this server since it started.' }),
    failed: countSchema.meta({ description: 'Failed attempts in this server since it started.' }),
    lag: countSchema.meta({ description: 'The largest lag of its groups.' }),
    groups: z.array(busGroupSchema),
    measured_at: timestampSchema,
  })
  .meta({ id: 'BusChannel' });
export type BusChannel = z.infer<typeof busChannelSchema>;

/** A channel with its newest events (at most 50, newest first) that the caller may see. */
export const busChannelDetailSchema = busChannelSchema
  .extend({ last_event_at: timestampSchema.nullable(), recent_events: z.array(busEventSchema) })
  .meta({ id: 'BusChannelDetail' });
export type BusChannelDetail = z.infer<typeof busChannelDetailSchema>;

/** Why an event was given up. */
export const deadLetterReasonSchema = z.enum([
  'max_retries_exceeded',
  'schema_violation',
  'routing_error',
  'processing_timeout',
  'expired',
  'loop_detected',
]);
export type DeadLetterReason = z.infer<typeof deadLetterReasonSchema>;

/** An error as a dead letter keeps it. */
export const deadLetterErrorSchema = z.object({
  name: z.string(),
  message: z.string(),
  stack: z.string().nullable(),
});
export type DeadLetterError = z.infer<typeof deadLetterErrorSchema>;

/** One event of the chain that became a loop. */
export const deadLetterLinkSchema = z
  .object({
    event_id: identifierSchema,
    type: z.string(),
    agent_id: z.string().nullable().meta({ description: 'Who published it; null when it did not say.' }),
  })
  .meta({ id: 'DeadLetterLink' });
export type DeadLetterLink = z.infer<typeof deadLetterLinkSchema>;

/** A dead letter: where it came from, why, every attempt, and the event whole. */
export const deadLetterSchema = z
  .object({
    id: identifierSchema,
    original_channel: z.string(),
    group: z.string().nullable(),
    reason: deadLetterReasonSchema,
    error: deadLetterErrorSchema.nullable(),
    attempts: z.array(
      z.object({ attempt: z.number().int().positive(), at: timestampSchema, error: z.string().nullable() }),
    ),
    workspace_id: identifierSchema.nullable(),
    timestamp: timestampSchema,
    chain: z.array(deadLetterLinkSchema).nullable().meta({
      description:
        'Of a loop: the events that led to it, oldest first, the one that was refused last. Else null.',
    }),
    event: busEventSchema.nullable(),
    body: z
      .string()
      .nullable()
      .meta({ description: 'The offending body, cut to a limit, when there is no whole event.' }),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** Which dead letters to act on: either ids, or a filter. */
export const deadLetterSelectionSchema = z
  .strictObject({
    ids: z.array(identifierSchema).min(1).max(1000).optional(),
    reason: deadLetterReasonSchema.optional(),
    channel: channelNameSchema.optional(),
    group: z.string().min(1).max(200).optional(),
    all_workspaces: z.boolean().optional(),
  })
  .refine(
    (selection) =>
      selection.ids !== undefined ||
      selection.reason !== undefined ||
      selection.channel !== undefined ||
      selection.group !== undefined,
    {
      error: 'Name the dead letters: give ids, or at least one of reason, channel and group.',
    },
  )
  .meta({ id: 'DeadLetterSelection' });
export type DeadLetterSelection = z.infer<typeof deadLetterSelectionSchema>;
