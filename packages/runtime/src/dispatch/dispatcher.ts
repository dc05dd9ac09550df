import {
  createIds,
  parseOptions,
  silentLogger,
  systemClock,
  type Clock,
  type Ids,
  type Logger,
} from 'raptorflow/kernel';
import { silentMeter, type Meter } from 'raptorflow/metrics';
import { createExecutor, exponentialBackoff, type Executor } from 'raptorflow/resilience';
import { z } from 'zod';
import { noAliases, type WorkspaceAliases } from '../models/aliases.ts';
import type { ModelCatalog } from '../models/catalog.ts';
import { runCall, type CallingParts } from './calling.ts';
import { answerJson, type JsonResult } from './json-answer.ts';
import type { Ledger } from '../ledger/index.ts';
import { meteredLedger } from '../ledger/index.ts';
import { planCall, type PlanningParts } from './planning.ts';
import type { Prices } from './price-table.ts';
import type { CallQuotas } from './quota-meters.ts';
import type { DispatchChunk, DispatchRequest, DispatchResult } from './request.ts';
import type { ResponseCache } from './response-cache.ts';
import { streamCall } from './streaming.ts';
import type { CallRegistry } from './under-way.ts';

/** Defaults for requests that do not say otherwise; all optional. */
export interface DispatcherOptions {
  /** Default 4,096. */
  readonly maxOutputTokens?: number;
  /** Default 0.7. */
  readonly temperature?: number;
  /** What a request may ask for at most; default 64,000. Beyond, some providers answer in several paid requests. */
  readonly outputTokensMax?: number;
  /** Milliseconds for a call with all its attempts and waits; default 300,000. */
  readonly deadlineMs?: number;
  /**
   * Milliseconds that an attempt waits when its worst case would fit if what other calls hold came back; default 10,000. A call that could not
   * fit even then is refused at once.
   */
  readonly budgetWaitMsMax?: number;
  /** Retries after the first attempt; default 2. Each is reserved and paid for on its own. */
  readonly retriesMax?: number;
}

/** What the dispatcher works with. */
export interface DispatcherDeps {
  readonly models: ModelCatalog;
  readonly prices: Prices;
  readonly ledger: Ledger;
  /** A workspace's own aliases and fallbacks, asked for with every call; default: none. */
  readonly aliasesOf?: (workspaceId: string) => Promise<WorkspaceAliases>;
  readonly executor?: Pick<Executor, 'execute'>;
  /** Answers that serve again; default: every call is made. */
  readonly cache?: ResponseCache;
  /** Where requests to providers are registered while they are under way; closing one breaks it off. Default: nowhere. */
  readonly resources?: CallRegistry;
  /**
   * Counts calls as `llm_requests` before anything is reserved, and the tokens that they used as `llm_tokens`, where there are quotas on that.
   * Default: nothing is counted.
   */
  readonly quotas?: CallQuotas;
  /** Attempts, tokens, costs and refusals are counted on it. */
  readonly meter?: Meter;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly logger?: Logger;
}

/** The one way to call a model: resolves, reserves, calls, settles. */
export interface Dispatcher {
  /**
   * Calls a model and waits for the whole answer. Nothing is sent before the worst case is reserved durably, and every
   * attempt is booked before this resolves or rejects.
   * Throws `exhausted` when a quota refused it, `budget_exceeded`, `price_unknown`, `model_unknown`, `missing_configuration`, `invalid_input`,
   * `model_throttled`, `model_unavailable`, `model_refused`, `circuit_open`, `timeout` or `cancelled`.
   */
  dispatch(request: DispatchRequest): Promise<DispatchResult>;
  /** The same, piece by piece. A call is only repeated before its first piece. Leaving early aborts the call and books its hold. */
  dispatchStream(request: DispatchRequest): AsyncIterable<DispatchChunk>;
  /** Asks for JSON of this form; an answer of another form is shown to the model once. Throws `model_answer_invalid` after that. */
  dispatchJson<T>(request: DispatchRequest, schema: z.ZodType<T>, name?: string): Promise<JsonResult<T>>;
}

const optionsSchema = z.strictObject({
  maxOutputTokens: z.int().positive().default(4_096),
  temperature: z.number().min(0).max(2).default(0.7),
  outputTokensMax: z.int().positive().max(64_000).default(64_000),
  deadlineMs: z.int().positive().default(300_000),
  budgetWaitMsMax: z.int().nonnegative().default(10_000),
  retriesMax: z.int().nonnegative().default(2),
});

/** Builds the dispatcher. Throws `invalid_options`. */
export function createDispatcher(options: DispatcherOptions, deps: DispatcherDeps): Dispatcher {
  const parsed = parseOptions('createDispatcher', optionsSchema, options);
  const clock = deps.clock ?? systemClock;
  const ids = deps.ids ?? createIds();
  const meter = deps.meter ?? silentMeter;
  const parts: CallingParts = {
    ledger: meteredLedger(deps.ledger, meter),
    cache: deps.cache,
    clock,
    logger: deps.logger ?? silentLogger,
    executor: deps.executor ?? createExecutor({}, { clock, meter }),
    retry: exponentialBackoff({ baseMs: 500, retriesMax: parsed.retriesMax }),
    deadlineMs: parsed.deadlineMs,
    resources: deps.resources,
    quotas: deps.quotas,
    budgetWaitMsMax: parsed.budgetWaitMsMax,
  };
  const planning: PlanningParts = {
    models: deps.models,
    prices: deps.prices,
    limits: parsed,
    aliasesOf: deps.aliasesOf ?? (() => Promise.resolve(noAliases)),
    nextCallId: () => ids.next('call'),
    now: () => clock.now(),
  };
  const dispatch = async (request: DispatchRequest): Promise<DispatchResult> =>
    runCall(await planCall(request, planning), parts);
  return {
    dispatch,
    dispatchStream: (request) => streamCall(() => planCall(request, planning), parts),
    dispatchJson: (request, schema, name) => answerJson(dispatch, request, schema, name),
  };
}
