/** Reads what is open and what was forgotten, and closes it. */
import type { WireResourceStatus } from '@raptorflow/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import type { MetricScope } from './addressed-scope.ts';
import { useLiveInterval } from '../live/live-context.ts';
import { useScope } from './scope.ts';

const readEveryMs = 10_000;
/** A list holds no more; filters show the rest. */
export const resourcesShownMax = 1_000;

/** How much is open, and how verdicts about leaks turned out. */
export function useResourceSummary(scope: MetricScope) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'resources', 'summary', scope],
    queryFn: async ({ signal }) => (await api.resources.summary({ query: { scope }, signal })).data,
    refetchInterval: useLiveInterval(readEveryMs),
  });
}

/** Which resources are listed. */
export interface ResourceFilter {
  readonly type?: string | undefined;
  readonly status?: WireResourceStatus | undefined;
}

/** What is open, or with status `cleaned_up` what was closed last. */
export function useResources(scope: MetricScope, { type, status }: ResourceFilter) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'resources', 'list', scope, type ?? '', status ?? ''],
    queryFn: async ({ signal }) => {
      const query = { scope, resource_type: type, status, limit: resourcesShownMax };
      return (await api.resources.list({ query, signal })).data;
    },
    refetchInterval: useLiveInterval(readEveryMs),
  });
}

/** What was forgotten, the most severe first. */
export function useLeaks(scope: MetricScope) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'resources', 'leaks', scope],
    queryFn: ({ signal }) => api.resources.leaks({ query: { scope, limit: 100 }, signal }),
    refetchInterval: useLiveInterval(readEveryMs),
  });
}

/** A change after which everything about resources is read again. */
function useResourceChange<Input, Result>(change: (input: Input) => Promise<Result>) {
  const { workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'resources'] }),
  });
}

/** Looks for leaks now, in the whole process. */
export function useLeakScan() {
  const { api } = useScope();
  const scan = () => api.resources.scan();
  return useResourceChange<void, Awaited<ReturnType<typeof scan>>>(scan);
}

/** Says whether a leak is one. */
export function useJudgeLeak(scope: MetricScope) {
  const { api } = useScope();
  return useResourceChange(({ leakId, right }: { readonly leakId: string; readonly right: boolean }) =>
    api.resources.judge({ params: { leak_id: leakId }, query: { scope }, body: { right } }),
  );
}

/** Closes what is open of a kind. */
export function useCloseResources(scope: MetricScope) {
  const { api } = useScope();
  return useResourceChange(({ type, force }: { readonly type: string; readonly force: boolean }) =>
    api.resources.cleanup({ params: { resource_type: type }, query: { scope, force } }),
  );
}
