/** Reads the operations of the server, their errors and pipelines, and acts on their breakers. */
import type { PeriscopeError, PeriscopeOperations, PeriscopePipeline } from '@raptorflow/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { type Polled, polled, usePolled } from './polled.ts';
import { useScope } from './scope.ts';
import { useIsOperator } from './session.ts';

/** The operations, their breakers, and the verdict on them. */
export function useOperations(): Polled<PeriscopeOperations> {
  const { api, workspaceId } = useScope();
  const query = useQuery({
    ...polled,
    queryKey: [workspaceId, 'periscope', 'operations'],
    queryFn: ({ signal }) => api.periscope.operations({ signal }),
    refetchInterval: 3_000,
  });
  return usePolled(query);
}

/** The pipelines and how far they are. */
export function usePipelines(): Polled<{ readonly items: readonly PeriscopePipeline[] }> {
  const { api, workspaceId } = useScope();
  const query = useQuery({
    ...polled,
    queryKey: [workspaceId, 'periscope', 'pipelines'],
    queryFn: ({ signal }) => api.periscope.pipelines({ signal }),
    refetchInterval: 3_000,
  });
  return usePolled(query);
}

/** The last errors by kind; read for the operator only. */
export function usePeriscopeErrors(): Polled<{ readonly items: readonly PeriscopeError[] }> {
  const { api, workspaceId } = useScope();
  const enabled = useIsOperator();
  const query = useQuery({
    ...polled,
    queryKey: [workspaceId, 'periscope', 'errors'],
    queryFn: ({ signal }) => api.periscope.errors({ query: {}, signal }),
    enabled,
    refetchInterval: 5_000,
  });
  return usePolled(query);
}

/** What can be done to a breaker. */
export type BreakerAction = 'isolate' | 'release';

/** Isolates or releases a breaker. */
export function useBreakerAction() {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ breaker, action }: { readonly breaker: string; readonly action: BreakerAction }) =>
      api.periscope[action]({ params: { breaker } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'periscope'] }),
  });
}
