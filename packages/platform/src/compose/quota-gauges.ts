/** How much of each quota is used, as a metric that rules and the analysis of usage can look at. */
import type { Identity } from '@raptorflow/runtime';
import type { Clock, Logger, Service } from 'raptorflow/kernel';
import type { Meter } from 'raptorflow/metrics';
import type { QuotaDefinition, Quotas } from 'raptorflow/resources';
import { createMinuteLook } from './minute-look.ts';

/** What the gauges look at. */
export interface QuotaGaugesDeps {
  readonly workspaces: Pick<Identity['workspaces'], 'listAll'>;
  readonly quotas: Pick<Quotas, 'list' | 'usage'>;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The metric, and the tags of its series. */
export const quotaUsageMetric = 'quota_usage';

/**
 * Looks once a minute at what is used of each quota that counts for everybody or for each workspace. Those that count for each user, agent or run have
 * too many counters for that.
 */
export function createQuotaGauges({ workspaces, quotas, meter, clock, log }: QuotaGaugesDeps): Service {
  const used = meter.gauge({
    name: quotaUsageMetric,
    unit: '1',
    description: 'What is used of a quota, in its own unit: held now, or in the present period.',
    category: 'resource',
    merge: 'max',
  });
  // What nobody has used yet is no figure of anything.
  const shown = new Set<string>();
  const look = async (): Promise<void> => {
    if (quotas.list().length === 0) return;
    for (const { id: workspaceId } of await workspaces.listAll()) {
      const owned = new Map(quotas.list({ workspaceId }).map((quota) => [quota.id, quota]));
      for (const usage of await quotas.usage({ workspaceId })) {
        const quota = owned.get(usage.quotaId);
        const name = `${usage.quotaId} ${workspaceId}`;
        if (!quota || (usage.used === 0 && !shown.has(name))) continue;
        shown.add(name);
        used.with(tagsOf(quota, workspaceId)).set(usage.used);
      }
    }
  };
  return createMinuteLook('The gauges of quotas', look, { clock, log });
}

function tagsOf(quota: QuotaDefinition, workspaceId: string): Record<string, string> {
  return {
    quota_id: quota.id,
    resource_type: quota.resource,
    counts: quota.period === 'held' ? 'held' : 'used',
    ...(quota.scope !== 'global' && { workspace_id: workspaceId }),
  };
}
