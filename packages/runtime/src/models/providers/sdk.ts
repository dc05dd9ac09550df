import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { RaptorFlowError } from 'raptorflow/kernel';
import { toAnswer, toFinishReason, toToolCall, toUsage } from '../answer.ts';
import { toModelFailure } from '../failure.ts';
import { asJson } from '../json.ts';
import type {
  ModelAnswer,
  ModelCallOptions,
  ModelChunk,
  ModelProvider,
  ModelRequest,
  ModelToolCall,
} from '../model.ts';
import { toCallOptions } from '../prompt.ts';

/** The header that carries a call's id to providers that can be asked about it afterwards. */
const callIdHeader = 'x-raptorflow-call-id';

/** Model objects that a provider keeps; ids come from requests, so there is no end of them. */
const modelsKeptMax = 100;

/** Imports the AI SDK package and builds its model maker, which talks through `fetch`. Called once, with the first call. */
export type LoadModels = (
  fetch: typeof globalThis.fetch,
) => Promise<(modelId: string) => LanguageModelV4 | Promise<LanguageModelV4>>;

/**
 * A provider over an AI SDK provider package, driven at provider level: no retries, and exactly one HTTP request a
 * call (a second one, which some packages would send to continue a long answer, is refused, because it was not reserved).
 */
export function createSdkProvider(
  name: string,
  load: LoadModels,
  baseFetch: typeof globalThis.fetch,
): ModelProvider {
  // One provider object serves all calls (it caches credentials), so the call that a request belongs to is told by its async context.
  const calls = new AsyncLocalStorage<CallGate>();
  const gatedFetch: typeof globalThis.fetch = (input, init) => {
    const gate = calls.getStore();
    if (gate === undefined || gate.requests > 0) {
      const details = { provider: name, requestLeft: true };
      const message = `${name} wanted a second request to finish one answer. Ask for fewer output tokens.`;
      return Promise.reject(new RaptorFlowError('model_refused', message, { details }));
    }
    gate.requests += 1;
    return baseFetch(input, init);
  };
  const modelOf = keepingModels(() => load(gatedFetch));
  const fail = (
    error: unknown,
    request: ModelRequest,
    gate: CallGate,
    signal: AbortSignal | undefined,
  ): Error =>
    toModelFailure(error, {
      provider: name,
      modelId: request.modelId,
      requestLeft: gate.requests > 0,
      signal,
    });
  return {
    name,
    async generate(request, options = {}) {
      const gate: CallGate = { requests: 0 };
      try {
        options.signal?.throwIfAborted();
        const model = await modelOf(request.modelId);
        const result = await calls.run(gate, () => model.doGenerate(withCall(request, options)));
        return toAnswer(result, request.modelId);
      } catch (error) {
        throw fail(error, request, gate, options.signal);
      }
    },
    async *stream(request, options = {}) {
      const gate: CallGate = { requests: 0 };
      const abort = new AbortController();
      const signal =
        options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
      try {
        signal.throwIfAborted();
        const model = await modelOf(request.modelId);
        const { stream } = await calls.run(gate, () =>
          model.doStream(withCall(request, { ...options, signal })),
        );
        yield* readStream(stream, name, request.modelId);
      } catch (error) {
        throw fail(error, request, gate, options.signal);
      } finally {
        // Reached on an early end too: the provider must not go on generating for nobody.
        abort.abort();
      }
    },
  };
}

/** The package is loaded with the first model. It builds its schemas anew for every model object, which takes longer than the rest of a call here. */
function keepingModels(load: () => ReturnType<LoadModels>): (modelId: string) => Promise<LanguageModelV4> {
  let loading: ReturnType<LoadModels> | undefined;
  const models = new Map<string, LanguageModelV4 | Promise<LanguageModelV4>>();
  return async (modelId) => {
    loading ??= load();
    const make = await loading;
    const kept = models.get(modelId);
    if (kept !== undefined) return kept;
    const [oldest] = models.size >= modelsKeptMax ? models.keys() : [];
    if (oldest !== undefined) models.delete(oldest);
    const made = make(modelId);
    models.set(modelId, made);
    return made;
  };
}

/** Counts the HTTP requests of one call. */
interface CallGate {
  requests: number;
}

function withCall(request: ModelRequest, options: ModelCallOptions): LanguageModelV4CallOptions {
  const callOptions = toCallOptions(request);
  if (options.signal !== undefined) callOptions.abortSignal = options.signal;
  if (options.callId !== undefined) callOptions.headers = { [callIdHeader]: options.callId };
  return callOptions;
}

async function* readStream(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  provider: string,
  modelId: string,
): AsyncGenerator<ModelChunk, void> {
  const collected = { text: '', toolCalls: [] as ModelToolCall[], modelId };
  let finished: ModelAnswer | undefined;
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (value.type === 'text-delta' && value.delta !== '') {
        collected.text += value.delta;
        yield { type: 'text', text: value.delta };
      } else if (value.type === 'tool-call') {
        const toolCall = toToolCall(value);
        collected.toolCalls.push(toolCall);
        yield { type: 'tool-call', toolCall };
      } else if (value.type === 'response-metadata') {
        collected.modelId = value.modelId ?? modelId;
      } else if (value.type === 'error') {
        throw streamFailure(value.error, provider, modelId);
      } else if (value.type === 'finish' && value.finishReason.unified !== 'interrupted') {
        finished = finishedAnswer(value, collected);
      }
    }
  } catch (error) {
    // Whatever breaks after the closing part takes nothing from the answer.
    if (finished === undefined) throw error;
  } finally {
    // Frees the connection when the reader of this generator leaves early; the stream may already be broken.
    await reader.cancel().catch(() => undefined);
  }
  if (finished === undefined) {
    throw new RaptorFlowError('model_unavailable', `${provider} cut the answer of ${modelId} short.`, {
      details: { provider, model: modelId, requestLeft: true, streamed: true },
    });
  }
  yield { type: 'finish', answer: finished };
}

function finishedAnswer(
  part: Extract<LanguageModelV4StreamPart, { type: 'finish' }>,
  collected: { text: string; toolCalls: readonly ModelToolCall[]; modelId: string },
): ModelAnswer {
  return {
    ...collected,
    finishReason: toFinishReason(part.finishReason),
    usage: toUsage(part.usage),
    rawUsage: part.usage.raw === undefined ? null : asJson(part.usage.raw),
    providerMetadata: part.providerMetadata === undefined ? null : asJson(part.providerMetadata),
  };
}

/** An error told inside a stream that had begun: whatever its status, the work before it may be billed. */
function streamFailure(error: unknown, provider: string, modelId: string): RaptorFlowError {
  const failure = toModelFailure(error, { provider, modelId, requestLeft: true, signal: undefined });
  return new RaptorFlowError(failure.code, failure.message, {
    details: { ...failure.details, streamed: true },
    cause: error,
    retryable: failure.retryable,
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
  });
}
