import { RaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { Lease, Resources, ResourceScope } from 'raptorflow/resources';
import type { Run } from './run.ts';

/** What runs need of a registry of resources. */
export type RunResources = Pick<Resources, 'lease'>;

/** What a running tool is given. */
export interface ToolRoom {
  /** Where it registers what it opens. */
  readonly resources: ResourceScope;
  /** Aborts with the run, and when the call itself is closed. */
  readonly signal: AbortSignal;
}

/** Takes the lease of one execution of a run. Throws `exhausted` and `unavailable`. */
export function takeLease(resources: RunResources, run: Run): Lease {
  return resources.lease({
    runId: run.id,
    workspaceId: run.workspaceId,
    ...(run.agentId !== null && { agentId: run.agentId }),
  });
}

/**
 * Ends a lease, so that what is open under it is closed and the process trees are killed. Waits for that, but no longer than so many milliseconds: a resource that
 * cannot be closed keeps no run; it is tried again and shown as an error by the registry.
 */
export async function endLease(lease: Lease, clock: Clock, waitMsMax: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = clock.setTimeout(late.resolve, waitMsMax);
  try {
    await Promise.race([lease.end(), late.promise]);
  } finally {
    timer.cancel();
  }
}

/** Runs a tool call as a task under the lease; closing the task aborts it. It may take as long as its execution before it is called a leak. */
export async function runTool<T>(
  lease: ResourceScope,
  { step, signal, lifetimeMsMax }: { step: string; signal: AbortSignal; lifetimeMsMax: number },
  work: (room: ToolRoom) => Promise<T>,
): Promise<T> {
  // Its start may have reached the journal after the run was broken off.
  signal.throwIfAborted();
  const closed = new AbortController();
  const task = lease.register({
    type: 'async_task',
    site: 'run_tool',
    lifetimeMsMax,
    metadata: { step },
    dispose: () => closed.abort(new RaptorFlowError('cancelled', `The tool call "${step}" was closed.`)),
  });
  try {
    return await work({ resources: lease, signal: AbortSignal.any([signal, closed.signal]) });
  } finally {
    task.release();
  }
}
