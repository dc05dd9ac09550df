/** For whom a quota counts: one counter for everybody, or one for each workspace, or for each user, agent or run of a workspace. */
export const quotaScopes = ['global', 'workspace', 'user', 'agent', 'run'] as const;

/** See `quotaScopes`. */
export type QuotaScope = (typeof quotaScopes)[number];

/**
 * What its limit means.
 *
 * - `hard`: usage never passes the limit, but for what a person approved.
 * - `soft`: usage may pass the limit, up to the burst limit where there is one; each time is a violation.
 * - `burst`: up to the burst limit in one period; what is beyond the limit is owed to the periods after it, so that the limit holds on average.
 * - `dynamic`: hard, with a limit that rises when it is used up for long, to twice itself at most.
 */
export const quotaKinds = ['hard', 'soft', 'burst', 'dynamic'] as const;

/** See `quotaKinds`. */
export type QuotaKind = (typeof quotaKinds)[number];

/** When usage begins anew; `forever` never, `held` counts what is held now and goes down on release. */
export const quotaPeriods = ['second', 'minute', 'hour', 'day', 'week', 'month', 'forever', 'held'] as const;

/** See `quotaPeriods`. */
export type QuotaPeriod = (typeof quotaPeriods)[number];

/**
 * What becomes of a request that does not fit.
 *
 * - `warn`: it is allowed, for soft quotas up to the burst limit.
 * - `throttle`: it waits for room, for `throttleMsMax` at most.
 * - `queue`: it waits in line for room, for `queueMsMax` at most.
 * - `block`: it is refused.
 * - `escalate`: people are told, and it waits for one of them to approve it, for `approvalMsMax` at most.
 */
export const quotaActions = ['warn', 'throttle', 'queue', 'block', 'escalate'] as const;

/** See `quotaActions`. */
export type QuotaAction = (typeof quotaActions)[number];

/** A quota as it is asked for. */
export interface QuotaDraft {
  /** Letters, digits and `_ . -`; unique among the quotas that can count in a workspace: its own and those of no workspace. Default: made. */
  readonly id?: string | undefined;
  readonly name: string;
  readonly description?: string | undefined;
  readonly scope: QuotaScope;
  /** A type of resource such as `memory`, or a meter of your own such as `llm_tokens`. */
  readonly resource: string;
  readonly kind: QuotaKind;
  readonly period: QuotaPeriod;
  /** Of days, weeks and months: a name of the IANA database. Default `UTC`. */
  readonly timeZone?: string | undefined;
  /** In the unit of the resource, a whole number. */
  readonly limit: number;
  /** Of soft and burst quotas. */
  readonly burstLimit?: number | null | undefined;
  readonly action: QuotaAction;
  /** Only for this workspace. */
  readonly workspaceId?: string | null | undefined;
  /** Only for this user. */
  readonly userId?: string | null | undefined;
  /** Default true. */
  readonly enabled?: boolean | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** What can be changed of a quota: everything but its id and whose it is. A change of scope, period or time zone begins with no usage. */
export type QuotaChange = Partial<Omit<QuotaDraft, 'id' | 'workspaceId'>>;

/** Which quota is meant: its id among those of its workspace, as a definition says it, or as a plain text among those of no workspace. */
export type QuotaReference = string | Pick<QuotaDefinition, 'id' | 'workspaceId'>;

/** A text that no two quotas share, also where several workspaces use one id. */
export function quotaKey(quota: QuotaReference): string {
  if (typeof quota === 'string') return quota;
  const { id, workspaceId } = quota;
  // No id has this sign.
  return workspaceId === null ? id : `${id}@${encodeURIComponent(workspaceId)}`;
}

/** A quota as it is stored. */
export interface QuotaDefinition {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly scope: QuotaScope;
  readonly resource: string;
  readonly kind: QuotaKind;
  readonly period: QuotaPeriod;
  readonly timeZone: string;
  readonly limit: number;
  readonly burstLimit: number | null;
  readonly action: QuotaAction;
  readonly workspaceId: string | null;
  readonly userId: string | null;
  readonly enabled: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** Epoch milliseconds, like `updatedAt`. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Rises with each reset; counters of an earlier epoch no longer count. */
  readonly epoch: number;
}

/** On what and for whom something is acquired. Quotas of users, agents and runs count within the workspace. */
export interface QuotaSubject {
  readonly resource: string;
  readonly workspaceId?: string | undefined;
  readonly userId?: string | undefined;
  readonly agentId?: string | undefined;
  readonly runId?: string | undefined;
}
