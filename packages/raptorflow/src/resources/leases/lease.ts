import type { ChildProcess } from 'node:child_process';
import type { CleanupReport, ResourceScope } from '../registry/resource.ts';

/** What a lease is for; all optional. What is registered under it takes these over unless it says otherwise. */
export interface LeaseOptions {
  readonly runId?: string;
  readonly agentId?: string;
  readonly workspaceId?: string;
  readonly owner?: string;
  /** It ends by itself after so many milliseconds; `extend` begins them anew. */
  readonly deadlineMs?: number;
  /** It ends when this signal aborts. */
  readonly signal?: AbortSignal;
  /** It ends when this process does. */
  readonly process?: ChildProcess;
}

/** Why a lease has ended. */
export type LeaseEnding = 'ended' | 'deadline' | 'aborted' | 'process' | 'stopped';

/**
 * A lease:
 *
 * - `open`: resources are registered under it. `end`, its deadline, its signal or its process → `ending`.
 * - `ending`: nothing is registered under it any more; what it holds is being closed. → `ended`.
 * - `ended`: final. What could not be closed is in status `error`, and cleanups try again.
 */
export type LeaseState = 'open' | 'ending' | 'ended';

/** Holds the resources of a run of an agent together: when it ends, all of them are closed. */
export interface Lease extends ResourceScope, AsyncDisposable {
  readonly id: string;
  readonly state: LeaseState;
  /** Undefined while it is open. */
  readonly ending: LeaseEnding | undefined;
  /** Begins the time to the deadline anew, with `deadlineMs` where it is given. Throws `unavailable` when the lease has ended, `invalid_input` for no time. */
  extend(deadlineMs?: number): void;
  /** Closes everything that is registered under it. Called twice, answers the same. */
  end(): Promise<CleanupReport>;
}
