import { z } from 'zod';
import { RaptorFlowError, listIssues } from '../../kernel/index.ts';
import { createSchedule, scheduleDraftSchema, type ScheduleDraft } from '../../schedule/index.ts';
import type { CleanupActions } from './action.ts';
import type { CleanupTaskDefinition, CleanupTrigger } from './task.ts';

const dayMs = 86_400_000;
const checkEveryMs = z.int().min(100).max(dayMs).optional();
const repeatMs = z
  .int()
  .min(1_000)
  .max(366 * dayMs)
  .nullable()
  .optional();

const threshold = z
  .strictObject({
    kind: z.literal('threshold'),
    metric: z.string().min(1).max(200),
    tags: z.record(z.string().max(100), z.string().max(200)).optional(),
    condition: z.enum(['above', 'below']).optional(),
    value: z.number(),
    clearValue: z.number().optional(),
    checkEveryMs,
    repeatMs,
  })
  .refine(
    ({ condition, value, clearValue }) =>
      clearValue === undefined || (condition === 'below' ? clearValue >= value : clearValue <= value),
    'clearValue has to lie on the good side of value',
  );

const trigger: z.ZodType<CleanupTrigger> = z.union([
  scheduleDraftSchema,
  threshold,
  z.strictObject({
    kind: z.literal('health'),
    status: z.enum(['degraded', 'unhealthy', 'critical']),
    component: z.string().min(1).max(200).optional(),
    checkEveryMs,
    repeatMs,
  }),
  z.strictObject({
    kind: z.literal('event'),
    channel: z.string().min(1).max(200),
    types: z.array(z.string().min(1).max(200)).min(1).max(50).optional(),
    pauseMs: z.int().nonnegative().max(dayMs).optional(),
  }),
  z.strictObject({ kind: z.literal('manual') }),
]);

const definition: z.ZodType<CleanupTaskDefinition> = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/u, 'must be letters, digits, _, - and ., at most 100'),
    name: z.string().min(1).max(200).optional(),
    description: z.string().max(1_000).default(''),
    action: z.string().min(1).max(100),
    parameters: z.record(z.string().max(100), z.unknown()).default({}),
    trigger,
    priority: z.enum(['low', 'medium', 'high', 'critical']).default('medium'),
    enabled: z.boolean().default(true),
    attempts: z
      .strictObject({
        timeoutMs: z.int().min(1).max(dayMs).default(300_000),
        retriesMax: z.int().nonnegative().max(20).default(3),
        retryDelayMs: z.int().nonnegative().max(dayMs).default(30_000),
      })
      .prefault({}),
    pace: z
      .strictObject({
        overlap: z.enum(['skip', 'wait', 'allow']).default('skip'),
        concurrencyMax: z.int().min(1).max(32).default(4),
        missed: z.enum(['run_once', 'skip']).default('run_once'),
        runsOn: z.enum(['one_process', 'every_process']).default('one_process'),
      })
      .prefault({}),
    tags: z.array(z.string().min(1).max(100)).max(20).default([]),
  })
  .transform((given) => ({ ...given, name: given.name ?? given.id }));

/** Whether a trigger is one of times. */
export function isSchedule(given: CleanupTrigger): given is ScheduleDraft {
  return given.kind === 'cron' || given.kind === 'interval' || given.kind === 'once';
}

/**
 * Checks a task as a whole: its fields, that its action is there and takes its parameters, and that its pattern and zone can be read. Rejects with
 * `invalid_input` naming every refused field, and `missing_dependency` when a pattern needs croner.
 */
export async function parseCleanupTask(
  draft: unknown,
  actions: CleanupActions,
): Promise<CleanupTaskDefinition> {
  const parsed = definition.safeParse(draft);
  if (!parsed.success) throw refused('The cleanup task', listIssues(parsed.error));
  const task = parsed.data;
  const action = actions[task.action];
  if (!action) {
    const known = Object.keys(actions).sort().join(', ');
    throw refused(`The cleanup task ${task.id}`, [
      { path: 'action', message: `"${task.action}" is not an action; there are ${known || 'none'}` },
    ]);
  }
  const parameters = action.parameters.safeParse(task.parameters);
  if (!parameters.success) {
    const issues = listIssues(parameters.error).map(({ path, message }) => ({
      path: path ? `parameters.${path}` : 'parameters',
      message,
    }));
    throw refused(`The cleanup task ${task.id}`, issues);
  }
  if (isSchedule(task.trigger)) await createSchedule(task.trigger);
  return task;
}

function refused(
  what: string,
  issues: readonly { readonly path: string; readonly message: string }[],
): RaptorFlowError {
  const lines = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return new RaptorFlowError('invalid_input', `${what} is refused: ${lines.join('; ')}.`, {
    details: { issues },
  });
}
