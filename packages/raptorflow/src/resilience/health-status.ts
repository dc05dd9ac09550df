/** Verdicts, from the best to the worst. */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy' | 'critical';

const ranks: Readonly<Record<HealthStatus, number>> = { healthy: 0, degraded: 1, unhealthy: 2, critical: 3 };

/** The worst of some verdicts; `healthy` when there are none. */
export function worstOf(statuses: Iterable<HealthStatus>): HealthStatus {
  let worst: HealthStatus = 'healthy';
  for (const status of statuses) if (ranks[status] > ranks[worst]) worst = status;
  return worst;
}

/** Orders verdicts, the worst first. */
export function byWorst(a: HealthStatus, b: HealthStatus): number {
  return ranks[b] - ranks[a];
}
