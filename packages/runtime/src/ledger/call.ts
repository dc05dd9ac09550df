/** Who a call is made for. */
export interface CallAttribution {
  readonly workspaceId: string;
  readonly guild: string | null;
  readonly agentId: string | null;
  readonly agentRunId: string | null;
  readonly campaignId: string | null;
  /** The budget that the chain of events carries which the call belongs to. */
  readonly budgetId: string | null;
  readonly correlationId: string | null;
}

/** One attempt at a call: every retry is paid for on its own. */
export interface CallAttempt extends CallAttribution {
  readonly callId: string;
  /** The first is 1. */
  readonly attempt: number;
  readonly provider: string;
  /** As it was asked for: an alias or a full id. */
  readonly requestedModel: string;
  readonly model: string;
}
