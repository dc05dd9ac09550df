import { isRaptorFlowError } from 'raptorflow/kernel';
import type { Attempt, Backoff, ExecuteOptions, Executor } from 'raptorflow/resilience';
import type { JsonValue, ModelAnswer } from '../models/model.ts';
import { openAttempt, type AttemptParts } from './attempt.ts';
import { readJson } from './json-answer.ts';
import type { Settlement } from '../ledger/index.ts';
import { offlineProviderName, type CallPlan } from './planning.ts';
import type { DispatchResult } from './request.ts';

/** What calls are made with. */
export interface CallingParts extends AttemptParts {
  readonly executor: Pick<Executor, 'execute'>;
  /** When a call that failed is made again. */
  readonly retry: Backoff;
  readonly deadlineMs: number;
}

/** One call that is answered whole, with its retries. */
export async function runCall(plan: CallPlan, parts: CallingParts): Promise<DispatchResult> {
  const startedAt = parts.clock.monotonic();
  const settling: Promise<unknown>[] = [];
  const booked: Settlement[] = [];
  const attempt = (bounds: Attempt): Promise<ModelAnswer> => {
    const work = attemptOnce(plan, bounds, parts, booked);
    settling.push(work);
    return work;
  };
  try {
    const answer = await parts.executor.execute('model_call', attempt, executeOptionsOf(plan, parts));
    await Promise.allSettled(settling);
    return toResult(plan, answer, booked, parts.clock.monotonic() - startedAt);
  } finally {
    // The executor gives up on time; an attempt that was under way still has to be booked.
    await Promise.allSettled(settling);
  }
}

async function attemptOnce(
  plan: CallPlan,
  bounds: Attempt,
  parts: CallingParts,
  booked: Settlement[],
): Promise<ModelAnswer> {
  const open = await openAttempt(plan, { number: bounds.number, streamed: false, booked }, parts);
  try {
    const answer = await plan.resolved.provider.generate(plan.modelRequest, {
      signal: bounds.signal,
      callId: open.providerCallId,
    });
    await open.completed(answer);
    return answer;
  } catch (error) {
    await open.failed(error);
    throw error;
  }
}

/** How the executor shall treat a call. The offline model is neither repeated nor broken off by a circuit. */
export function executeOptionsOf(plan: CallPlan, parts: CallingParts): ExecuteOptions {
  const { provider, modelId, region } = plan.resolved;
  const offline = provider.name === offlineProviderName;
  return {
    deadlineMs: parts.deadlineMs,
    breaker: offline ? false : `model:${provider.name}:${modelId}${region === null ? '' : `@${region}`}`,
    retry: offline ? false : parts.retry,
    ...(plan.signal && { signal: plan.signal }),
  };
}

/** The result of a call, from its answer and what its attempts were booked at. */
export function toResult(
  plan: CallPlan,
  answer: ModelAnswer,
  booked: readonly Settlement[],
  latencyMs: number,
): DispatchResult {
  const json = plan.modelRequest.responseFormat === undefined ? undefined : tryReadJson(answer.text);
  return {
    callId: plan.callId,
    text: answer.text,
    ...(json === undefined ? {} : { json }),
    toolCalls: answer.toolCalls,
    finishReason: answer.finishReason,
    model: plan.resolved.modelId,
    provider: plan.resolved.provider.name,
    usage: answer.usage ?? {
      inputTokens: 0,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
    },
    rawUsage: answer.rawUsage,
    costMicroUsd: booked.reduce((sum, cost) => sum + cost.costMicroUsd, 0),
    costEstimated: booked.some((cost) => cost.estimated),
    cached: false,
    offline: plan.resolved.provider.name === offlineProviderName,
    latencyMs: Math.round(latencyMs),
  };
}

function tryReadJson(text: string): JsonValue | undefined {
  try {
    return readJson(text);
  } catch (error) {
    if (isRaptorFlowError(error, 'model_answer_invalid')) return undefined;
    throw error;
  }
}
