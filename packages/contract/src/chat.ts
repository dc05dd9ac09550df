/**
 * The OpenAI-compatible door: chat completions and models in that API's own words, so that existing clients get budgets,
 * audit and cost by changing a base URL. Unknown request fields are accepted and ignored, as those clients expect.
 */
import { z } from 'zod';

import { countSchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

const textPartSchema = z.looseObject({ type: z.literal('text'), text: z.string() });
const imagePartSchema = z.looseObject({
  type: z.literal('image_url'),
  image_url: z.looseObject({ url: z.string(), detail: z.string().optional() }),
});
const contentSchema = z.union([z.string(), z.array(z.union([textPartSchema, imagePartSchema]))]);

/** A call of a tool that the model asks for. */
export const chatToolCallSchema = z.looseObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
});
export type ChatToolCall = z.infer<typeof chatToolCallSchema>;

/** One message of the conversation. */
export const chatMessageSchema = z
  .discriminatedUnion('role', [
    z.looseObject({ role: z.enum(['system', 'developer']), content: contentSchema }),
    z.looseObject({ role: z.literal('user'), content: contentSchema }),
    z.looseObject({
      role: z.literal('assistant'),
      content: contentSchema.nullable().optional(),
      tool_calls: z.array(chatToolCallSchema).optional(),
    }),
    z.looseObject({ role: z.literal('tool'), tool_call_id: z.string(), content: contentSchema }),
  ])
  .meta({ id: 'ChatMessage' });
export type ChatMessage = z.infer<typeof chatMessageSchema>;

/** The body of `POST /v1/chat/completions`. */
export const chatCompletionRequestSchema = z
  .looseObject({
    model: z.string().min(1).max(200),
    messages: z.array(chatMessageSchema).min(1).max(2000),
    stream: z.boolean().nullish(),
    stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    max_tokens: z.number().int().positive().nullish(),
    max_completion_tokens: z.number().int().positive().nullish(),
    n: z.literal(1).nullish(),
    stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
    seed: z.number().int().nullish(),
    user: z.string().optional(),
    tools: z
      .array(
        z.looseObject({
          type: z.literal('function'),
          function: z.looseObject({
            name: z.string(),
            description: z.string().optional(),
            parameters: z.record(z.string(), z.unknown()).optional(),
          }),
        }),
      )
      .max(128)
      .optional(),
    tool_choice: z
      .union([
        z.enum(['none', 'auto', 'required']),
        z.looseObject({ type: z.literal('function'), function: z.looseObject({ name: z.string() }) }),
      ])
      .optional(),
    response_format: z
      .union([
        z.looseObject({ type: z.enum(['text', 'json_object']) }),
        z.looseObject({
          type: z.literal('json_schema'),
          json_schema: z.looseObject({
            name: z.string(),
            schema: z.record(z.string(), z.unknown()).optional(),
          }),
        }),
      ])
      .optional(),
  })
  .meta({ id: 'ChatCompletionRequest' });
export type ChatCompletionRequest = z.infer<typeof chatCompletionRequestSchema>;

/** What a call used. */
export const chatUsageSchema = z.object({
  prompt_tokens: countSchema,
  completion_tokens: countSchema,
  total_tokens: countSchema,
  prompt_tokens_details: z.object({ cached_tokens: countSchema }),
  completion_tokens_details: z.object({ reasoning_tokens: countSchema }),
});
export type ChatUsage = z.infer<typeof chatUsageSchema>;

const finishReasonSchema = z.enum(['stop', 'length', 'tool_calls', 'content_filter']);

/** The answer when not streaming. */
export const chatCompletionSchema = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: countSchema.meta({ description: 'Seconds since 1970, as that API has it.' }),
    model: z.string(),
    choices: z.array(
      z.object({
        index: countSchema,
        message: z.object({
          role: z.literal('assistant'),
          content: z.string().nullable(),
          refusal: z.null().default(null),
          tool_calls: z.array(chatToolCallSchema).optional(),
        }),
        logprobs: z.null().default(null),
        finish_reason: finishReasonSchema,
      }),
    ),
    usage: chatUsageSchema,
  })
  .meta({ id: 'ChatCompletion' });
export type ChatCompletion = z.infer<typeof chatCompletionSchema>;

/** One server-sent event of a stream; the stream ends with `data: [DONE]`. */
export const chatCompletionChunkSchema = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion.chunk'),
    created: countSchema,
    model: z.string(),
    choices: z.array(
      z.object({
        index: countSchema,
        delta: z.object({
          role: z.literal('assistant').optional(),
          content: z.string().nullable().optional(),
          tool_calls: z
            .array(
              z.object({
                index: countSchema,
                id: z.string().optional(),
                type: z.literal('function').optional(),
                function: z.object({ name: z.string().optional(), arguments: z.string().optional() }),
              }),
            )
            .optional(),
        }),
        finish_reason: finishReasonSchema.nullable(),
      }),
    ),
    usage: chatUsageSchema.nullable().optional(),
  })
  .meta({ id: 'ChatCompletionChunk' });
export type ChatCompletionChunk = z.infer<typeof chatCompletionChunkSchema>;

/** Routes under `/v1`, in OpenAI's words. */
export const chatRoutes = defineRoutes({
  complete: {
    method: 'POST',
    path: '/v1/chat/completions',
    role: 'member',
    scope: 'dispatch',
    tag: 'openai',
    summary: 'Complete a chat; with `stream: true` the answer is server-sent events.',
    body: chatCompletionRequestSchema,
    response: chatCompletionSchema,
    format: 'stream',
  },
  models: {
    method: 'GET',
    path: '/v1/models',
    role: 'viewer',
    scope: 'dispatch',
    tag: 'openai',
    summary: "List callable models and aliases in OpenAI's form.",
    response: z.object({
      object: z.literal('list'),
      data: z.array(
        z.object({ id: z.string(), object: z.literal('model'), created: countSchema, owned_by: z.string() }),
      ),
    }),
  },
});
