import { isRaptorFlowError, toRaptorFlowError, type Logger } from 'raptorflow/kernel';
import type { AcquireOptions, Quotas, QuotaSubject } from 'raptorflow/resources';
import { currentContext } from '../context/index.ts';
import type { CallPlan } from './planning.ts';

/** What the dispatcher needs of the quotas. */
export type CallQuotas = Pick<Quotas, 'acquire' | 'counted'>;

/** Calls of models; one with all its attempts and stand-ins is one. Kept answers are none. */
const requestsMeter = 'llm_requests';
/** Tokens of all attempts, in and out. */
const tokensMeter = 'llm_tokens';
/** Others may take what is left at the same time; each round counts less, and whoever finds nothing left is done. */
const roundsMax = 20;

/** Whether anything of calls is counted; where nothing is, calls need not wait for it. */
export function countsCalls(quotas: CallQuotas | undefined): quotas is CallQuotas {
  return quotas !== undefined && (quotas.counted.has(tokensMeter) || quotas.counted.has(requestsMeter));
}

/**
 * Counts a call before anything of it is reserved: its first token, and one request. What does not fit waits, asks or is refused as its quota says. Answers how many
 * tokens it has counted. Rejects as `acquire` does.
 */
export async function countCall(quotas: CallQuotas, { attribution, signal }: CallPlan): Promise<number> {
  const counts = quotas.counted.has(tokensMeter);
  if (counts) await take(quotas, 1, subjectOf(tokensMeter, attribution), { signal });
  if (quotas.counted.has(requestsMeter)) {
    await take(quotas, 1, subjectOf(requestsMeter, attribution), { signal });
  }
  return counts ? 1 : 0;
}

/**
 * Counts tokens that were used. They cannot be given back, so of what does not fit as much is counted as there is room for, up to the limit; the rest is a
 * violation on record with its exact overshoot, and the next call finds the quota used up. Never rejects and never waits for room: the answer is there.
 */
export async function countTokens(
  quotas: CallQuotas,
  { attribution, callId }: CallPlan,
  tokens: number,
  logger: Logger,
): Promise<void> {
  const subject = subjectOf(tokensMeter, attribution);
  let due = tokens;
  for (let round = 0; due > 0 && round < roundsMax; round += 1) {
    try {
      await take(quotas, due, subject, { waitMsMax: 0 });
      return;
    } catch (error) {
      if (!isRaptorFlowError(error, 'exhausted')) {
        const facts = { call_id: callId, tokens: due, error: toRaptorFlowError(error).message };
        logger.error('Tokens of a call could not be counted in its quotas.', facts);
        return;
      }
      const { remaining } = error.details;
      due = Math.min(due - 1, typeof remaining === 'number' ? remaining : 0);
    }
  }
}

/** What is used up stays counted; a quota on what is held would otherwise keep it for ever. */
async function take(
  quotas: CallQuotas,
  amount: number,
  subject: QuotaSubject,
  options: AcquireOptions,
): Promise<void> {
  const grant = await quotas.acquire(amount, subject, options);
  await grant.release();
}

function subjectOf(
  resource: string,
  { workspaceId, agentId, agentRunId }: CallPlan['attribution'],
): QuotaSubject {
  const { userId } = currentContext();
  return { resource, workspaceId, userId, agentId: agentId ?? undefined, runId: agentRunId ?? undefined };
}
