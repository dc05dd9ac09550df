/** Cleanup tasks: the operator's, because they work on the whole installation. */
import { routes } from '@raptorflow/contract';
import type { FastifyInstance } from 'fastify';
import type { CleanupActions, CleanupResult, CleanupScheduler, CleanupTask } from 'raptorflow/resources';
import { z } from 'zod';
import { asJson } from '../audited.ts';
import { inWireNames } from '../wire-names.ts';
import { registerRoutes, type Handlers, type RegisterDeps } from '../register.ts';
import { changesFromWire, resultToWire, taskFromWire, taskToWire } from './cleanup-wire.ts';
import { success } from './metrics-wire.ts';

/** What the routes of cleanup answer from. */
export interface CleanupRouteDeps extends RegisterDeps {
  readonly cleanup: CleanupScheduler;
  readonly actions: CleanupActions;
}

/** Registers `/api/v1/metrics/cleanup`. */
export function registerCleanupRoutes(app: FastifyInstance, deps: CleanupRouteDeps): void {
  registerRoutes(
    app,
    routes.cleanup,
    inWireNames({ ...readingHandlers(deps), ...changingHandlers(deps) }),
    deps,
  );
}

type CleanupHandlers = Handlers<typeof routes.cleanup>;

function readingHandlers({ cleanup, actions }: CleanupRouteDeps): Pick<CleanupHandlers, 'list' | 'history'> {
  return {
    async list() {
      const [tasks, report] = await Promise.all([cleanup.list(), cleanup.report()]);
      const data = {
        tasks: await Promise.all(tasks.map(taskToWire)),
        actions: Object.entries(actions).map(([action, { description, parameters }]) => ({
          action,
          description,
          parameters: asJson(z.toJSONSchema(parameters, { io: 'input' })),
        })),
        metrics: {
          total_tasks: report.tasks,
          enabled_tasks: report.enabledTasks,
          running_tasks: report.runningTasks,
          queued_tasks: report.queued,
          total_tasks_run: report.runs,
          successful: report.successes,
          failed: report.failures,
          skipped: report.skipped,
          success_rate: report.successRate === null ? null : report.successRate * 100,
          average_execution_seconds:
            report.averageDurationMs === null ? null : report.averageDurationMs / 1_000,
          total_resources_cleaned: report.resourcesCleaned,
          total_bytes_freed: report.bytesFreed,
        },
      };
      return { ...success(data, `${tasks.length} tasks.`), total: tasks.length };
    },
    async history({ query }) {
      const { items, next } = await cleanup.results({
        taskId: query.task_id,
        limit: query.limit,
        cursor: query.cursor,
      });
      return { ...success(items.map(resultToWire), `${items.length} runs.`), next_cursor: next };
    },
  };
}

function changingHandlers({ cleanup }: CleanupRouteDeps): Omit<CleanupHandlers, 'list' | 'history'> {
  return {
    async create({ body }, call) {
      const made = await call.audited<CleanupTask>(
        { ...doing('cleanup_task.create', body.task_id), details: { task: asJson(body) } },
        () => cleanup.create(taskFromWire(body)),
      );
      return success(await taskToWire(made), `The task “${made.name}” is there.`);
    },
    async update({ params, body }, call) {
      const changed = await call.audited<CleanupTask>(
        { ...doing('cleanup_task.update', params.task_id), details: { change: asJson(body) } },
        () => cleanup.update(params.task_id, changesFromWire(body)),
      );
      return success(await taskToWire(changed), `The task “${changed.name}” is changed.`);
    },
    async remove({ params }, call) {
      await call.audited(doing('cleanup_task.delete', params.task_id), () => cleanup.remove(params.task_id));
      return null;
    },
    async run({ params }, call) {
      const result = await call.audited<CleanupResult>(
        {
          ...doing('cleanup_task.run', params.task_id),
          resultOf: ({ success: isSuccess, resourcesCleaned }) => ({
            success: isSuccess,
            resources_cleaned: resourcesCleaned,
          }),
        },
        () => cleanup.run(params.task_id),
      );
      const data = resultToWire(result);
      return success(data, data.message);
    },
  };
}

function doing(action: string, id: string) {
  return { action, chain: 'installation', target: { kind: 'cleanup_task', id } } as const;
}
