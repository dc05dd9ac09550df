/** Reads cleanup tasks and what their runs came to, and changes and runs them. */
import type {
  WireCleanupChange,
  WireCleanupDraft,
  WireCleanupResult,
  WireCleanupTask,
} from '@raptorflow/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { useLiveInterval } from '../live/live-context.ts';
import { listQuery, type Listing, useListing } from './pages.ts';
import { useScope } from './scope.ts';

const readEveryMs = 10_000;
/** While something runs, its end should not have to be waited for. */
const readWhileRunningMs = 2_000;

/** The tasks, what they can do, and how they do together; the operator’s only. */
export function useCleanup() {
  const { api, workspaceId } = useScope();
  const interval = useLiveInterval(readEveryMs);
  return useQuery({
    queryKey: [workspaceId, 'cleanup', 'list'],
    queryFn: async ({ signal }) => (await api.cleanup.list({ signal })).data,
    refetchInterval: ({ state }) =>
      (state.data?.metrics.running_tasks ?? 0) > 0 ? readWhileRunningMs : interval,
  });
}

/** What runs came to, newest first: of one task, or of all. */
export function useCleanupHistory(taskId: string | undefined): Listing<WireCleanupResult> {
  const { api, workspaceId } = useScope();
  return useListing(
    listQuery([workspaceId, 'cleanup', 'history', taskId ?? ''], async (cursor, signal) => {
      const query = { task_id: taskId, cursor, limit: 50 };
      const page = await api.cleanup.history({ query, signal });
      return { items: page.data, next_cursor: page.next_cursor };
    }),
    useLiveInterval(readEveryMs),
  );
}

/** A change after which everything about cleanup is read again, also when it failed: then somebody else was faster. */
function useCleanupMutation<Input, Result>(change: (input: Input) => Promise<Result>) {
  const { workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'cleanup'] }),
  });
}

/** Adds a task. */
export function useCreateTask() {
  const { api } = useScope();
  return useCleanupMutation((body: WireCleanupDraft) => api.cleanup.create({ body }));
}

/** Changes a task; what is not named stays. */
export function useUpdateTask() {
  const { api } = useScope();
  return useCleanupMutation(
    ({ taskId, change }: { readonly taskId: string; readonly change: WireCleanupChange }) =>
      api.cleanup.update({ params: { task_id: taskId }, body: change }),
  );
}

/** Removes a task; its history stays. */
export function useRemoveTask() {
  const { api } = useScope();
  return useCleanupMutation((taskId: string) => api.cleanup.remove({ params: { task_id: taskId } }));
}

/** Runs a task now, and waits for what comes of it. */
export function useRunTask() {
  const { api } = useScope();
  return useCleanupMutation(async (task: WireCleanupTask) => {
    const call = { params: { task_id: task.task_id }, timeoutMs: longestRunMs(task) };
    return (await api.cleanup.run(call)).data;
  });
}

const answerMs = 30_000;
/** Browsers take longer waits for none at all. */
const waitMsMax = 86_400_000;

/** How long a run can take with all its attempts and the pauses between them, and the answer on its way; at most a day. */
export function longestRunMs({
  timeout_seconds: timeout,
  retry_count: retries,
  retry_delay_seconds: delay,
}: Pick<WireCleanupTask, 'timeout_seconds' | 'retry_count' | 'retry_delay_seconds'>): number {
  return Math.min(waitMsMax, (timeout * (retries + 1) + delay * retries) * 1_000 + answerMs);
}
