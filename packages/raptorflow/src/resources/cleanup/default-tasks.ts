import type { CleanupTaskDraft } from './task.ts';

const dayMs = 86_400_000;

/**
 * Tasks that most installations want. Each names an action that the program supplies: `resources.cleanup`, `metrics.retention`, `cache.sweep` and
 * `dead_letters.retention`; take those whose actions you have. What a process holds itself is cleaned by every process.
 */
export const defaultCleanupTasks: readonly CleanupTaskDraft[] = Object.freeze([
  {
    id: 'resource_cleanup_hourly',
    name: 'Hourly resource cleanup',
    description: 'Closes resources that are idle, leaked or in error.',
    action: 'resources.cleanup',
    trigger: { kind: 'cron', pattern: '0 * * * *' },
    pace: { runsOn: 'every_process' },
    tags: ['resources'],
  },
  {
    id: 'metrics_cleanup_daily',
    name: 'Daily metric retention',
    description: 'Removes metric history that is older than a week.',
    action: 'metrics.retention',
    parameters: { keepMs: 7 * dayMs },
    trigger: { kind: 'cron', pattern: '0 2 * * *' },
    priority: 'low',
    tags: ['metrics'],
  },
  {
    id: 'cache_cleanup_6hourly',
    name: 'Cache sweep every six hours',
    description: 'Removes expired entries of caches.',
    action: 'cache.sweep',
    trigger: { kind: 'cron', pattern: '0 */6 * * *' },
    pace: { runsOn: 'every_process' },
    tags: ['cache'],
  },
  {
    id: 'memory_cleanup_threshold',
    name: 'Cleanup when memory is short',
    description: 'Closes idle resources when the machine’s memory is above 85 percent.',
    action: 'resources.cleanup',
    trigger: { kind: 'threshold', metric: 'system_memory_percent', value: 85, clearValue: 80 },
    priority: 'high',
    pace: { runsOn: 'every_process' },
    tags: ['resources', 'memory'],
  },
  {
    id: 'resource_count_threshold',
    name: 'Cleanup of many idle resources',
    description: 'Closes idle resources when there are more than a thousand.',
    action: 'resources.cleanup',
    trigger: { kind: 'threshold', metric: 'resource_count', tags: { status: 'idle' }, value: 1_000 },
    priority: 'high',
    pace: { runsOn: 'every_process' },
    tags: ['resources'],
  },
  {
    id: 'dead_letters_retention_daily',
    name: 'Daily retention of dead letters',
    description: 'Removes dead letters that are older than thirty days.',
    action: 'dead_letters.retention',
    parameters: { keepMs: 30 * dayMs },
    trigger: { kind: 'cron', pattern: '30 2 * * *' },
    priority: 'low',
    tags: ['bus'],
  },
]);
