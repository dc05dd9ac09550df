import { isRaptorFlowError, toRaptorFlowError } from 'raptorflow/kernel';
import type { Attempt, Backoff, ExecuteOptions, Executor } from 'raptorflow/resilience';
import type { JsonValue, ModelAnswer } from '../models/model.ts';
import { newCall, openAttempt, type AttemptParts, type OngoingCall } from './attempt.ts';
import { readJson } from './json-answer.ts';
import { attemptOf, offlineProviderName, type CallChain, type CallPlan } from './planning.ts';
import { keptAnswerPrice } from './price-table.ts';
import { countCall, countsCalls } from './quota-meters.ts';
import type { DispatchResult } from './request.ts';
import type { ResponseCache } from './response-cache.ts';
import { RequestUnderWay, type CallRegistry } from './under-way.ts';

/** What calls are made with. */
export interface CallingParts extends AttemptParts {
  readonly executor: Pick<Executor, 'execute'>;
  /** Answers that serve again; none without it. */
  readonly cache: ResponseCache | undefined;
  /** When a call that failed is made again. */
  readonly retry: Backoff;
  readonly deadlineMs: number;
  readonly resources: CallRegistry | undefined;
}

/** One call that is answered whole, from the cache or with its retries and fallbacks. */
export async function runCall(chain: CallChain, parts: CallingParts): Promise<DispatchResult> {
  const startedAt = parts.clock.monotonic();
  const [first] = chain;
  const kept = await findKept(first, false, parts);
  if (kept !== undefined) return { ...keptResult(first, kept), latencyMs: elapsed(startedAt, parts) };
  const { quotas } = parts;
  const call = newCall(false, countsCalls(quotas) ? await countCall(quotas, first) : 0);
  const { plan, result } = await throughChain(chain, call, parts, (each, deadlineMs) =>
    askOne(each, call, { ...parts, deadlineMs }),
  );
  keepAnswer(plan, first, result, call, parts);
  return toResult(plan, result, call, parts.clock.monotonic() - startedAt);
}

/** The answer that is kept for this call, with its line in the cost log, which says that it cost nothing. */
export async function findKept(
  plan: CallPlan,
  streamed: boolean,
  { cache, ledger }: CallingParts,
): Promise<ModelAnswer | undefined> {
  if (cache === undefined || !plan.cacheable) return undefined;
  const { workspaceId } = plan.attribution;
  const kept = await cache.find(workspaceId, plan.resolved.provider.name, plan.modelRequest);
  if (kept === undefined) return undefined;
  await ledger.record(attemptOf(plan, 1), {
    status: 'completed',
    usage: null,
    rawUsage: null,
    costMicroUsd: 0,
    priceVersion: keptAnswerPrice,
    latencyMs: 0,
    streamed,
    errorCode: null,
  });
  return kept;
}

/** The result of a call that a kept answer served. */
export function keptResult(plan: CallPlan, answer: ModelAnswer): DispatchResult {
  return { ...toResult(plan, answer, newCall(false), 0), cached: true };
}

/** Keeps an answer that came to its own end from the model that was asked for, as it was asked. Nobody waits for that. */
export function keepAnswer(
  plan: CallPlan,
  wanted: CallPlan,
  answer: ModelAnswer,
  call: OngoingCall,
  { cache }: CallingParts,
): void {
  const isWhole = answer.finishReason === 'stop' || answer.finishReason === 'tool-calls';
  if (cache === undefined || !plan.cacheable || plan !== wanted || !isWhole) return;
  if (call.shrunkToOutputTokens !== null) return;
  void cache.keep(plan.attribution.workspaceId, plan.resolved.provider.name, plan.modelRequest, answer);
}

function elapsed(startedAt: number, { clock }: CallingParts): number {
  return Math.round(clock.monotonic() - startedAt);
}

/**
 * Asks the models of a chain in turn until one answers. What is left of the deadline is shared among those that are left, so a model that
 * only stalls leaves time for the next. Rejects with the last failure, or with the first that another model could not mend.
 */
export async function throughChain<T>(
  chain: CallChain,
  call: OngoingCall,
  parts: CallingParts,
  ask: (plan: CallPlan, deadlineMs: number) => Promise<T>,
): Promise<{ readonly plan: CallPlan; readonly result: T }> {
  const deadlineAt = parts.clock.monotonic() + parts.deadlineMs;
  for (let at = 0; ; at += 1) {
    const plan = chain[at] ?? chain[0];
    const left = Math.max(1, deadlineAt - parts.clock.monotonic());
    try {
      return { plan, result: await ask(plan, Math.ceil(left / (chain.length - at))) };
    } catch (error) {
      const isLast = at === chain.length - 1;
      if (isLast || plan.signal?.aborted === true || !mayFallBack(error)) throw error;
      call.fellBackFrom.push(plan.resolved.modelId);
      parts.logger.warn('A model did not answer; the next one is asked.', {
        call_id: plan.callId,
        model: plan.resolved.modelId,
        error: toRaptorFlowError(error).message,
      });
    }
  }
}

// What another model would refuse as well, or what was refused for its price, is told at once.
const mendable: ReadonlySet<string> = new Set([
  'circuit_open',
  'exhausted',
  'model_throttled',
  'model_unavailable',
  'timeout',
]);

function mayFallBack(error: unknown): boolean {
  return isRaptorFlowError(error) && mendable.has(error.code);
}

async function askOne(plan: CallPlan, call: OngoingCall, parts: CallingParts): Promise<ModelAnswer> {
  const settling: Promise<unknown>[] = [];
  const attempt = (bounds: Attempt): Promise<ModelAnswer> => {
    const work = attemptOnce(plan, bounds, call, parts);
    settling.push(work);
    return work;
  };
  try {
    return await parts.executor.execute('model_call', attempt, executeOptionsOf(plan, parts));
  } finally {
    // The executor gives up on time; an attempt that was under way still has to be booked.
    await Promise.allSettled(settling);
  }
}

async function attemptOnce(
  plan: CallPlan,
  bounds: Attempt,
  call: OngoingCall,
  parts: CallingParts,
): Promise<ModelAnswer> {
  const underWay = parts.resources && new RequestUnderWay(parts, plan, bounds.signal);
  try {
    const open = await openAttempt(plan, call, parts);
    try {
      const answer = await plan.resolved.provider.generate(open.request, {
        signal: underWay?.signal ?? bounds.signal,
        callId: open.providerCallId,
      });
      await open.completed(answer);
      return answer;
    } catch (error) {
      await open.failed(error);
      throw error;
    }
  } finally {
    underWay?.over();
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
  call: OngoingCall,
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
    costMicroUsd: call.booked.reduce((sum, cost) => sum + cost.costMicroUsd, 0),
    costEstimated: call.booked.some((cost) => cost.estimated),
    cached: false,
    fellBackFrom: call.fellBackFrom,
    shrunkToOutputTokens: call.shrunkToOutputTokens,
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
