/**
 * Routes of the bus. Callers see the events of their workspace; `all_workspaces` adds every other's and the system's
 * own, and is refused to anybody but the operator. A trace shows the operator every workspace's events by itself, because
 * a story does not stop at a workspace. Figures of whole channels count every workspace's events and are the operator's alone.
 */
import { z } from 'zod';

import {
  busChannelDetailSchema,
  busChannelSchema,
  busEventSchema,
  busHealthSchema,
  busMetricsSchema,
  channelNameSchema,
  deadLetterReasonSchema,
  deadLetterSchema,
  deadLetterSelectionSchema,
  eventPrioritySchema,
} from './bus.ts';
import { busTraceSchema } from './bus-trace.ts';
import {
  countSchema,
  identifierSchema,
  jsonObjectSchema,
  pageQuerySchema,
  pageSchema,
  queryFlagSchema,
  momentSchema,
  workspaceQuerySchema,
} from './primitives.ts';
import { defineRoutes } from './route.ts';

/** Routes under `/api/v1/bus`. */
export const busRoutes = defineRoutes({
  channel: {
    method: 'GET',
    path: '/api/v1/bus/channels/:name',
    role: 'operator',
    tag: 'bus',
    summary: 'Show one channel with its groups and newest events.',
    params: z.strictObject({ name: channelNameSchema }),
    query: workspaceQuerySchema.extend({ all_workspaces: queryFlagSchema.optional() }),
    response: busChannelDetailSchema,
  },
  channels: {
    method: 'GET',
    path: '/api/v1/bus/channels',
    role: 'operator',
    tag: 'bus',
    summary: 'List the channels with counters and lag.',
    response: z.object({ items: z.array(busChannelSchema) }),
  },
  deadLetters: {
    method: 'GET',
    path: '/api/v1/bus/dlq',
    role: 'viewer',
    tag: 'bus',
    summary: 'List dead letters, newest first.',
    query: pageQuerySchema.extend({
      reason: deadLetterReasonSchema.optional(),
      channel: channelNameSchema.optional(),
      group: z.string().min(1).max(200).optional(),
      all_workspaces: queryFlagSchema.optional(),
    }),
    response: pageSchema(deadLetterSchema),
  },
  discard: {
    method: 'POST',
    path: '/api/v1/bus/dlq/discard',
    role: 'admin',
    tag: 'bus',
    summary: 'Delete dead letters for good.',
    body: deadLetterSelectionSchema,
    response: z.object({ count: countSchema }),
  },
  health: {
    method: 'GET',
    path: '/api/v1/bus/health',
    role: 'operator',
    tag: 'bus',
    summary: 'Report engine, durability, lag per group and dead letters per reason.',
    response: busHealthSchema,
  },
  message: {
    method: 'GET',
    path: '/api/v1/bus/messages/:event_id',
    role: 'viewer',
    tag: 'bus',
    summary: 'Show one event by id.',
    params: z.strictObject({ event_id: identifierSchema }),
    response: busEventSchema,
  },
  metrics: {
    method: 'GET',
    path: '/api/v1/bus/metrics',
    role: 'operator',
    tag: 'bus',
    summary: 'Report what was published, received, failed, retried and dead-lettered.',
    response: busMetricsSchema,
  },
  publish: {
    method: 'POST',
    path: '/api/v1/bus/publish',
    role: 'admin',
    tag: 'bus',
    summary:
      "Publish an event in the caller's workspace, on a channel that is open to workspaces (the operator: on any); answered when it is durable.",
    body: z.strictObject({
      channel: channelNameSchema,
      type: z.string().min(1).max(200),
      payload: jsonObjectSchema.default({}),
      priority: eventPrioritySchema.default('normal'),
      source_agent_id: z.string().min(1).max(200).optional(),
      destination_guild: z.string().min(1).max(60).optional(),
      request_id: identifierSchema.optional(),
      causation_id: identifierSchema.optional(),
      dedupe_key: z.string().min(1).max(200).optional(),
      ordering_key: z.string().min(1).max(200).optional(),
      delay_ms: z.number().int().nonnegative().optional(),
      expires_in_ms: z.number().int().positive().optional(),
    }),
    response: z.object({ event_id: identifierSchema }),
    status: 201,
  },
  redrive: {
    method: 'POST',
    path: '/api/v1/bus/dlq/redrive',
    role: 'admin',
    tag: 'bus',
    summary: 'Give dead letters back to the group that failed on them, and to no other.',
    body: deadLetterSelectionSchema,
    response: z.object({ count: countSchema }),
  },
  replay: {
    method: 'POST',
    path: '/api/v1/bus/replay',
    role: 'viewer',
    tag: 'bus',
    summary: "Read a channel's stored events, oldest first; nothing is delivered again.",
    body: z.strictObject({
      channel: channelNameSchema,
      max_age_seconds: z.number().positive().optional(),
      since: momentSchema.optional(),
      until: momentSchema.optional(),
      types: z.array(z.string().min(1).max(200)).max(32).optional(),
      limit: z.number().int().min(1).max(1000).default(100),
      all_workspaces: z.boolean().optional(),
    }),
    response: z.object({ count: countSchema, items: z.array(busEventSchema) }),
  },
  trace: {
    method: 'GET',
    path: '/api/v1/bus/trace/:id',
    role: 'viewer',
    tag: 'bus',
    summary:
      'Show what a request set off, given its id or that of one of its events: the tree of events, and the runs and model calls made for them.',
    params: z.strictObject({ id: identifierSchema }),
    query: workspaceQuerySchema,
    response: busTraceSchema,
  },
});
