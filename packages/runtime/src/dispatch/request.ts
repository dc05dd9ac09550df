import type {
  JsonObject,
  JsonValue,
  ModelFinishReason,
  ModelMessage,
  ModelRequest,
  ModelTask,
  ModelTool,
  ModelToolCall,
  ModelToolChoice,
  ModelUsage,
  SourceText,
} from '../models/model.ts';

/** A call of a model on behalf of a workspace. */
export interface DispatchRequest {
  readonly workspaceId: string;
  /** An alias (`fast`, `standard`, `heavy`, `research`, or one of the workspace's own) or a full model id. */
  readonly model: string;
  /**
   * Models that are asked in turn when the one before does not answer: it is down, throttles, its circuit is open, or its share of the
   * deadline is over. Each attempt is reserved and paid for at its own model's price. At most 5. Default: those that the workspace has set for
   * the alias; an empty list for none.
   */
  readonly fallbacks?: readonly string[];
  readonly messages: readonly ModelMessage[];
  /** Documents the answer must rest on. Real providers see them in the prompt; the offline model quotes them. */
  readonly sources?: readonly SourceText[];
  /** What the request is for; only the offline model reads it. */
  readonly task?: ModelTask;
  /** The guild, agent, run and campaign that the call is charged to, beside the workspace. */
  readonly guild?: string;
  readonly agentId?: string;
  readonly agentRunId?: string;
  readonly campaignId?: string;
  /** The budget that the chain of events carries which the call belongs to. */
  readonly budgetId?: string;
  readonly correlationId?: string;
  readonly maxOutputTokens?: number;
  /**
   * What happens when the worst case does not fit into a budget: `refuse` (default), or `shrink`: fewer output tokens are asked for, as many
   * as fit, and the result says so.
   */
  readonly onBudget?: 'refuse' | 'shrink';
  /** Whether an answer that is kept for exactly this request may serve again, and this one's may be kept. Default true. */
  readonly cache?: boolean;
  readonly temperature?: number;
  readonly stopSequences?: readonly string[];
  readonly seed?: number;
  readonly tools?: readonly ModelTool[];
  readonly toolChoice?: ModelToolChoice;
  readonly responseFormat?: NonNullable<ModelRequest['responseFormat']>;
  readonly signal?: AbortSignal;
}

/** What a dispatched call gave, and what it cost. */
export interface DispatchResult {
  readonly callId: string;
  readonly text: string;
  /** Present when the request asked for JSON. */
  readonly json?: JsonValue;
  readonly toolCalls: readonly ModelToolCall[];
  readonly finishReason: ModelFinishReason;
  /** The full model id; `offline` for the offline model. */
  readonly model: string;
  readonly provider: string;
  readonly usage: ModelUsage;
  readonly rawUsage: JsonObject | null;
  /** Of this call with all its attempts, in integer micro-USD. */
  readonly costMicroUsd: number;
  /** True when the cost is a bound, because the provider sent no usage. */
  readonly costEstimated: boolean;
  /** True when a kept answer served again: no provider was called, and it cost nothing. */
  readonly cached: boolean;
  /** The models that were asked before this one and did not answer. */
  readonly fellBackFrom: readonly string[];
  /** The output tokens that were asked for, where a budget allowed no more than these; else null. */
  readonly shrunkToOutputTokens: number | null;
  readonly offline: boolean;
  readonly latencyMs: number;
}

/** One piece of a streamed dispatch. Exactly one `finish` ends a complete stream. */
export type DispatchChunk =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool-call'; readonly toolCall: ModelToolCall }
  | { readonly type: 'finish'; readonly result: DispatchResult };
