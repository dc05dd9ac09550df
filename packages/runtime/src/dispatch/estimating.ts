/** What a call may cost, before anybody makes it. */
import { parseOptions, systemClock, type Clock } from 'raptorflow/kernel';
import { z } from 'zod';
import { noAliases, type WorkspaceAliases } from '../models/aliases.ts';
import type { ModelCatalog } from '../models/catalog.ts';
import { askedAsJson } from './json-answer.ts';
import { offlineProviderName, planCall, type CallPlan } from './planning.ts';
import type { Prices } from './price-table.ts';
import type { DispatchRequest } from './request.ts';

/** The bounds that the dispatcher works with; all optional, with the dispatcher's own defaults. */
export interface EstimatorOptions {
  readonly maxOutputTokens?: number;
  readonly outputTokensMax?: number;
  readonly retriesMax?: number;
}

/** What it works with. */
export interface EstimatorDeps {
  readonly models: ModelCatalog;
  readonly prices: Prices;
  /** As the dispatcher's. */
  readonly aliasesOf?: (workspaceId: string) => Promise<WorkspaceAliases>;
  readonly clock?: Clock;
}

/** Bounds of one question that is answered in JSON. */
export interface QuestionEstimate {
  readonly provider: string;
  readonly model: string;
  /** True for the offline model, which costs nothing; those that stand in for it may. */
  readonly offline: boolean;
  /** Requests at most: the question and its repair, each with its retries. */
  readonly callsMax: number;
  /** The worst case of the question when its first answer is good. */
  readonly firstMicroUsd: number;
  /** The worst case when the answer has to be repaired and every attempt at both is billed in full. */
  readonly mostMicroUsd: number;
}

/** Says what questions may cost. */
export interface Estimator {
  /** Throws what dispatching it would throw before anything is reserved: `model_unknown`, `missing_configuration`, `price_unknown`. */
  json(request: DispatchRequest, schema: z.ZodType): Promise<QuestionEstimate>;
}

const optionsSchema = z.strictObject({
  maxOutputTokens: z.int().positive().default(4_096),
  outputTokensMax: z.int().positive().max(64_000).default(64_000),
  retriesMax: z.int().nonnegative().default(2),
});

// More than the list of issues that a repair names.
const repairCharactersMax = 8_000;

/** Builds it. Throws `invalid_options`. */
export function createEstimator(options: EstimatorOptions, deps: EstimatorDeps): Estimator {
  const parsed = parseOptions('createEstimator', optionsSchema, options);
  const clock = deps.clock ?? systemClock;
  const planning = {
    models: deps.models,
    prices: deps.prices,
    limits: { ...parsed, temperature: 0 },
    aliasesOf: deps.aliasesOf ?? (() => Promise.resolve(noAliases)),
    nextCallId: () => 'estimate',
    now: () => clock.now(),
  };
  return {
    async json(request, schema) {
      const asked = askedAsJson(request, schema);
      // The model that is asked for, and those that stand in for it: in the worst case every one of them is paid for.
      const first = [await planCall(asked, planning)].flat();
      const [
        {
          resolved: { provider, modelId },
        },
      ] = first as [CallPlan, ...CallPlan[]];
      const offline = provider.name === offlineProviderName;
      // A paid model may stand in for the offline one.
      if (first.every((plan) => plan.price === null)) {
        return {
          provider: provider.name,
          model: modelId,
          offline,
          callsMax: 1,
          firstMicroUsd: 0,
          mostMicroUsd: 0,
        };
      }
      // An answer that comes back as a prompt has no more tokens than it had; the plan counts every byte as one.
      const answer = 'x'.repeat(request.maxOutputTokens ?? parsed.maxOutputTokens);
      const repair = [
        await planCall(
          {
            ...asked,
            messages: [
              ...request.messages,
              { role: 'assistant', content: answer },
              { role: 'user', content: 'x'.repeat(repairCharactersMax) },
            ],
          },
          planning,
        ),
      ].flat();
      const attempts = parsed.retriesMax + 1;
      return {
        provider: provider.name,
        model: modelId,
        offline,
        callsMax: 2 * attempts * first.length,
        firstMicroUsd: first[0]?.worstCaseMicroUsd ?? 0,
        mostMicroUsd: attempts * worstOf([...first, ...repair]),
      };
    },
  };
}

function worstOf(plans: readonly CallPlan[]): number {
  return plans.reduce((sum, plan) => sum + plan.worstCaseMicroUsd, 0);
}
