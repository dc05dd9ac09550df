/** Translation between the words of the OpenAI API and ours. */
import type {
  ChatCompletion,
  ChatCompletionRequest,
  ChatMessage,
  ChatUsage,
  RouteReply,
  routes,
} from '@raptorflow/contract';
import type {
  DescribedAlias,
  DispatchRequest,
  DispatchResult,
  JsonObject,
  ModelMessage,
  ModelSettings,
  ModelUsage,
} from '@raptorflow/runtime';
import { RaptorFlowError } from 'raptorflow/kernel';

/** On whose behalf a request is made. */
export interface Behalf {
  readonly workspaceId: string;
  readonly correlationId: string;
  readonly signal: AbortSignal;
  readonly cache: boolean;
}

/** A chat request as a dispatch. Throws `invalid_input` for an image that is not inline. */
export function toDispatchRequest(body: ChatCompletionRequest, behalf: Behalf): DispatchRequest {
  const maxOutputTokens = body.max_completion_tokens ?? body.max_tokens;
  const stop = body.stop ?? undefined;
  const format = body.response_format;
  const names = toolNames(body.messages);
  return {
    ...behalf,
    model: body.model,
    messages: body.messages.map((message) => toMessage(message, names)),
    ...(typeof maxOutputTokens === 'number' ? { maxOutputTokens } : {}),
    ...(typeof body.temperature === 'number' ? { temperature: body.temperature } : {}),
    ...(stop === undefined ? {} : { stopSequences: typeof stop === 'string' ? [stop] : stop }),
    ...(typeof body.seed === 'number' ? { seed: body.seed } : {}),
    ...(body.tools === undefined
      ? {}
      : {
          tools: body.tools.map(({ function: tool }) => ({
            name: tool.name,
            ...(tool.description === undefined ? {} : { description: tool.description }),
            inputSchema: json(tool.parameters ?? { type: 'object', properties: {} }),
          })),
        }),
    ...(body.tool_choice === undefined
      ? {}
      : {
          toolChoice:
            typeof body.tool_choice === 'string'
              ? body.tool_choice
              : { tool: body.tool_choice.function.name },
        }),
    ...(format === undefined || format.type === 'text' ? {} : { responseFormat: responseFormat(format) }),
  };
}

function responseFormat(
  format: Exclude<NonNullable<ChatCompletionRequest['response_format']>, { type: 'text' }>,
): NonNullable<DispatchRequest['responseFormat']> {
  if (!('json_schema' in format)) return { type: 'json' };
  const { name, schema } = format.json_schema as { name: string; schema?: Record<string, unknown> };
  return { type: 'json', name, ...(schema === undefined ? {} : { schema: json(schema) }) };
}

function json(value: Record<string, unknown>): JsonObject {
  return value as JsonObject;
}

// A tool's answer names only the call; providers also want the tool's name.
function toolNames(messages: readonly ChatMessage[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const message of messages) {
    if (message.role !== 'assistant') continue;
    for (const call of message.tool_calls ?? []) names.set(call.id, call.function.name);
  }
  return names;
}

function toMessage(message: ChatMessage, names: ReadonlyMap<string, string>): ModelMessage {
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: textOf(message.content) };
    case 'user':
      return {
        role: 'user',
        content: typeof message.content === 'string' ? message.content : message.content.map(toPart),
      };
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content === null || message.content === undefined ? '' : textOf(message.content),
        ...(message.tool_calls === undefined
          ? {}
          : {
              toolCalls: message.tool_calls.map((call) => ({
                id: call.id,
                name: call.function.name,
                input: parseArguments(call.function.arguments),
              })),
            }),
      };
    case 'tool':
      return {
        role: 'tool',
        toolCallId: message.tool_call_id,
        toolName: names.get(message.tool_call_id) ?? 'unknown',
        content: textOf(message.content),
      };
  }
}

type Content = Extract<ChatMessage, { role: 'user' }>['content'];
type Part = Exclude<Content, string>[number];

function textOf(content: Content): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

function toPart(
  part: Part,
): { type: 'text'; text: string } | { type: 'image'; mediaType: string; data: string } {
  if (part.type === 'text') return { type: 'text', text: part.text };
  const match = /^data:(image\/[a-z0-9.+-]+);base64,([A-Za-z0-9+/=\s]+)$/i.exec(part.image_url.url);
  if (!match?.[1] || match[2] === undefined) {
    throw new RaptorFlowError(
      'invalid_input',
      'Images must be inline ("data:image/png;base64,…"); this server does not fetch addresses on behalf of a prompt.',
    );
  }
  return { type: 'image', mediaType: match[1], data: match[2] };
}

function parseArguments(text: string): JsonObject | string {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return text;
  }
}

/** Usage in that API's words. */
export function usageOf(usage: ModelUsage): ChatUsage {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedInputTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}

/** Why it ended, in that API's words. */
export function finishReasonOf(result: DispatchResult): ChatCompletion['choices'][number]['finish_reason'] {
  const reasons = {
    length: 'length',
    'tool-calls': 'tool_calls',
    'content-filter': 'content_filter',
  } as const;
  return Object.entries(reasons).find(([ours]) => ours === result.finishReason)?.[1] ?? 'stop';
}

/** A whole answer. */
export function completionOf(result: DispatchResult, id: string, created: number): ChatCompletion {
  return {
    id,
    object: 'chat.completion',
    created,
    model: result.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: result.text === '' && result.toolCalls.length > 0 ? null : result.text,
          refusal: null,
          ...(result.toolCalls.length === 0
            ? {}
            : {
                tool_calls: result.toolCalls.map((call) => ({
                  id: call.id,
                  type: 'function' as const,
                  function: { name: call.name, arguments: JSON.stringify(call.input) },
                })),
              }),
        },
        logprobs: null,
        finish_reason: finishReasonOf(result),
      },
    ],
    usage: usageOf(result.usage),
  };
}

type ModelList = RouteReply<typeof routes.chat.models>;

/** The workspace's aliases, then the models that can be called by their own names. */
export function modelListOf(
  aliases: readonly DescribedAlias[],
  models: ReturnType<ModelSettings['callableModels']>,
): ModelList {
  const entry = (id: string, owner: string): ModelList['data'][number] => ({
    id,
    owned_by: owner,
    object: 'model',
    created: 0,
  });
  return {
    object: 'list',
    data: [
      ...aliases.flatMap(({ alias, lead }) => (lead.callable ? [entry(alias, 'raptorflow')] : [])),
      ...models.map(({ id, provider }) => entry(id, provider === 'offline' ? 'raptorflow' : provider)),
    ],
  };
}
