import { RaptorFlowError } from 'raptorflow/kernel';
import { fallbacksMax, type WorkspaceAliases } from '../models/aliases.ts';
import type { AliasMapping, ModelCatalog, ResolvedModel } from '../models/catalog.ts';
import type { ModelRequest } from '../models/model.ts';
import { worstCaseOf } from './cost.ts';
import type { CallAttempt, CallAttribution } from '../ledger/index.ts';
import type { PricedModel, Prices } from './price-table.ts';
import type { DispatchRequest } from './request.ts';

/** Defaults and bounds of requests. */
export interface RequestLimits {
  readonly maxOutputTokens: number;
  readonly temperature: number;
  /** Beyond, providers answer in several requests, of which only the first was reserved. */
  readonly outputTokensMax: number;
}

/** One model that a call may be made of: resolved, priced and ready to be attempted. */
export interface CallPlan {
  readonly callId: string;
  /** As it was asked for. */
  readonly requestedModel: string;
  readonly resolved: ResolvedModel;
  readonly modelRequest: ModelRequest;
  readonly attribution: CallAttribution;
  /** Null for the offline model, which costs nothing. */
  readonly price: PricedModel | null;
  readonly worstCaseMicroUsd: number;
  /** What may be done when the worst case does not fit into a budget. */
  readonly onBudget: 'refuse' | 'shrink';
  /** Whether answers may be kept and serve again. The offline model's may not: it is free, and answers alike anyway. */
  readonly cacheable: boolean;
  readonly signal: AbortSignal | undefined;
}

/** A call: the model that was asked for, and those that stand in for it, in order. */
export type CallChain = readonly [CallPlan, ...CallPlan[]];

/** What planning needs. */
export interface PlanningParts {
  readonly models: ModelCatalog;
  readonly prices: Prices;
  readonly limits: RequestLimits;
  readonly aliasesOf: (workspaceId: string) => Promise<WorkspaceAliases>;
  readonly nextCallId: () => string;
  readonly now: () => number;
}

/** The name of the provider whose calls are free, and are not reserved for. */
export const offlineProviderName = 'offline';

/**
 * Resolves and prices a request and its fallbacks, which are the workspace's own for the alias where the request names none. Throws `invalid_input`, `model_unknown`, `missing_configuration` or
 * `price_unknown`, also for a fallback: one that could never be called is better known before it is needed.
 */
export async function planCall(request: DispatchRequest, parts: PlanningParts): Promise<CallChain> {
  checkRequest(request, parts.limits);
  const { mapping: aliases, fallbacks } = await parts.aliasesOf(request.workspaceId);
  const callId = parts.nextCallId();
  const planFor = (model: string): CallPlan => planModel(model, { request, aliases, callId }, parts);
  const standIns = request.fallbacks ?? fallbacks.get(request.model) ?? [];
  return [planFor(request.model), ...standIns.map(planFor)];
}

/** The same call with fewer output tokens, so that its worst case is at most what is left. Undefined when not even one fits. */
export function shrunk(plan: CallPlan, leftMicroUsd: number): CallPlan | undefined {
  const { price, modelRequest } = plan;
  if (price === null) return undefined;
  const costing = (maxOutputTokens: number): number =>
    worstCaseOf({ ...modelRequest, maxOutputTokens }, price);
  let fits = 0;
  let tooMany = modelRequest.maxOutputTokens;
  // The worst case grows with every token, so the most that fit are found by halving.
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (costing(middle) <= leftMicroUsd) fits = middle;
    else tooMany = middle;
  }
  if (fits === 0) return undefined;
  return {
    ...plan,
    modelRequest: { ...modelRequest, maxOutputTokens: fits },
    worstCaseMicroUsd: costing(fits),
  };
}

function planModel(
  model: string,
  call: { readonly request: DispatchRequest; readonly aliases: AliasMapping; readonly callId: string },
  parts: PlanningParts,
): CallPlan {
  const { request, aliases, callId } = call;
  const resolved = parts.models.resolve(model, aliases);
  const modelRequest = toModelRequest(request, resolved.modelId, parts.limits);
  const free = resolved.provider.name === offlineProviderName;
  const price = free ? null : parts.prices.priceOf(resolved.modelId, resolved.region, parts.now());
  return {
    callId,
    requestedModel: request.model,
    resolved,
    modelRequest,
    attribution: {
      workspaceId: request.workspaceId,
      guild: request.guild ?? null,
      agentId: request.agentId ?? null,
      agentRunId: request.agentRunId ?? null,
      campaignId: request.campaignId ?? null,
      budgetId: request.budgetId ?? null,
      correlationId: request.correlationId ?? null,
    },
    price,
    worstCaseMicroUsd: price === null ? 0 : worstCaseOf(modelRequest, price),
    onBudget: request.onBudget ?? 'refuse',
    cacheable: price !== null && request.cache !== false,
    signal: request.signal,
  };
}

/** One attempt of a plan, as the ledger knows it. */
export function attemptOf(plan: CallPlan, attempt: number): CallAttempt {
  return {
    ...plan.attribution,
    callId: plan.callId,
    attempt,
    provider: plan.resolved.provider.name,
    requestedModel: plan.requestedModel,
    model: plan.resolved.modelId,
  };
}

function checkRequest(request: DispatchRequest, limits: RequestLimits): void {
  const problems: string[] = [];
  if (request.workspaceId === '') problems.push('workspaceId is empty');
  if (request.messages.length === 0) problems.push('messages is empty');
  const output = request.maxOutputTokens;
  if (
    output !== undefined &&
    !(Number.isInteger(output) && output >= 1 && output <= limits.outputTokensMax)
  ) {
    problems.push(`maxOutputTokens must be a whole number from 1 to ${limits.outputTokensMax}`);
  }
  if ((request.fallbacks?.length ?? 0) > fallbacksMax) {
    problems.push(`there are more than ${fallbacksMax} fallbacks`);
  }
  const temperature = request.temperature;
  if (temperature !== undefined && !(temperature >= 0 && temperature <= 2)) {
    problems.push('temperature must be from 0 to 2');
  }
  if (problems.length === 0) return;
  throw new RaptorFlowError('invalid_input', `The request cannot be dispatched: ${problems.join('; ')}.`, {
    details: { problems },
  });
}

function toModelRequest(request: DispatchRequest, modelId: string, limits: RequestLimits): ModelRequest {
  return {
    modelId,
    messages: request.messages,
    maxOutputTokens: request.maxOutputTokens ?? limits.maxOutputTokens,
    temperature: request.temperature ?? limits.temperature,
    ...(request.stopSequences && { stopSequences: request.stopSequences }),
    ...(request.seed !== undefined && { seed: request.seed }),
    ...(request.tools && { tools: request.tools }),
    ...(request.toolChoice && { toolChoice: request.toolChoice }),
    ...(request.responseFormat && { responseFormat: request.responseFormat }),
    ...(request.sources && { sources: request.sources }),
    ...(request.task && { task: request.task }),
  };
}
