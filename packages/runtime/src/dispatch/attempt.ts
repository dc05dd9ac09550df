import {
  isRaptorFlowError,
  toRaptorFlowError,
  type Clock,
  type Logger,
  type RaptorFlowError,
} from 'raptorflow/kernel';
import { provablyUnbilled } from '../models/failure.ts';
import type { ModelAnswer, ModelRequest } from '../models/model.ts';
import { costOf, inputTokensMax } from './cost.ts';
import { parseUsd, type CallAttempt, type Hold, type Ledger, type Settlement } from '../ledger/index.ts';
import { attemptOf, shrunk, type CallPlan } from './planning.ts';
import { countsCalls, countTokens, type CallQuotas } from './quota-meters.ts';

/** What an attempt needs from its dispatcher. */
export interface AttemptParts {
  readonly ledger: Ledger;
  /** How long an attempt waits where only holds of other calls stand in its way. */
  readonly budgetWaitMsMax: number;
  readonly quotas: CallQuotas | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One attempt between its reservation and its settlement. Exactly one of the three ends books it; later ones do nothing. */
export interface OpenAttempt {
  /** What the provider is asked for; fewer output tokens than were wanted where a budget allowed no more. */
  readonly request: ModelRequest;
  /** The id the provider is given: it names the attempt, because each is billed on its own. */
  readonly providerCallId: string;
  /** Books an answer. */
  completed(answer: ModelAnswer): Promise<void>;
  /**
   * Books a failure: nothing when it was provably not billed, else the full hold, which is uncertain unless the caller itself
   * broke the call off.
   */
  failed(error: unknown): Promise<void>;
  /** Books an answer of which the caller took only a part: the full hold as an estimate, because the usage never came. */
  abandoned(): Promise<void>;
}

/** What all attempts of one call share, whatever model they ask. */
export interface OngoingCall {
  readonly streamed: boolean;
  /** The number of the next attempt; the first is 1. */
  nextAttempt: number;
  /** What the attempts are booked at. */
  readonly booked: Settlement[];
  /** Models that did not answer. */
  readonly fellBackFrom: string[];
  /** Tokens that quotas have counted before they were used. */
  tokensAhead: number;
  /** Set when a budget allowed no more output tokens than these. */
  shrunkToOutputTokens: number | null;
}

/** A call that has not been attempted yet. */
export function newCall(streamed: boolean, tokensAhead = 0): OngoingCall {
  return {
    streamed,
    nextAttempt: 1,
    booked: [],
    fellBackFrom: [],
    tokensAhead,
    shrunkToOutputTokens: null,
  };
}

/** Reserves for one attempt and notes that its request leaves; when it resolves, both are durable, and the request may leave. */
export async function openAttempt(
  wanted: CallPlan,
  call: OngoingCall,
  parts: AttemptParts,
): Promise<OpenAttempt> {
  const number = call.nextAttempt;
  call.nextAttempt += 1;
  const { plan, hold } = await reserve(wanted, number, parts);
  if (plan !== wanted) call.shrunkToOutputTokens = plan.modelRequest.maxOutputTokens;
  const attempt = attemptOf(plan, number);
  if (hold !== null) await parts.ledger.dispatched(hold);
  const startedAt = parts.clock.monotonic();
  let ended = false;
  const facts = () => ({
    priceVersion: plan.price?.version ?? 'offline',
    latencyMs: Math.round(parts.clock.monotonic() - startedAt),
    streamed: call.streamed,
  });
  const endOnce = async (work: () => Promise<Settlement>): Promise<void> => {
    if (ended) return;
    ended = true;
    try {
      call.booked.push(await work());
    } catch (error) {
      // The hold stays as it is and counts in full, so nothing can be overspent; the answer is paid for and not thrown away.
      parts.logger.error('An attempt could not be settled; its hold stays.', {
        call_id: attempt.callId,
        attempt: attempt.attempt,
        error: toRaptorFlowError(error).message,
      });
      call.booked.push({ costMicroUsd: hold?.amountMicroUsd ?? 0, estimated: hold !== null });
    }
  };
  const book = async (outcome: Outcome): Promise<Settlement> => {
    const settlement = await bookOutcome(parts.ledger, hold, attempt, { ...outcome, ...facts() });
    if (countsCalls(parts.quotas)) {
      const used = tokensOf(outcome, plan) - call.tokensAhead;
      call.tokensAhead = Math.max(0, -used);
      await countTokens(parts.quotas, plan, used, parts.logger);
    }
    return settlement;
  };
  return {
    request: plan.modelRequest,
    providerCallId: `${attempt.callId}.${number}`,
    completed: (answer) =>
      endOnce(() => {
        const { usage, rawUsage } = answer;
        const costMicroUsd = usage === null || plan.price === null ? null : costOf(usage, plan.price);
        return book({ status: 'completed', usage, rawUsage, costMicroUsd, errorCode: null });
      }),
    failed: async (error) => {
      const failure = toRaptorFlowError(error);
      await endOnce(() => book(failureOutcome(failure, plan)));
    },
    abandoned: async () => {
      await endOnce(() => book({ ...unknown, status: 'completed', errorCode: 'cancelled' }));
    },
  };
}

/** Sets the worst case aside; where the request allows it, the worst case of as many output tokens as the budget has room for. */
async function reserve(
  wanted: CallPlan,
  number: number,
  { ledger, budgetWaitMsMax }: AttemptParts,
): Promise<{ plan: CallPlan; hold: Hold | null }> {
  if (wanted.price === null) return { plan: wanted, hold: null };
  let plan = wanted;
  for (;;) {
    try {
      const patience = { waitMsMax: budgetWaitMsMax, signal: plan.signal };
      return { plan, hold: await ledger.reserve(attemptOf(plan, number), plan.worstCaseMicroUsd, patience) };
    } catch (error) {
      if (plan.onBudget !== 'shrink' || !isRaptorFlowError(error, 'budget_exceeded')) throw error;
      // Others may take what is left meanwhile; each round asks for less, so there is an end.
      const smaller = shrunk(plan, leftOf(error));
      if (smaller === undefined) throw error;
      plan = smaller;
    }
  }
}

function leftOf({ details }: RaptorFlowError): number {
  const usd = (name: string): number => parseUsd(String(details[name])) ?? 0;
  return usd('cap_usd') - usd('spent_usd') - usd('uncertain_usd') - usd('reserved_usd');
}

type Outcome = Omit<Parameters<Ledger['settle']>[2], 'priceVersion' | 'latencyMs' | 'streamed'>;

/** The tokens of an attempt as quotas count them: those used; where nobody knows, the most there can have been, as its hold is booked in full. */
function tokensOf({ usage, status }: Outcome, { modelRequest, price }: CallPlan): number {
  if (usage !== null) return usage.inputTokens + usage.outputTokens;
  if (status === 'failed' || price === null) return 0;
  return inputTokensMax(modelRequest) + modelRequest.maxOutputTokens;
}

const unknown = { usage: null, rawUsage: null, costMicroUsd: null } as const;

function failureOutcome(failure: RaptorFlowError, plan: CallPlan) {
  const errorCode = failure.code;
  if (plan.price === null || provablyUnbilled(failure)) {
    return { ...unknown, status: 'failed' as const, errorCode };
  }
  // Whoever breaks a call off knows that its usage will not come: it is booked at its bound, and nothing is left to find out.
  const status = plan.signal?.aborted === true ? ('completed' as const) : ('uncertain' as const);
  return { ...unknown, status, errorCode };
}

async function bookOutcome(
  ledger: Ledger,
  hold: Hold | null,
  attempt: CallAttempt,
  outcome: Parameters<Ledger['settle']>[2],
): Promise<Settlement> {
  if (hold !== null) return ledger.settle(hold, attempt, outcome);
  await ledger.record(attempt, outcome);
  return { costMicroUsd: 0, estimated: false };
}
