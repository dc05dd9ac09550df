import type { Frame, PreparedAnswer, ServerUsage, WireFormat } from '../call.ts';
import { tokensOf } from '../tokens.ts';
import { asCount, asList, asRecord, sse, type JsonRecord } from './reading.ts';

// https://platform.openai.com/docs/api-reference/chat

/** OpenAI's chat completions. */
export const openAiWire: WireFormat = {
  read: (body) => {
    if (typeof body['model'] !== 'string') return 'you must provide a model parameter';
    if (!Array.isArray(body['messages']) || body['messages'].length === 0) {
      return "Invalid type for 'messages': expected an array of objects.";
    }
    const texts: string[] = [];
    let images = 0;
    for (const message of body['messages'].map(asRecord)) {
      const content = message['content'];
      if (typeof content === 'string') texts.push(content);
      for (const part of asList(content).map(asRecord)) {
        if (part['type'] === 'image_url') images += 1;
        else texts.push(typeof part['text'] === 'string' ? part['text'] : JSON.stringify(part));
      }
      if (message['tool_calls'] !== undefined) texts.push(JSON.stringify(message['tool_calls']));
    }
    const tools = asList(body['tools']).map((tool) => asRecord(asRecord(tool)['function']));
    if (tools.length > 0) texts.push(JSON.stringify(tools));
    if (body['response_format'] !== undefined) texts.push(JSON.stringify(body['response_format']));
    return {
      prompt: texts.join('\n'),
      images,
      toolNames: tools.map((tool) => String(tool['name'])),
      outputTokensMax: asCount(body['max_completion_tokens']) ?? asCount(body['max_tokens']) ?? 128_000,
      includeUsage: asRecord(body['stream_options'])['include_usage'] === true,
    };
  },
  whole: (answer) => ({
    id: answer.id,
    object: 'chat.completion',
    created: answer.createdSeconds,
    model: answer.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.chunks.length === 0 ? null : answer.chunks.join(''),
          refusal: null,
          ...(answer.toolCalls.length === 0 ? {} : { tool_calls: answer.toolCalls.map(toolCall) }),
        },
        logprobs: null,
        finish_reason: finishReason(answer),
      },
    ],
    ...(answer.reportedUsage === null ? {} : { usage: usageOf(answer.reportedUsage) }),
    service_tier: 'default',
  }),
  frames: (answer) => buildFrames(answer),
  error: (status, message) => ({
    error: {
      message,
      type: status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error',
      param: null,
      code: status === 429 ? 'rate_limit_exceeded' : null,
    },
  }),
};

/** The answer of `GET /v1/models`. */
export function modelList(models: readonly string[], createdSeconds: number): unknown {
  return {
    object: 'list',
    data: models.map((id) => ({ id, object: 'model', created: createdSeconds, owned_by: 'rig' })),
  };
}

function buildFrames(answer: PreparedAnswer): Frame[] {
  const frames: Frame[] = [];
  let outputTokens = answer.usage.thinking;
  const push = (choices: unknown[], usage: unknown = null): void => {
    const chunk = {
      id: answer.id,
      object: 'chat.completion.chunk',
      created: answer.createdSeconds,
      model: answer.model,
      service_tier: 'default',
      choices,
      ...(answer.includeUsage ? { usage } : {}),
    };
    frames.push({ data: sse(chunk), outputTokens });
  };
  const choice = (delta: JsonRecord, finish: string | null = null): unknown[] => [
    { index: 0, delta, logprobs: null, finish_reason: finish },
  ];
  push(choice({ role: 'assistant', content: '', refusal: null }));
  for (const chunk of answer.chunks) {
    outputTokens = Math.min(outputTokens + tokensOf(chunk), answer.usage.output);
    push(choice({ content: chunk }));
  }
  answer.toolCalls.forEach((call, index) => {
    push(
      choice({ tool_calls: [{ index, ...toolCall(call), function: { name: call.name, arguments: '' } }] }),
    );
    outputTokens = answer.usage.output;
    push(choice({ tool_calls: [{ index, function: { arguments: JSON.stringify(call.input) } }] }));
  });
  outputTokens = answer.usage.output;
  push(choice({}, finishReason(answer)));
  if (answer.includeUsage && answer.reportedUsage !== null) push([], usageOf(answer.reportedUsage));
  frames.push({ data: sse('[DONE]'), outputTokens });
  return frames;
}

function toolCall(call: PreparedAnswer['toolCalls'][number]): JsonRecord {
  return {
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.input) },
  };
}

function finishReason(answer: PreparedAnswer): string {
  return answer.finish === 'tool-calls' ? 'tool_calls' : answer.finish;
}

// prompt_tokens includes the cached ones, completion_tokens includes reasoning.
function usageOf(usage: ServerUsage): JsonRecord {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.thinking,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
