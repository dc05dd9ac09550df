/** The wire formats that the server speaks. */
export type Wire = 'gemini' | 'claude' | 'openai';

/** A request as the server understood it, whatever its wire format. */
export interface ServerCall {
  readonly wire: Wire;
  readonly model: string;
  readonly stream: boolean;
  /** The caller's own id for the call (header `x-raptorflow-call-id`), or null. */
  readonly callId: string | null;
  /** Everything textual of the prompt, in order, one part a line. */
  readonly prompt: string;
  readonly images: number;
  readonly toolNames: readonly string[];
  readonly outputTokensMax: number;
  /** The parsed body, for assertions about what was really sent. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A tool call inside an answer. */
export interface ServerToolCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What the server shall answer. Every field has a default, so `{ text }` is enough. */
export interface ServerAnswer {
  readonly text: string;
  readonly toolCalls?: readonly ServerToolCall[];
  /** Tokens of thinking, billed as output; default 0. */
  readonly thinkingTokens?: number;
  /** How many of the input tokens come from a cache; default 0. */
  readonly cachedInputTokens?: number;
  /** How many of the input tokens are written to a cache (Claude only); default 0. */
  readonly cacheWriteTokens?: number;
}

/** Tokens as the server counts and bills them. `input` includes cached and cache-written ones, `output` includes thinking. */
export interface ServerUsage {
  readonly input: number;
  readonly cached: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly thinking: number;
}

/** An answer ready to be put on the wire. */
export interface PreparedAnswer {
  readonly id: string;
  readonly model: string;
  readonly createdSeconds: number;
  readonly chunks: readonly string[];
  readonly toolCalls: readonly (ServerToolCall & { readonly id: string })[];
  readonly finish: 'stop' | 'length' | 'tool-calls';
  /** What is billed. */
  readonly usage: ServerUsage;
  /** What is told to the caller; null when a fault leaves it out. */
  readonly reportedUsage: ServerUsage | null;
  /** Whether the caller asked for usage inside the stream (OpenAI's `include_usage`). */
  readonly includeUsage: boolean;
}

/** One piece of a stream. `outputTokens` is what has been generated once it is written. */
export interface Frame {
  readonly data: string;
  readonly outputTokens: number;
}

/** How one wire format reads requests and writes answers. */
export interface WireFormat {
  /** Null when the body is not of this format; the server then answers 400 with `refusal`. */
  read(body: Record<string, unknown>): ReadRequest | string;
  whole(answer: PreparedAnswer): unknown;
  frames(answer: PreparedAnswer): readonly Frame[];
  error(status: number, message: string): unknown;
}

/** What a wire format finds in a body. */
export interface ReadRequest {
  readonly prompt: string;
  readonly images: number;
  readonly toolNames: readonly string[];
  readonly outputTokensMax: number;
  readonly includeUsage: boolean;
}
