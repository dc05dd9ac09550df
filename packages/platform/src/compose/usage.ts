/** The analysis of usage over the history of all processes, and what it can do by itself. */
import { join } from 'node:path';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { History, Tags } from 'raptorflow/metrics';
import {
  createAnalytics,
  historyUsage,
  quotaKey,
  sqliteAdviceStore,
  type ActionExecutor,
  type Analytics,
  type CleanupScheduler,
  type Quotas,
  type Resources,
  type UsageMeter,
} from 'raptorflow/resources';
import type { Config } from '../config.ts';
import { profileOf } from './profile.ts';
import { quotaUsageMetric } from './quota-gauges.ts';
import type { CommonDeps } from './stores.ts';

/** What is looked at, and what advice is carried out with. */
export interface UsageParts {
  readonly history: Pick<History, 'query'>;
  readonly resources: Pick<Resources, 'cleanup'>;
  readonly quotas: Pick<Quotas, 'list' | 'update'>;
  readonly cleanup: Pick<CleanupScheduler, 'get' | 'update'>;
}

const percent = 100;

/** What is used, and how much of it there is. */
function metersOf(quotas: Pick<Quotas, 'list'>): readonly UsageMeter[] {
  return [
    {
      metric: 'system_memory_percent',
      resourceType: 'memory',
      kind: 'held',
      unit: 'percent',
      capacityOf: () => ({ capacity: percent }),
    },
    { metric: 'resource_count', resourceType: { tag: 'type' }, kind: 'held', unit: 'resources' },
    {
      metric: quotaUsageMetric,
      tags: { counts: 'held' },
      kind: 'held',
      unit: 'of the quota',
      capacityOf: (tags) => capacityOf(quotas, tags),
    },
    { metric: 'agent_executions_running', resourceType: 'concurrent_runs', kind: 'held', unit: 'runs' },
    { metric: 'model_tokens', resourceType: 'llm_tokens', kind: 'used', unit: 'tokens' },
    { metric: 'model_cost_micro_usd', resourceType: 'money', kind: 'used', unit: 'micro_usd' },
  ];
}

// A workspace may have its own quota raised by a button; one of the installation only the operator, who looks at a series of no workspace.
function capacityOf(
  quotas: Pick<Quotas, 'list'>,
  tags: Tags,
): ReturnType<NonNullable<UsageMeter['capacityOf']>> {
  const workspaceId = tags['workspace_id'];
  const quota = quotas
    .list(workspaceId === undefined ? {} : { workspaceId })
    .find(({ id }) => id === tags['quota_id']);
  if (!quota) return null;
  const isTheirs = quota.workspaceId === (workspaceId ?? null);
  return { capacity: quota.limit, ...(isTheirs && { quotaId: quotaKey(quota) }) };
}

/** The file of the embedded profile. */
const adviceFile = 'advice.db';

/** Builds the analysis, not started yet. What was carried out is kept where one process has the directory for itself; of several servers each knows its own until it stops. */
export function createUsage(
  config: Config,
  parts: UsageParts,
  { clock, ids, log, meter, thread }: CommonDeps,
): Analytics {
  const isAlone = profileOf(config).profile === 'embedded';
  return createAnalytics(
    {},
    {
      source: historyUsage(parts.history, metersOf(parts.quotas)),
      executor: executorOver(parts, () => clock.now()),
      store: isAlone ? sqliteAdviceStore({ path: join(config.home, adviceFile) }, { thread }) : undefined,
      clock,
      ids,
      log,
      meter,
    },
  );
}

function executorOver({ resources, quotas, cleanup }: UsageParts, now: () => number): ActionExecutor {
  return {
    async apply(action) {
      switch (action.kind) {
        case 'run_cleanup': {
          const { resourceType: type, workspaceId } = action;
          const report = await resources.cleanup({ type, ...(workspaceId !== null && { workspaceId }) });
          return `${report.cleaned} resources of the kind ${type} were closed, ${report.active} in use were left alone.`;
        }
        case 'set_quota_limit': {
          const quota = quotas.list().find((each) => quotaKey(each) === action.quotaId);
          if (!quota) throw new RaptorFlowError('not_found', `There is no quota ${action.quotaId} any more.`);
          const { name, limit } = await quotas.update(quota, { limit: action.limit });
          return `The limit of “${name}” is ${limit}.`;
        }
        case 'change_schedule': {
          const { trigger } = await cleanup.get(action.taskId);
          if (trigger.kind !== 'interval') {
            throw new RaptorFlowError(
              'conflict',
              'Only a task that runs at an interval can be moved by itself; change the trigger of this one.',
            );
          }
          const anchorMs = now() + action.delayMs;
          await cleanup.update(action.taskId, { trigger: { ...trigger, anchorMs } });
          return `The task runs ${Math.round(action.delayMs / 60_000)} minutes later from now on.`;
        }
      }
    },
  };
}
