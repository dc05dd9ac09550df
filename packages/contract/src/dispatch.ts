/** Calling a model on behalf of the workspace: money is reserved before, booked after, whatever happens between. */
import { z } from 'zod';

import {
  countSchema,
  identifierSchema,
  jsonObjectSchema,
  millisecondsSchema,
  moneySchema,
  workspaceQuerySchema,
} from './primitives.ts';
import { defineRoutes } from './route.ts';

const textSchema = z.string().max(2_000_000);

/** A model's wish to have a tool called. `provider_metadata` goes back unchanged with the next request. */
export const modelToolCallSchema = z
  .strictObject({
    id: z.string().max(200),
    name: z.string().max(200),
    input: z.json(),
    provider_metadata: z.record(z.string(), jsonObjectSchema).optional(),
  })
  .meta({ id: 'ModelToolCall' });
export type ModelToolCallWire = z.infer<typeof modelToolCallSchema>;

/** One message of a conversation. Images are always inline: this server fetches no address on behalf of a prompt. */
export const modelMessageSchema = z
  .discriminatedUnion('role', [
    z.strictObject({ role: z.literal('system'), content: textSchema }),
    z.strictObject({
      role: z.literal('user'),
      content: z.union([
        textSchema,
        z
          .array(
            z.discriminatedUnion('type', [
              z.strictObject({ type: z.literal('text'), text: textSchema }),
              z.strictObject({
                type: z.literal('image'),
                media_type: z.string().regex(/^image\/[a-z0-9.+-]+$/u),
                data: z.base64(),
              }),
            ]),
          )
          .min(1)
          .max(100),
      ]),
    }),
    z.strictObject({
      role: z.literal('assistant'),
      content: textSchema,
      tool_calls: z.array(modelToolCallSchema).max(128).optional(),
    }),
    z.strictObject({
      role: z.literal('tool'),
      tool_call_id: z.string().max(200),
      tool_name: z.string().max(200),
      content: textSchema,
    }),
  ])
  .meta({ id: 'ModelMessage' });
export type ModelMessageWire = z.infer<typeof modelMessageSchema>;

/** The body of `POST /api/v1/dispatch`. */
export const dispatchRequestSchema = z
  .strictObject({
    model: z.string().min(1).max(200).meta({ description: 'An alias or a model id.' }),
    fallbacks: z.array(z.string().min(1).max(200)).max(5).optional().meta({
      description:
        'Models that are asked in turn when the one before does not answer. Default: those that the workspace has set for the alias; an empty list for none.',
    }),
    messages: z.array(modelMessageSchema).min(1).max(2_000),
    max_output_tokens: z.int().positive().optional(),
    on_budget: z.enum(['refuse', 'shrink']).default('refuse').meta({
      description: 'With "shrink", fewer output tokens are asked for where a budget has no room for more.',
    }),
    cache: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether an answer that is kept for exactly this request may serve again.' }),
    temperature: z.number().min(0).max(2).optional(),
    stop_sequences: z.array(z.string().min(1).max(200)).max(4).optional(),
    seed: z.int().optional(),
    tools: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(200),
          description: z.string().max(10_000).optional(),
          input_schema: jsonObjectSchema,
        }),
      )
      .max(128)
      .optional(),
    tool_choice: z
      .union([z.enum(['auto', 'none', 'required']), z.strictObject({ tool: z.string().min(1).max(200) })])
      .optional(),
    response_format: z
      .strictObject({
        type: z.literal('json'),
        name: z.string().min(1).max(64).optional(),
        schema: jsonObjectSchema.optional(),
      })
      .optional(),
    agent_id: identifierSchema
      .optional()
      .meta({ description: 'The agent that the call is charged to; its guild is charged as well.' }),
    campaign_id: identifierSchema.optional(),
    budget_id: z.string().min(1).max(200).optional(),
    stream: z.boolean().default(false).meta({ description: 'Answer by server-sent events.' }),
  })
  .meta({ id: 'DispatchRequest' });
export type DispatchRequestWire = z.infer<typeof dispatchRequestSchema>;

/** Tokens as they are billed: `input` includes the cached ones, `output` includes thinking. */
export const tokenUsageSchema = z
  .object({
    input_tokens: countSchema,
    cached_input_tokens: countSchema,
    cache_write_tokens: countSchema,
    output_tokens: countSchema,
    reasoning_tokens: countSchema,
  })
  .meta({ id: 'TokenUsage' });
export type TokenUsage = z.infer<typeof tokenUsageSchema>;

/** What a call gave, and what it cost. */
export const dispatchResultSchema = z
  .object({
    call_id: z.string(),
    text: z.string(),
    json: z.json().optional().meta({ description: 'Present when JSON was asked for and came.' }),
    tool_calls: z.array(modelToolCallSchema),
    finish_reason: z.enum(['stop', 'length', 'content-filter', 'tool-calls', 'error', 'other']),
    model: z.string(),
    provider: z.string(),
    usage: tokenUsageSchema,
    cost_usd: moneySchema.meta({ description: 'Of the call with all its attempts.' }),
    cost_estimated: z
      .boolean()
      .meta({ description: 'True when the cost is a bound, because the provider sent no usage.' }),
    cached: z.boolean(),
    offline: z
      .boolean()
      .meta({ description: 'True when the offline model answered and no provider was called.' }),
    fell_back_from: z.array(z.string()),
    shrunk_to_output_tokens: countSchema.nullable(),
    latency_ms: millisecondsSchema,
  })
  .meta({ id: 'DispatchResult' });
export type DispatchResultWire = z.infer<typeof dispatchResultSchema>;

/** One server-sent event of a streamed dispatch. `finish` or `error` is the last. */
export const dispatchEventSchema = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('text'), text: z.string() }),
    z.object({ type: z.literal('tool_call'), tool_call: modelToolCallSchema }),
    z.object({ type: z.literal('finish'), result: dispatchResultSchema }),
    z.object({
      type: z.literal('error'),
      error: z.object({ code: z.string(), message: z.string(), details: jsonObjectSchema }),
    }),
  ])
  .meta({ id: 'DispatchEvent' });
export type DispatchEvent = z.infer<typeof dispatchEventSchema>;

/** Routes of the dispatcher. */
export const dispatchRoutes = defineRoutes({
  dispatch: {
    method: 'POST',
    path: '/api/v1/dispatch',
    role: 'member',
    tag: 'dispatch',
    summary: 'Call a model; with `stream: true` the answer is server-sent events.',
    query: workspaceQuerySchema,
    body: dispatchRequestSchema,
    response: dispatchResultSchema,
    format: 'stream',
    bodyBytesMax: 32 * 1024 * 1024,
  },
});
