import type { Frame, PreparedAnswer, ServerUsage, WireFormat } from '../call.ts';
import { tokensOf } from '../tokens.ts';
import { asCount, asList, asRecord, sse, type JsonRecord } from './reading.ts';

// https://platform.claude.com/docs/en/api/messages and .../build-with-claude/streaming

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** Anthropic's Messages API; Vertex AI's rawPredict and streamRawPredict carry the same bodies. */
export const claudeWire: WireFormat = {
  read: (body) => {
    const outputTokensMax = asCount(body['max_tokens']);
    if (outputTokensMax === undefined) return 'max_tokens: Field required';
    if (!Array.isArray(body['messages'])) return 'messages: Field required';
    const texts: string[] = [];
    const system = body['system'];
    if (typeof system === 'string') texts.push(system);
    let images = 0;
    const blocks = [...asList(system), ...body['messages'].flatMap(contentOf)].map(asRecord);
    for (const block of blocks) {
      if (block['type'] === 'image') images += 1;
      else texts.push(typeof block['text'] === 'string' ? block['text'] : JSON.stringify(block));
    }
    const tools = asList(body['tools']).map(asRecord);
    if (tools.length > 0) texts.push(JSON.stringify(tools));
    return {
      prompt: texts.join('\n'),
      images,
      toolNames: tools.map((tool) => String(tool['name'])),
      outputTokensMax,
      includeUsage: true,
    };
  },
  whole: (answer) => ({
    ...messageHead(answer),
    content: [
      ...(answer.chunks.length === 0 ? [] : [{ type: 'text', text: answer.chunks.join('') }]),
      ...answer.toolCalls.map((call) => ({
        type: 'tool_use',
        id: call.id,
        name: call.name,
        input: call.input,
      })),
    ],
    stop_reason: stopReason(answer),
    stop_sequence: null,
    ...(answer.reportedUsage === null
      ? { usage: { input_tokens: 0, output_tokens: 0 } }
      : { usage: usageOf(answer.reportedUsage) }),
  }),
  frames: (answer) => buildFrames(answer),
  error: (status, message) => ({
    type: 'error',
    error: { type: errorTypes[status] ?? 'api_error', message },
    request_id: 'req_rig',
  }),
};

function contentOf(message: unknown): readonly unknown[] {
  const content = asRecord(message)['content'];
  return typeof content === 'string' ? [{ type: 'text', text: content }] : asList(content);
}

function messageHead(answer: PreparedAnswer): JsonRecord {
  return { id: answer.id, type: 'message', role: 'assistant', model: answer.model };
}

function buildFrames(answer: PreparedAnswer): Frame[] {
  const frames: Frame[] = [];
  let outputTokens = answer.usage.thinking;
  const push = (event: string, data: JsonRecord, generated = outputTokens): void => {
    frames.push({ data: sse({ type: event, ...data }, event), outputTokens: generated });
  };
  const started = answer.reportedUsage ?? { input: 0, cached: 0, cacheWrite: 0, output: 0, thinking: 0 };
  push('message_start', {
    message: {
      ...messageHead(answer),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usageOf(started), output_tokens: 1 },
    },
  });
  let index = 0;
  if (answer.chunks.length > 0) {
    push('content_block_start', { index, content_block: { type: 'text', text: '' } });
    push('ping', {});
    for (const chunk of answer.chunks) {
      outputTokens = Math.min(outputTokens + tokensOf(chunk), answer.usage.output);
      push('content_block_delta', { index, delta: { type: 'text_delta', text: chunk } });
    }
    push('content_block_stop', { index });
    index += 1;
  }
  for (const call of answer.toolCalls) {
    const block = { type: 'tool_use', id: call.id, name: call.name, input: {} };
    push('content_block_start', { index, content_block: block });
    outputTokens = answer.usage.output;
    push('content_block_delta', {
      index,
      delta: { type: 'input_json_delta', partial_json: JSON.stringify(call.input) },
    });
    push('content_block_stop', { index });
    index += 1;
  }
  const told = answer.reportedUsage;
  push(
    'message_delta',
    {
      delta: { stop_reason: stopReason(answer), stop_sequence: null },
      usage: told === null ? { output_tokens: 0 } : usageOf(told),
    },
    answer.usage.output,
  );
  push('message_stop', {}, answer.usage.output);
  return frames;
}

function stopReason(answer: PreparedAnswer): string {
  if (answer.finish === 'tool-calls') return 'tool_use';
  return answer.finish === 'length' ? 'max_tokens' : 'end_turn';
}

// input_tokens excludes what was read from or written to the cache; output_tokens includes thinking.
function usageOf(usage: ServerUsage): JsonRecord {
  return {
    input_tokens: usage.input - usage.cached - usage.cacheWrite,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cached,
    output_tokens: usage.output,
    service_tier: 'standard',
    ...(usage.thinking > 0 ? { output_tokens_details: { thinking_tokens: usage.thinking } } : {}),
  };
}
