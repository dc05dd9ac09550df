/** Reads the machine and its monitor, Raptor Mini, and starts and stops it. */
import type { HostSample, HostSamples, RaptorStatus } from '@raptorflow/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { type Polled, polled, usePolled } from './polled.ts';
import { useScope } from './scope.ts';

/** As many samples as the server keeps for this, one a second. */
const samplesMax = 300;
/** A sample more than was due is asked for, so that none falls between two readings. */
const samplesSpare = 3;

/** How many samples a reading asks for, when the one before it is so old; all when there was none. */
export function samplesToAsk(ageMs: number | null): number {
  if (ageMs === null) return samplesMax;
  return Math.min(samplesMax, Math.ceil(Math.max(0, ageMs) / 1_000) + samplesSpare);
}

/** Known samples with those of a new reading behind them, at most `max`, oldest first. */
export function joinSamples(
  known: readonly HostSample[],
  read: readonly HostSample[],
  max: number,
): HostSample[] {
  const last = known.at(-1)?.timestamp ?? '';
  return [...known, ...read.filter(({ timestamp }) => timestamp > last)].slice(-max);
}

/** What the machine did in the last minutes, read each second while the page is in sight. */
export function useHostSamples(): Polled<HostSamples> {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  const queryKey = [workspaceId, 'host', 'samples'];
  const query = useQuery({
    ...polled,
    queryKey,
    queryFn: async ({ signal }): Promise<HostSamples> => {
      const known = queryClient.getQueryState<HostSamples>(queryKey);
      const ageMs = known?.data === undefined ? null : Date.now() - known.dataUpdatedAt;
      const answer = await api.raptor.samples({ query: { limit: samplesToAsk(ageMs) }, signal });
      return { ...answer, items: joinSamples(known?.data?.items ?? [], answer.items, samplesMax) };
    },
    refetchInterval: 1_000,
  });
  return usePolled(query);
}

/** Whether the monitor runs, and by which file. */
export function useRaptorStatus(): Polled<RaptorStatus> {
  const { api, workspaceId } = useScope();
  const query = useQuery({
    ...polled,
    queryKey: [workspaceId, 'host', 'status'],
    queryFn: ({ signal }) => api.raptor.status({ signal }),
    refetchInterval: 3_000,
  });
  return usePolled(query);
}

/** Starts or stops the monitor; both may be asked for again. */
export function useRaptorSwitch(action: 'start' | 'stop') {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.raptor[action](),
    onSettled: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'host'] }),
  });
}

/** How much of the log's end is fetched. */
const tailCharacters = 5_000;

/** Fetches the end of the log. */
export function useFetchLogs() {
  const { api } = useScope();
  return useMutation({ mutationFn: () => api.raptor.logs({ query: { tail: tailCharacters } }) });
}

/** Raises a real error through the exception tracing. */
export function useBoom() {
  const { api } = useScope();
  return useMutation({ mutationFn: () => api.raptor.demo({ params: { value: 'boom' } }) });
}

/** The busiest processes; read when asked. */
export function useHostProcesses(limit: number) {
  const { api } = useScope();
  return useMutation({
    mutationFn: async () => {
      const { items } = await api.raptor.processes({ query: { limit } });
      return { items, at: new Date().toISOString() };
    },
  });
}
