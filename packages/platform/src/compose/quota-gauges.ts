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
  // What nobody has used yet is no figure of anything; what is not there any more is used by nobody.
  let shown = new Map<string, Record<string, string>>();
  const look = async (): Promise<void> => {
    const before = shown;
    shown = new Map();
    for (const { id: workspaceId } of quotas.list().length === 0 ? [] : await workspaces.listAll()) {
      const known = new Map(quotas.list({ workspaceId }).map((quota) => [quota.id, quota]));
      for (const usage of await quotas.usage({ workspaceId })) {
        const quota = known.get(usage.quotaId);
        const name = `${usage.quotaId} ${workspaceId}`;
        if (!quota || (usage.used === 0 && !before.has(name))) continue;
        const tags = tagsOf(quota, workspaceId);
        shown.set(name, tags);
        used.with(tags).set(usage.used);
      }
    }
    for (const [name, tags] of before) if (!shown.has(name)) used.with(tags).set(0);
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
