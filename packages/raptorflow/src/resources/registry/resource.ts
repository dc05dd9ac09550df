import type { TreeKeeper } from '../leases/owned-tree.ts';

/** The kinds of resources that are known without being defined. */
export type KnownResourceType =
  | 'memory'
  | 'file_handle'
  | 'network_connection'
  | 'database_connection'
  | 'async_task'
  | 'thread'
  | 'process'
  | 'cache'
  | 'lock'
  | 'temporary_file';

/** A known kind, or any other in snake_case. */
export type ResourceType = KnownResourceType | (string & {});

/**
 * What a resource is:
 *
 * - `active`: registered or used a short time ago. `idle` after `idleAfterMs` without use; `leaked` by a verdict; gone by `release`.
 * - `idle`: not used for a while. `active` again when it is touched.
 * - `leaked`: a verdict says that nobody will release it. `active` again when it is touched, because then the verdict was wrong.
 * - `error`: closing it failed, and so did the retries. The next cleanup tries again; its owner may still release it.
 * - `cleaned_up`: closed by a cleanup or with its lease; final. The last `cleanedKeptMax` of them can still be found.
 *
 * What its owner releases is gone at once, from every state but the last.
 */
export type ResourceStatus = 'active' | 'idle' | 'leaked' | 'cleaned_up' | 'error';

/** Closes a resource. May answer how many bytes that freed; otherwise the registered size counts. What it throws is a failure and tried again. */
export type Dispose = () => unknown;

/** What is said about a resource when it is opened. */
export interface RegisterOptions {
  /** Unique among the open ones; default a new id. */
  readonly id?: string;
  readonly type: ResourceType;
  readonly owner?: string;
  readonly workspaceId?: string;
  readonly agentId?: string;
  readonly runId?: string;
  readonly sizeBytes?: number;
  /** Kept as it is, never copied. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly dispose?: Dispose;
  /** The place in the program that opens it, where it has a name; otherwise places are told apart by sampled stacks. */
  readonly site?: string;
  /** How long it may be open and unused, in place of what holds for its type and place; `Infinity` for what lives as long as the program. */
  readonly lifetimeMsMax?: number;
  /**
   * A figure that changes whenever the resource is used, such as bytes read. It is asked for only before the resource would be called a leak, and
   * spares whoever uses it the calls of `touch`.
   */
  readonly activity?: () => number;
}

/** An open resource in the hands of its owner. Calls after it is gone do nothing. */
export interface ResourceHandle extends AsyncDisposable {
  readonly id: string;
  /** Says that it was used just now. */
  touch(): void;
  /** Says how many bytes it takes now. */
  resize(sizeBytes: number): void;
  /** Says that its owner has closed it; it is forgotten. Nothing is called. */
  release(): void;
  /** Closes it as a cleanup would, then forgets it. Rejects with what closing it failed with. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** One resource, as it was when it was asked for. Times are milliseconds since 1970 UTC. */
export interface ResourceInfo {
  readonly id: string;
  readonly type: ResourceType;
  readonly status: ResourceStatus;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly ageMs: number;
  readonly idleMs: number;
  readonly sizeBytes: number;
  readonly owner: string | undefined;
  readonly workspaceId: string | undefined;
  readonly agentId: string | undefined;
  readonly runId: string | undefined;
  readonly leaseId: string | undefined;
  /** Where it was opened: the stack, where it was sampled; otherwise the site that was named. */
  readonly callSite: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
  /** Why closing it failed, in status `error`. */
  readonly error: unknown;
}

/** Which resources are meant; all that is named must fit. */
export interface ResourceFilter {
  readonly type?: ResourceType;
  readonly status?: ResourceStatus;
  readonly owner?: string;
  readonly workspaceId?: string;
  readonly agentId?: string;
  readonly runId?: string;
  readonly leaseId?: string;
  /** Default 1,000. */
  readonly limit?: number;
}

/** Where resources can be registered: all of them, or a lease. Adapters take either. */
export interface ResourceScope {
  /** Process trees that do not outlive this process, however it ends. */
  readonly trees: TreeKeeper;
  /**
   * Notes an open resource. Throws `conflict` when the id is taken, `exhausted` beyond `resourcesMax`, `invalid_input` for an impossible type or id,
   * `unavailable` after the end.
   */
  register(options: RegisterOptions): ResourceHandle;
}

/** Numbers of open resources; leaks and cleaned ones since the start. */
export interface ResourceSummary {
  readonly total: number;
  readonly bytes: number;
  readonly byType: Readonly<Record<string, number>>;
  readonly byStatus: Readonly<Record<ResourceStatus, number>>;
  /** The 100 with most; what has no owner is not in it. */
  readonly byOwner: Readonly<Record<string, number>>;
  /** The 100 with most; what has no workspace is not in it. */
  readonly byWorkspace: Readonly<Record<string, number>>;
  readonly registered: number;
  readonly released: number;
  readonly cleaned: number;
  readonly bytesFreed: number;
  /** Leaks that are open now. */
  readonly leaks: number;
}

/** What is to be closed. Without a field, all that are not active. */
export interface CleanupRequest {
  readonly type?: ResourceType;
  readonly owner?: string;
  readonly workspaceId?: string;
  readonly runId?: string;
  /** Only those that were not used for so long. */
  readonly idleMsMin?: number;
  /** Active ones too. Only together with what they are named by: type, owner, workspace or run; otherwise `invalid_input`. */
  readonly force?: boolean;
}

/** A resource that could not be closed. */
export interface CleanupFailure {
  readonly id: string;
  readonly type: ResourceType;
  readonly error: unknown;
}

/** What a cleanup did. */
export interface CleanupReport {
  readonly cleaned: number;
  readonly bytesFreed: number;
  readonly failed: number;
  /** Fitting ones that were left alone because they are active. */
  readonly active: number;
  readonly cleanedByType: Readonly<Record<string, number>>;
  /** At most 100 of the failed ones. */
  readonly failures: readonly CleanupFailure[];
  readonly durationMs: number;
}

/**
 * How resources of a type are closed beyond their own `dispose`, which is called first. Answers how many bytes that freed, where it knows. What it
 * throws is a failure and tried again.
 */
export type CleanupStrategy = (resource: ResourceInfo) => unknown;
