/** What was run, and which models were called, for a story on the bus. */
import type { Agents, CostedCall, Costs, RequestRun, RequestRuns } from '@raptorflow/runtime';

/** The story whose work is asked for. */
export interface WorkedStory {
  readonly requestId: string;
  /** Workspaces of the events that are shown, each once; nothing of any other is told. */
  readonly workspaceIds: readonly string[];
}

/** What was done for a story, oldest first. */
export interface TracedWork {
  readonly runs: readonly (RequestRun & { readonly agent: { readonly code: string; name: string } | null })[];
  readonly runsLeftOut: number;
  /** Those of runs that are shown, and those that no run made. */
  readonly calls: readonly CostedCall[];
  readonly callsLeftOut: number;
}

/** Tells what was done for a story. */
export type WorkOf = (story: WorkedStory) => Promise<TracedWork>;

/** How much of a story's work is read, in all workspaces together. */
export interface TraceWorkOptions {
  /** Default 1,000. */
  readonly runsMax?: number;
  /** Attempts of model calls; default 4,000. */
  readonly attemptsMax?: number;
}

/** What it is read from. */
export interface TraceWorkDeps {
  readonly requestRuns: RequestRuns;
  readonly costs: Costs;
  readonly agents: Agents;
}

/** Joins runs from the runs' own table and calls from the cost log by the request they carry. */
export function traceWork(
  { runsMax = 1_000, attemptsMax = 4_000 }: TraceWorkOptions,
  { requestRuns, costs, agents }: TraceWorkDeps,
): WorkOf {
  const readWorkspace = async (workspaceId: string, correlationId: string) => {
    const [found, called, known] = await Promise.all([
      requestRuns.list(workspaceId, correlationId, runsMax),
      costs.calls(workspaceId, { correlationId }, attemptsMax),
      agents.list(workspaceId),
    ]);
    const byId = new Map(known.map((agent) => [agent.id, agent]));
    const runs = found.runs.map((run) => ({ ...run, agent: byId.get(run.agentId ?? '') ?? null }));
    return { runs, runsTotal: found.total, calls: called.calls, callsTotal: called.total };
  };
  return async ({ requestId, workspaceIds }) => {
    const parts = await Promise.all(workspaceIds.map((id) => readWorkspace(id, requestId)));
    const runs = parts
      .flatMap((part) => part.runs)
      .toSorted(by((run) => run.id))
      .slice(0, runsMax);
    const shown = new Set(runs.map(({ id }) => id));
    const calls = parts
      .flatMap((part) => part.calls)
      .filter(({ agentRunId }) => agentRunId === null || shown.has(agentRunId))
      .toSorted(by((call) => call.callId))
      .slice(0, attemptsMax);
    const total = (of: (part: (typeof parts)[number]) => number): number =>
      parts.reduce((sum, part) => sum + of(part), 0);
    return {
      runs,
      runsLeftOut: total((part) => part.runsTotal) - runs.length,
      calls,
      callsLeftOut: total((part) => part.callsTotal) - calls.length,
    };
  };
}

// Ids are made in the order of time.
function by<T>(idOf: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (idOf(a) < idOf(b) ? -1 : 1);
}
