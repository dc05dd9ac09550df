/** Dispatched calls in the words of the wire. */
import type {
  DispatchRequestWire,
  DispatchResultWire,
  ModelMessageWire,
  ModelToolCallWire,
} from '@raptorflow/contract';
import {
  formatUsd,
  type DispatchRequest,
  type DispatchResult,
  type JsonObject,
  type ModelMessage,
  type ModelToolCall,
} from '@raptorflow/runtime';

/** On whose behalf, and to whose charge, a call is made. */
export type Behalf = Pick<
  DispatchRequest,
  'workspaceId' | 'correlationId' | 'signal' | 'guild' | 'agentId' | 'campaignId' | 'budgetId'
>;

/** A body as a call. */
export function toDispatchRequest(body: DispatchRequestWire, behalf: Behalf): DispatchRequest {
  return {
    ...behalf,
    model: body.model,
    onBudget: body.on_budget,
    cache: body.cache,
    messages: body.messages.map(toMessage),
    ...(body.fallbacks !== undefined && { fallbacks: body.fallbacks }),
    ...(body.max_output_tokens !== undefined && { maxOutputTokens: body.max_output_tokens }),
    ...(body.temperature !== undefined && { temperature: body.temperature }),
    ...(body.stop_sequences !== undefined && { stopSequences: body.stop_sequences }),
    ...(body.seed !== undefined && { seed: body.seed }),
    ...(body.tool_choice !== undefined && { toolChoice: body.tool_choice }),
    ...(body.tools !== undefined && {
      tools: body.tools.map(({ name, description, input_schema }) => ({
        name,
        ...(description !== undefined && { description }),
        inputSchema: input_schema as JsonObject,
      })),
    }),
    ...(body.response_format !== undefined && {
      responseFormat: {
        type: body.response_format.type,
        ...(body.response_format.name !== undefined && { name: body.response_format.name }),
        ...(body.response_format.schema !== undefined && {
          schema: body.response_format.schema as JsonObject,
        }),
      },
    }),
  };
}

/** A result as a body. */
export function dispatchResultToWire(result: DispatchResult): DispatchResultWire {
  const { usage } = result;
  return {
    call_id: result.callId,
    text: result.text,
    ...(result.json === undefined ? {} : { json: result.json as DispatchResultWire['json'] }),
    tool_calls: result.toolCalls.map(toolCallToWire),
    finish_reason: result.finishReason,
    model: result.model,
    provider: result.provider,
    usage: {
      input_tokens: usage.inputTokens,
      cached_input_tokens: usage.cachedInputTokens,
      cache_write_tokens: usage.cacheWriteTokens,
      output_tokens: usage.outputTokens,
      reasoning_tokens: usage.reasoningTokens,
    },
    cost_usd: formatUsd(result.costMicroUsd),
    cost_estimated: result.costEstimated,
    cached: result.cached,
    offline: result.offline,
    fell_back_from: [...result.fellBackFrom],
    shrunk_to_output_tokens: result.shrunkToOutputTokens,
    latency_ms: result.latencyMs,
  };
}

/** A wish for a tool as a body. */
export function toolCallToWire({ id, name, input, providerMetadata }: ModelToolCall): ModelToolCallWire {
  return {
    id,
    name,
    input: input as ModelToolCallWire['input'],
    ...(providerMetadata === undefined ? {} : { provider_metadata: { ...providerMetadata } }),
  };
}

function toMessage(message: ModelMessageWire): ModelMessage {
  switch (message.role) {
    case 'system':
      return message;
    case 'user':
      return {
        role: 'user',
        content:
          typeof message.content === 'string'
            ? message.content
            : message.content.map((part) =>
                part.type === 'text'
                  ? part
                  : { type: 'image' as const, mediaType: part.media_type, data: part.data },
              ),
      };
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content,
        ...(message.tool_calls !== undefined && { toolCalls: message.tool_calls.map(toToolCall) }),
      };
    case 'tool':
      return {
        role: 'tool',
        toolCallId: message.tool_call_id,
        toolName: message.tool_name,
        content: message.content,
      };
  }
}

function toToolCall({ id, name, input, provider_metadata }: ModelToolCallWire): ModelToolCall {
  return {
    id,
    name,
    input,
    ...(provider_metadata !== undefined && {
      providerMetadata: provider_metadata as Readonly<Record<string, JsonObject>>,
    }),
  };
}
