import type { Selectable } from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import type { CallAttempt } from './call.ts';
import type { AttemptOutcome, Hold, HoldState, Settlement } from './ledger.ts';
import { levelsOf } from './levels.ts';
import type { HoldRow, LedgerTables } from './tables.ts';

/** A hold that nobody has settled, as people see it. */
export interface OpenHold {
  readonly callId: string;
  readonly attempt: number;
  readonly state: Extract<HoldState, 'reserved' | 'dispatched' | 'uncertain'>;
  readonly period: string;
  readonly amountMicroUsd: number;
  readonly provider: string | null;
  readonly model: string | null;
  readonly agentId: string | null;
  readonly agentRunId: string | null;
  readonly campaignId: string | null;
  readonly correlationId: string | null;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** What an uncertain attempt turned out to have cost. */
export interface Verdict {
  /** By the provider's bill; 0 when it says that the call never arrived. */
  readonly costMicroUsd: number;
  readonly usage?: AttemptOutcome['usage'];
  readonly rawUsage?: AttemptOutcome['rawUsage'];
}

/** What was booked, and what had been charged until then. */
export interface Reconciled extends Settlement {
  readonly heldMicroUsd: number;
}

/** Asks a provider what it billed for an attempt. Undefined: it cannot be asked, or does not know yet. */
export type BillInquiry = (attempt: {
  readonly provider: string;
  readonly model: string;
  /** As it was sent to the provider. */
  readonly providerCallId: string;
}) => Promise<Verdict | undefined>;

/** Holds that are not settled: who waits, and what nobody knows. */
export interface OpenHolds {
  /** Newest first. `limit`: default 100, at most 1,000. Default states: all three. */
  list(
    workspaceId: string,
    filter?: { readonly states?: readonly OpenHold['state'][]; readonly limit?: number },
  ): Promise<readonly OpenHold[]>;
  /** Books what an uncertain attempt cost. Throws `not_found`, and `conflict` for one that is not uncertain. */
  reconcile(
    workspaceId: string,
    which: { readonly callId: string; readonly attempt: number },
    verdict: Verdict,
  ): Promise<Reconciled>;
  /** Asks providers about the uncertain attempts of a workspace and books what they know. Answers how many it booked. */
  inquire(workspaceId: string, inquiry: BillInquiry): Promise<number>;
}

const limitMax = 1_000;
const openStates = ['reserved', 'dispatched', 'uncertain'] as const;

/** Settles a hold, as the ledger does. */
type Settle = (hold: Hold, attempt: CallAttempt, outcome: AttemptOutcome) => Promise<Settlement>;

/** Builds it over the relational core and the ledger's way to settle. */
export function createOpenHolds(db: Database, ledger: { readonly settle: Settle }): OpenHolds {
  const list: OpenHolds['list'] = async (workspaceId, { states = openStates, limit = 100 } = {}) => {
    if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) {
      throw new RaptorFlowError('invalid_input', `limit must be a whole number from 1 to ${limitMax}.`);
    }
    const rows = await db
      .forWorkspace<LedgerTables>(workspaceId)
      .selectFrom('holds')
      .selectAll()
      .where('state', 'in', [...states])
      .orderBy('created_at_ms', 'desc')
      .orderBy('call_id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(toOpenHold);
  };
  const reconcile: OpenHolds['reconcile'] = async (workspaceId, { callId, attempt }, verdict) => {
    if (!Number.isSafeInteger(verdict.costMicroUsd) || verdict.costMicroUsd < 0) {
      throw new RaptorFlowError('invalid_input', 'A cost is a whole number of micro-USD, at least 0.');
    }
    const row = await db
      .forWorkspace<LedgerTables>(workspaceId)
      .selectFrom('holds')
      .selectAll()
      .where('call_id', '=', callId)
      .where('attempt', '=', attempt)
      .executeTakeFirst();
    if (row === undefined) {
      throw new RaptorFlowError(
        'not_found',
        `There is no hold of attempt ${attempt} at the call ${callId.slice(0, 200)}.`,
      );
    }
    if (row.state !== 'uncertain') {
      throw new RaptorFlowError(
        'conflict',
        `The hold is ${row.state}; only what is uncertain can be reconciled.`,
        { details: { state: row.state } },
      );
    }
    const { hold, attempt: known } = attemptOfRow(row);
    const settlement = await ledger.settle(hold, known, outcomeOfVerdict(verdict));
    return { ...settlement, heldMicroUsd: hold.amountMicroUsd };
  };
  return {
    list,
    reconcile,
    async inquire(workspaceId, inquiry) {
      let booked = 0;
      for (const hold of await list(workspaceId, { states: ['uncertain'], limit: limitMax })) {
        const { callId, attempt, provider, model } = hold;
        if (provider === null || model === null) continue;
        const verdict = await inquiry({ provider, model, providerCallId: `${callId}.${attempt}` });
        if (verdict === undefined) continue;
        await reconcile(workspaceId, { callId, attempt }, verdict);
        booked += 1;
      }
      return booked;
    },
  };
}

/** The hold and the attempt that a row tells of. */
export function attemptOfRow(row: Selectable<HoldRow>): { hold: Hold; attempt: CallAttempt } {
  const attempt: CallAttempt = {
    workspaceId: row.workspace_id,
    callId: row.call_id,
    attempt: row.attempt,
    provider: row.provider ?? 'unknown',
    requestedModel: row.requested_model ?? 'unknown',
    model: row.model ?? 'unknown',
    guild: row.guild,
    agentId: row.agent_id,
    agentRunId: row.agent_run_id,
    campaignId: row.campaign_id,
    budgetId: row.budget_id,
    correlationId: row.correlation_id,
  };
  return {
    attempt,
    hold: {
      workspaceId: row.workspace_id,
      callId: row.call_id,
      attempt: row.attempt,
      period: row.period,
      amountMicroUsd: row.amount_micro_usd,
      levels: levelsOf(attempt, row.period),
    },
  };
}

function outcomeOfVerdict({ costMicroUsd, usage, rawUsage }: Verdict): AttemptOutcome {
  return {
    // What was never billed is released, and what was is settled.
    status: costMicroUsd === 0 ? 'failed' : 'completed',
    usage: usage ?? null,
    rawUsage: rawUsage ?? null,
    costMicroUsd,
    priceVersion: 'reconciled',
    latencyMs: 0,
    streamed: false,
    errorCode: null,
  };
}

function toOpenHold(row: Selectable<HoldRow>): OpenHold {
  return {
    callId: row.call_id,
    attempt: row.attempt,
    state: row.state as OpenHold['state'],
    period: row.period,
    amountMicroUsd: row.amount_micro_usd,
    provider: row.provider,
    model: row.model,
    agentId: row.agent_id,
    agentRunId: row.agent_run_id,
    campaignId: row.campaign_id,
    correlationId: row.correlation_id,
    createdAt: new Date(row.created_at_ms).toISOString(),
  };
}
