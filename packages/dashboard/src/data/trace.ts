/** Reads what a request set off, and starts the proofs that loops end and that budgets hold. */
import type { BusTrace } from '@raptorflow/contract';
import { isClientError } from '@raptorflow/client';
import { useMutation, useQuery } from '@tanstack/react-query';

import { useOutage } from './health.ts';
import { useScope } from './scope.ts';

/** A story that is not settled is read again this often; a long one, which takes longer to read, less often. */
function intervalOf(trace: BusTrace): number | false {
  if (trace.settled) return false;
  return trace.events.length < 200 ? 500 : 2_000;
}

/** The trace of a request or of one of its events, read again until nothing of it waits; null when there is none. */
export function useTrace(id: string | null) {
  const { api, workspaceId } = useScope();
  const isAway = useOutage() !== null;
  return useQuery({
    queryKey: [workspaceId, 'bus', 'trace', id],
    queryFn: ({ signal }) =>
      api.bus.trace({ params: { id: id ?? '' }, signal }).catch((error: unknown) => {
        if (isClientError(error) && error.status === 404) return null;
        throw error;
      }),
    enabled: id !== null,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && !isAway ? intervalOf(state.data) : false),
  });
}

/** Starts the proof **Loop it**. */
export function useLoopProof() {
  const { api } = useScope();
  return useMutation({ mutationFn: () => api.proofs.loop() });
}

/** Runs the proof **Overspend it** to its end. */
export function useOverspendProof() {
  const { api } = useScope();
  return useMutation({ mutationFn: () => api.proofs.overspend({ timeoutMs: 60_000 }) });
}
