import type { CallAttempt } from '../call.ts';
import type { AttemptOutcome, AttemptStatus } from '../ledger.ts';

/** An attempt of the workspace `ws_a`. */
export const attemptOf = (callId: string, more: Partial<CallAttempt> = {}): CallAttempt => ({
  workspaceId: 'ws_a',
  callId,
  attempt: 1,
  provider: 'vertex',
  requestedModel: 'fast',
  model: 'gemini-3.8-flash',
  guild: null,
  agentId: null,
  agentRunId: null,
  campaignId: null,
  budgetId: null,
  correlationId: null,
  ...more,
});

/** How an attempt ended; a cost comes with a usage. */
export const outcomeOf = (status: AttemptStatus, costMicroUsd: number | null): AttemptOutcome => ({
  status,
  usage:
    costMicroUsd === null
      ? null
      : { inputTokens: 10, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 5, reasoningTokens: 0 },
  rawUsage: costMicroUsd === null ? null : { promptTokenCount: 10 },
  costMicroUsd,
  priceVersion: 'test',
  latencyMs: 3,
  streamed: false,
  errorCode: status === 'completed' ? null : 'model_unavailable',
});
