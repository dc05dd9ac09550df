import type {
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4ToolCall,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import { asJson, parseJson } from './json.ts';
import type { JsonValue, ModelAnswer, ModelFinishReason, ModelToolCall, ModelUsage } from './model.ts';

/** Usage in our words, or null when the provider sent none that could be billed by. */
export function toUsage(usage: LanguageModelV4Usage): ModelUsage | null {
  const input = usage.inputTokens.total;
  const output = usage.outputTokens.total;
  if (input === undefined || output === undefined) return null;
  return {
    inputTokens: input,
    cachedInputTokens: usage.inputTokens.cacheRead ?? 0,
    cacheWriteTokens: usage.inputTokens.cacheWrite ?? 0,
    outputTokens: output,
    reasoningTokens: usage.outputTokens.reasoning ?? 0,
  };
}

/** The reason in our words. `interrupted` never gets here: it is a failure. */
export function toFinishReason(reason: LanguageModelV4FinishReason): ModelFinishReason {
  return reason.unified === 'interrupted' ? 'error' : reason.unified;
}

/** A tool call with its input parsed; input that is not JSON is kept as the text it is. */
export function toToolCall(call: LanguageModelV4ToolCall): ModelToolCall {
  return {
    id: call.toolCallId,
    name: call.toolName,
    input: parseInput(call.input),
    ...(call.providerMetadata === undefined ? {} : { providerMetadata: call.providerMetadata }),
  };
}

function parseInput(text: string): JsonValue {
  if (text.trim() === '') return {};
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/** The whole answer of a call that was not streamed. */
export function toAnswer(result: LanguageModelV4GenerateResult, modelId: string): ModelAnswer {
  let text = '';
  const toolCalls: ModelToolCall[] = [];
  for (const part of result.content) {
    if (part.type === 'text') text += part.text;
    else if (part.type === 'tool-call') toolCalls.push(toToolCall(part));
  }
  return {
    text,
    toolCalls,
    finishReason: toFinishReason(result.finishReason),
    usage: toUsage(result.usage),
    rawUsage: result.usage.raw === undefined ? null : asJson(result.usage.raw),
    providerMetadata: result.providerMetadata === undefined ? null : asJson(result.providerMetadata),
    modelId: result.response?.modelId ?? modelId,
  };
}
