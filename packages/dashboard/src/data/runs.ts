/** Reads and cancels runs. */
import type { JournalEntry, RunStatus, RunStep, RunSummary } from '@raptorflow/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { useLiveInterval } from '../live/live-context.ts';
import { listQuery, type Listing, useListing } from './pages.ts';
import { useScope } from './scope.ts';

const finalStatuses: ReadonlySet<RunStatus> = new Set(['completed', 'failed', 'cancelled']);

/** Whether nothing will change any more. */
export function isRunFinal(status: RunStatus): boolean {
  return finalStatuses.has(status);
}

/** Which runs a list shows. */
export interface RunFilter {
  readonly status?: RunStatus | undefined;
  readonly agent_id?: string | undefined;
  readonly campaign_id?: string | undefined;
  readonly parent_run_id?: string | undefined;
}

/** The workspace's runs, newest first. */
export function useRuns(filter: RunFilter): Listing<RunSummary> {
  const { api, workspaceId } = useScope();
  return useListing(
    listQuery([workspaceId, 'runs', 'list', filter], (cursor, signal) =>
      api.runs.list({ query: { ...filter, cursor }, signal }),
    ),
    useLiveInterval(15_000),
  );
}

/** Counts, durations and cost of the last days. */
export function useRunStatistics(periodDays: number) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'runs', 'statistics', periodDays],
    queryFn: ({ signal }) => api.runs.statistics({ query: { period_days: periodDays }, signal }),
    refetchInterval: useLiveInterval(30_000),
  });
}

/** One run, read again while it is not final. */
export function useRun(runId: string) {
  const { api, workspaceId } = useScope();
  const interval = useLiveInterval(5_000);
  return useQuery({
    queryKey: [workspaceId, 'runs', runId],
    queryFn: ({ signal }) => api.runs.get({ params: { run_id: runId }, signal }),
    refetchInterval: ({ state }) => (state.data && isRunFinal(state.data.status) ? false : interval),
  });
}

/** A run's steps, oldest first. */
export function useRunSteps(runId: string): Listing<RunStep> {
  const { api, workspaceId } = useScope();
  return useListing(
    listQuery([workspaceId, 'runs', runId, 'steps'], (cursor, signal) =>
      api.runs.steps({ params: { run_id: runId }, query: { limit: 200, cursor }, signal }),
    ),
  );
}

/** A run's journal, oldest first. */
export function useRunJournal(runId: string): Listing<JournalEntry> {
  const { api, workspaceId } = useScope();
  return useListing(
    listQuery([workspaceId, 'runs', runId, 'journal'], (cursor, signal) =>
      api.runs.journal({ params: { run_id: runId }, query: { limit: 200, cursor }, signal }),
    ),
  );
}

/** Cancels a run. */
export function useCancelRun(runId: string) {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.runs.cancel({ params: { run_id: runId } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'runs'] }),
  });
}
