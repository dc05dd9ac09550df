/** The analysis of usage over the history of all processes, and what it can do by itself. */
import { join } from 'node:path';
import type { History } from 'raptorflow/metrics';
import {
  createAnalytics,
  historyUsage,
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
import type { CommonDeps } from './stores.ts';

/** What is looked at, and what advice is carried out with. */
export interface UsageParts {
  readonly history: Pick<History, 'query'>;
  readonly resources: Pick<Resources, 'cleanup'>;
  readonly quotas: Pick<Quotas, 'update'>;
  readonly cleanup: Pick<CleanupScheduler, 'get' | 'update'>;
}

const percent = 100;

/** What there is to be used. */
const meters: readonly UsageMeter[] = [
  {
    metric: 'system_memory_percent',
    resourceType: 'memory',
    kind: 'held',
    unit: 'percent',
    capacityOf: () => ({ capacity: percent }),
  },
  { metric: 'resource_count', kind: 'held', unit: 'resources' },
  { metric: 'agent_executions_running', resourceType: 'concurrent_runs', kind: 'held', unit: 'runs' },
  { metric: 'model_tokens', resourceType: 'llm_tokens', kind: 'used', unit: 'tokens' },
  { metric: 'model_cost_micro_usd', resourceType: 'money', kind: 'used', unit: 'micro_usd' },
];

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
      source: historyUsage(parts.history, meters),
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
          const { name, limit } = await quotas.update(action.quotaId, { limit: action.limit });
          return `The limit of “${name}” is ${limit}.`;
        }
        case 'change_schedule': {
          const { trigger } = await cleanup.get(action.taskId);
          if (trigger.kind !== 'interval') {
            return 'Only a task that runs at an interval can be moved by itself; change its pattern.';
          }
          const anchorMs = now() + action.delayMs;
          await cleanup.update(action.taskId, { trigger: { ...trigger, anchorMs } });
          return `The task runs ${Math.round(action.delayMs / 60_000)} minutes later from now on.`;
        }
      }
    },
  };
}
