import { RaptorFlowError } from '../../kernel/index.ts';
import type { Periods } from './calendar.ts';
import { clockOf, usageMax, type Counter } from './counter.ts';
import { subjectIdPattern } from './definition-schema.ts';
import { quotaKey, type QuotaDefinition, type QuotaSubject } from './definition.ts';
import type { Tally } from './tally.ts';

/** A quota, made ready for requests. */
export interface ReadyQuota {
  readonly quota: QuotaDefinition;
  readonly clock: Periods | null;
  readonly tally: Tally;
  /** Usage from which on the action is taken; of dynamic quotas the least. */
  readonly threshold: number;
  /** Usage that is passed by nothing but an approved request; of dynamic quotas the least. */
  readonly ceiling: number;
  /** Usage that a request may lead to before anything else is tried: the ceiling where the action lets pass what is under it. */
  readonly firstMax: number;
}

/** What a request of one subject has to be granted by. */
export interface Plan {
  readonly subject: QuotaSubject;
  readonly quotas: readonly ReadyQuota[];
  /** For each quota, in the same order. */
  readonly counters: readonly Counter[];
  readonly maxima: readonly number[];
  readonly quotaIds: readonly string[];
  readonly isHeld: boolean;
  /** True when the store must not fail. */
  readonly isStrict: boolean;
}

/** Makes a quota ready. */
export function readyQuota(quota: QuotaDefinition, tally: Tally): ReadyQuota {
  const { kind, action, limit, burstLimit } = quota;
  const threshold = kind === 'burst' ? (burstLimit ?? limit) : limit;
  const ceiling = kind === 'soft' ? (burstLimit ?? usageMax) : threshold;
  const passes = kind === 'soft' && (action === 'warn' || action === 'block');
  return { quota, clock: clockOf(quota), tally, threshold, ceiling, firstMax: passes ? ceiling : threshold };
}

/** The counter of a quota that counts for a subject; null when the quota does not. */
export function counterFor(
  { quota, clock }: ReadyQuota,
  subject: Omit<QuotaSubject, 'resource'>,
): Counter | null {
  const { id, epoch, scope, kind, limit, workspaceId, userId } = quota;
  if (workspaceId !== null && subject.workspaceId !== workspaceId) return null;
  if (userId !== null && subject.userId !== userId) return null;
  const whose = whoseCounter(quota, subject);
  if (whose === null) return null;
  return {
    key: `${id}~${epoch}/${whose}`,
    quotaId: id,
    quotaKey: quotaKey(quota),
    kind,
    limit,
    clock,
    isHeld: quota.period === 'held',
    workspaceId: scope === 'global' ? null : (subject.workspaceId ?? ''),
  };
}

function whoseCounter({ scope }: QuotaDefinition, subject: Omit<QuotaSubject, 'resource'>): string | null {
  const { workspaceId, userId, agentId, runId } = subject;
  if (scope === 'global') return '*';
  if (scope === 'workspace') return workspaceId === undefined ? null : encodeURIComponent(workspaceId);
  const owner = scope === 'user' ? userId : scope === 'agent' ? agentId : runId;
  // An empty name stands for those outside of any workspace: no workspace can have it.
  return owner === undefined ? null : `${encodeURIComponent(workspaceId ?? '')}/${encodeURIComponent(owner)}`;
}

/** Refuses a subject with a name that cannot be one: `invalid_input`. */
export function checkSubject(subject: Partial<QuotaSubject>): void {
  const { resource, workspaceId, userId, agentId, runId } = subject;
  for (const [field, value] of Object.entries({ resource, workspaceId, userId, agentId, runId })) {
    if (value === undefined || isName(value)) continue;
    throw new RaptorFlowError(
      'invalid_input',
      `${field} of a subject must be a text of 1 to 200 characters, none of them a control character.`,
      { details: { field } },
    );
  }
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.isWellFormed() && subjectIdPattern.test(value);
}

/** Plans of one user in one workspace for one resource: without agent and run, and with them. */
interface Leaf {
  plain: Plan | undefined;
  readonly others: Map<string | undefined, Map<string | undefined, Plan>>;
}

type Branch<Inner> = Map<string | undefined, Inner>;

/** The plans of subjects, kept while the definitions stay as they are. */
export class Plans {
  readonly #plansMax: number;
  readonly #quotasOf: (resource: string) => readonly ReadyQuota[];
  // By one name after the other: to join them would cost more than all lookups.
  #tree: Branch<Branch<Branch<Leaf>>> = new Map();
  #count = 0;

  constructor(plansMax: number, quotasOf: (resource: string) => readonly ReadyQuota[]) {
    this.#plansMax = plansMax;
    this.#quotasOf = quotasOf;
  }

  /** Throws `invalid_input` for a subject with a name that cannot be one. */
  of(subject: QuotaSubject): Plan {
    const { resource, workspaceId, userId, agentId, runId } = subject;
    const leaf = this.#tree.get(resource)?.get(workspaceId)?.get(userId);
    if (leaf !== undefined) {
      const plan =
        agentId === undefined && runId === undefined ? leaf.plain : leaf.others.get(agentId)?.get(runId);
      if (plan !== undefined) return plan;
    }
    return this.#add(subject);
  }

  clear(): void {
    this.#tree = new Map();
    this.#count = 0;
  }

  #add(subject: QuotaSubject): Plan {
    checkSubject(subject);
    if (this.#count >= this.#plansMax) this.clear();
    this.#count += 1;
    const plan = planOf(subject, this.#quotasOf(subject.resource));
    const { resource, workspaceId, userId, agentId, runId } = subject;
    const workspaces = branchOf(this.#tree, resource, () => new Map<string | undefined, Branch<Leaf>>());
    const owners = branchOf(workspaces, workspaceId, () => new Map<string | undefined, Leaf>());
    const leaf = branchOf(owners, userId, (): Leaf => ({ plain: undefined, others: new Map() }));
    if (agentId === undefined && runId === undefined) leaf.plain = plan;
    else branchOf(leaf.others, agentId, () => new Map<string | undefined, Plan>()).set(runId, plan);
    return plan;
  }
}

function branchOf<Inner>(branch: Branch<Inner>, name: string | undefined, make: () => Inner): Inner {
  let inner = branch.get(name);
  if (inner === undefined) branch.set(name, (inner = make()));
  return inner;
}

function planOf(subject: QuotaSubject, candidates: readonly ReadyQuota[]): Plan {
  const quotas: ReadyQuota[] = [];
  const counters: Counter[] = [];
  for (const candidate of candidates) {
    const counter = counterFor(candidate, subject);
    if (!counter) continue;
    quotas.push(candidate);
    counters.push(counter);
  }
  const { resource, workspaceId, userId, agentId, runId } = subject;
  return {
    subject: { resource, workspaceId, userId, agentId, runId },
    quotas,
    counters,
    maxima: quotas.map(({ firstMax }) => firstMax),
    quotaIds: quotas.map(({ quota }) => quota.id),
    isHeld: counters.some(({ isHeld }) => isHeld),
    isStrict: quotas.some(({ quota }) => quota.kind !== 'soft'),
  };
}
