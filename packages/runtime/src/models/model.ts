import type { SourceText } from './offline/index.ts';

export type { SourceText };

/** Any value that survives JSON unchanged. Requests, answers and journal payloads consist of nothing else. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: JsonValue | undefined };

/** Plain text inside a user message. */
export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

/** An image inside a user message, always inline: a provider or a request never makes RaptorFlow fetch an address. */
export interface ImagePart {
  readonly type: 'image';
  /** For example `image/png`. */
  readonly mediaType: string;
  /** The bytes in base64. */
  readonly data: string;
}

/** A model's wish to have a tool called. `providerMetadata` goes back unchanged with the next request (thought signatures). */
export interface ModelToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: JsonValue;
  readonly providerMetadata?: Readonly<Record<string, JsonObject>>;
}

/** One message of a conversation. */
export type ModelMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly (TextPart | ImagePart)[] }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly ModelToolCall[] }
  | {
      readonly role: 'tool';
      readonly toolCallId: string;
      readonly toolName: string;
      readonly content: string;
    };

/** A tool that the model may ask for. */
export interface ModelTool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema (draft 7) of the input. */
  readonly inputSchema: JsonObject;
}

/** Whether and which tool the model must ask for. */
export type ModelToolChoice = 'auto' | 'none' | 'required' | { readonly tool: string };

/**
 * What a request is for, in the words of the offline engine: `kind` is one of its task names, `input` that task's
 * fields without `task` and `sources`. Real providers ignore it.
 */
export interface ModelTask {
  readonly kind: string;
  readonly input: unknown;
}

/** One call of one model. `modelId` is the provider's own id, never an alias. */
export interface ModelRequest {
  readonly modelId: string;
  readonly messages: readonly ModelMessage[];
  /** Always sent to the provider: it bounds what the call can cost. */
  readonly maxOutputTokens: number;
  readonly temperature?: number;
  readonly stopSequences?: readonly string[];
  readonly tools?: readonly ModelTool[];
  readonly toolChoice?: ModelToolChoice;
  /** `schema` is JSON Schema (draft 7). */
  readonly responseFormat?: { readonly type: 'json'; readonly name?: string; readonly schema?: JsonObject };
  readonly seed?: number;
  /** Documents handed to the model as evidence. Real providers see them in the prompt, under their ids. */
  readonly sources?: readonly SourceText[];
  readonly task?: ModelTask;
}

/**
 * Tokens of one call, as billed. `inputTokens` includes the cached and cache-written ones; `outputTokens` includes
 * `reasoningTokens`.
 */
export interface ModelUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

/** Why the model stopped. */
export type ModelFinishReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'other';

/** The whole answer to one call. */
export interface ModelAnswer {
  readonly text: string;
  readonly toolCalls: readonly ModelToolCall[];
  readonly finishReason: ModelFinishReason;
  /** Null when the provider sent none: the ledger then charges the bound. */
  readonly usage: ModelUsage | null;
  /** The provider's own usage object, unchanged, or null. */
  readonly rawUsage: JsonObject | null;
  readonly providerMetadata: JsonObject | null;
  /** The id the provider says it answered with. */
  readonly modelId: string;
}

/** One piece of a streamed answer. Exactly one `finish` ends a complete stream. */
export type ModelChunk =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool-call'; readonly toolCall: ModelToolCall }
  | { readonly type: 'finish'; readonly answer: ModelAnswer };

/** How one call is made: its abort signal and, for providers that can be asked afterwards, its id. */
export interface ModelCallOptions {
  readonly signal?: AbortSignal;
  /** Sent as the header `x-raptorflow-call-id`. */
  readonly callId?: string;
}

/**
 * A model provider: the port between the dispatcher and the world.
 *
 * It makes exactly one request per call and never retries; that is the dispatcher's work, because every attempt is
 * paid for on its own. It throws `model_throttled` (429; `retryAfterMs` when the provider said so), `model_unavailable`
 * (5xx, no connection, cut stream; retryable), `model_refused` (any other 4xx; permanent), `model_key_missing` when
 * it is not configured, and `cancelled` once `signal` has fired.
 * `details.requestLeft` is false only when the request provably never reached the provider.
 */
export interface ModelProvider {
  readonly name: string;
  generate(request: ModelRequest, options?: ModelCallOptions): Promise<ModelAnswer>;
  /** A stream that ends without `finish` throws `model_unavailable`. Ending the iteration early aborts the request. */
  stream(request: ModelRequest, options?: ModelCallOptions): AsyncIterable<ModelChunk>;
}
