import { RaptorFlowError } from 'raptorflow/kernel';
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

/** A request resolved, priced and ready to be attempted. */
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
  readonly signal: AbortSignal | undefined;
}

/** What planning needs. */
export interface PlanningParts {
  readonly models: ModelCatalog;
  readonly prices: Prices;
  readonly limits: RequestLimits;
  readonly aliasesOf: (workspaceId: string) => Promise<AliasMapping>;
  readonly nextCallId: () => string;
  readonly now: () => number;
}

/** The name of the provider whose calls are free, and are not reserved for. */
export const offlineProviderName = 'offline';

/** Resolves and prices a request. Throws `invalid_input`, `model_unknown`, `missing_configuration` or `price_unknown`. */
export async function planCall(request: DispatchRequest, parts: PlanningParts): Promise<CallPlan> {
  checkRequest(request, parts.limits);
  const resolved = parts.models.resolve(request.model, await parts.aliasesOf(request.workspaceId));
  const modelRequest = toModelRequest(request, resolved.modelId, parts.limits);
  const free = resolved.provider.name === offlineProviderName;
  const price = free ? null : parts.prices.priceOf(resolved.modelId, resolved.region, parts.now());
  return {
    callId: parts.nextCallId(),
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
