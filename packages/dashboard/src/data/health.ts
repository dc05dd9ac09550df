/** Reads how the installation is, and tells when its bus is away. */
import type { HealthReport } from '@raptorflow/contract';
import { queryOptions, useQuery } from '@tanstack/react-query';

import { api } from './scope.ts';

const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => api.health.all({ signal }),
});

/** Every part of the installation, with reasons. An unhealthy server answers 503; that is still an answer. */
export function useHealth() {
  return useQuery({
    ...healthQuery,
    // The end of an outage should not have to be waited for.
    refetchInterval: ({ state }) => (outageIn(state.data) === null ? 10_000 : 2_000),
  });
}

/** Why the bus is away; null while it answers. */
export type Outage = readonly string[] | null;

/** The outage in a report. Only a Redis can be away and come back: a bus in a file lives and dies with the server. */
export function outageIn(report: HealthReport | undefined): Outage {
  const redis = report?.services?.['redis'];
  return redis?.status === 'unhealthy' || redis?.status === 'critical' ? redis.reasons : null;
}

/** Whether the bus is away, as the frame of the page read it last; reads nothing itself. */
export function useOutage(): Outage {
  return useQuery({ ...healthQuery, enabled: false, select: outageIn }).data ?? null;
}

/** How often something of the bus is read again: never while it is away, since its return makes everything be read. */
export function useBusInterval(intervalMs: number): number | false {
  return useOutage() === null ? intervalMs : false;
}
