import { toRaptorFlowError, type Clock, type Logger, type RaptorFlowError } from 'raptorflow/kernel';
import { provablyUnbilled } from '../models/failure.ts';
import type { ModelAnswer } from '../models/model.ts';
import { costOf } from './cost.ts';
import type { CallAttempt, Hold, Ledger, Settlement } from '../ledger/index.ts';
import { attemptOf, type CallPlan } from './planning.ts';

/** What an attempt needs from its dispatcher. */
export interface AttemptParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One attempt between its reservation and its settlement. Exactly one of the three ends books it; later ones do nothing. */
export interface OpenAttempt {
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

/** Which attempt of a call it is. */
export interface AttemptOfCall {
  /** The first is 1. */
  readonly number: number;
  readonly streamed: boolean;
  /** Takes what the attempt is booked at; one list serves all attempts of a call. */
  readonly booked: Settlement[];
}

/** Reserves for one attempt and notes that its request leaves; when it resolves, both are durable, and the request may leave. */
export async function openAttempt(
  plan: CallPlan,
  call: AttemptOfCall,
  parts: AttemptParts,
): Promise<OpenAttempt> {
  const { number, streamed } = call;
  const attempt = attemptOf(plan, number);
  const hold = plan.price === null ? null : await parts.ledger.reserve(attempt, plan.worstCaseMicroUsd);
  if (hold !== null) await parts.ledger.dispatched(hold);
  const startedAt = parts.clock.monotonic();
  let ended = false;
  const facts = () => ({
    priceVersion: plan.price?.version ?? 'offline',
    latencyMs: Math.round(parts.clock.monotonic() - startedAt),
    streamed,
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
  const book = (outcome: Omit<Parameters<Ledger['settle']>[2], keyof ReturnType<typeof facts>>) =>
    bookOutcome(parts.ledger, hold, attempt, { ...outcome, ...facts() });
  return {
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
