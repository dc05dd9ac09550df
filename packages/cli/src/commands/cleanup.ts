import type { Client } from '@raptorflow/client';
import { formatDuration, RaptorFlowError, systemClock } from 'raptorflow/kernel';
import type { Command, Invocation } from '../command.ts';
import { formatBytes, formatDistance, formatTime } from '../figures.ts';
import type { CleanupList, CleanupTask } from './cleanup-fields.ts';
import { freedText, showResults, type CleanupResult } from './cleanup-history.ts';
import { parameterRows, parametersText } from './cleanup-parameters.ts';
import { withCleanup } from './cleanup-refusals.ts';
import { triggerDetails, whenText } from './cleanup-triggers.ts';

/** `raptorflow cleanup list`. */
export const cleanupList: Command = {
  name: 'cleanup list',
  summary: 'List the tasks: when each runs, how its runs ended, and what the last one freed (operator only).',
  run: (invocation) =>
    withCleanup(invocation, async ({ client }) => {
      const { output } = invocation;
      const { data } = await client.cleanup.list();
      output.result(data);
      if (output.json) return;
      if (data.tasks.length === 0) output.line('There are no tasks. See: raptorflow cleanup add --help');
      // A task does not say what its last run freed. What is older than the newest results is not looked for.
      else showTasks(invocation, data.tasks, (await client.cleanup.history({ query: { limit: 200 } })).data);
      for (const line of totalsText(data.metrics)) output.line(line);
    }),
};

/** `raptorflow cleanup`. */
export const cleanup: Command = {
  ...cleanupList,
  name: 'cleanup',
  notes:
    'Further: raptorflow cleanup show, run, add, set, enable, disable, remove, history, actions; each with --help.',
};

function showTasks(
  { output }: Invocation,
  tasks: readonly CleanupTask[],
  results: readonly CleanupResult[],
): void {
  const now = systemClock.now();
  const lastFreed = (task: CleanupTask): string => {
    const last = results.find((result) => result.task_id === task.task_id);
    // A task that has not run may have the history of one of its name that was removed.
    if (last === undefined || task.last_run === null) return '–';
    return last.success ? freedText(last) : output.tone('bad', 'failed');
  };
  output.table(
    ['Task', 'Next run', 'Last run', 'Succeeded', 'Last freed'],
    tasks.map((task) => [
      task.enabled ? task.task_id : output.tone('dim', `${task.task_id} (off)`),
      task.is_running ? output.tone('good', 'running') : formatDistance(task.next_run, now),
      formatDistance(task.last_run, now),
      rateText(task.success_rate),
      lastFreed(task),
    ]),
    tasks.map(whenText),
  );
}

/** Whole percent, never rounded up to all of them. */
function rateText(rate: number | null): string {
  return rate === null ? '–' : `${Math.floor(rate)} %`;
}

function totalsText(metrics: CleanupList['metrics']): string[] {
  const { total_tasks: tasks, enabled_tasks: enabled, total_tasks_run: runs, skipped } = metrics;
  const { failed, total_resources_cleaned: cleaned, total_bytes_freed: bytes } = metrics;
  return [
    `${counted(tasks, 'task')}, ${enabled} on; ${counted(runs, 'run')} so far, ${failed} failed, ${skipped} left out.`,
    `Freed so far: ${counted(cleaned, 'resource')}, ${formatBytes(bytes)}.`,
  ];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The task of this id. Throws `not_found`. */
export async function findTask(client: Client, id: string): Promise<CleanupTask> {
  const { data } = await client.cleanup.list();
  const found = data.tasks.find((task) => task.task_id === id);
  if (found) return found;
  throw new RaptorFlowError(
    'not_found',
    `There is no cleanup task "${id}"; "raptorflow cleanup" lists them.`,
  );
}

/** `raptorflow cleanup show`. */
export const cleanupShow: Command = {
  name: 'cleanup show',
  summary: 'Show everything of a task, and what its last ten runs came to (operator only).',
  operands: 'TASK',
  operandCount: [1, 1],
  run: (invocation) =>
    withCleanup(invocation, async ({ client }) => {
      const { output } = invocation;
      const task = await findTask(client, invocation.positionals[0] ?? '');
      const { data } = await client.cleanup.history({ query: { task_id: task.task_id, limit: 10 } });
      output.result({ ...task, history: data });
      output.line(`${output.tone('strong', task.task_id)}  ${task.name}`);
      if (task.description !== '') output.line(task.description);
      output.line();
      for (const [name, text] of factsOf(task))
        output.line(`  ${output.tone('dim', name.padEnd(11))}  ${text}`);
      output.line();
      if (data.length === 0) output.line('It has not run yet.');
      else showResults(invocation, data);
    }),
};

function factsOf(task: CleanupTask): [name: string, text: string][] {
  const now = systemClock.now();
  const moment = (timestamp: string | null): string =>
    timestamp === null ? '–' : `${formatTime(timestamp)}, ${formatDistance(timestamp, now)}`;
  const when = whenText(task);
  const { trigger } = task;
  const pattern =
    trigger.kind === 'cron' && !when.includes(trigger.pattern) ? [`cron ${trigger.pattern}`] : [];
  const facts: [string, string][] = [
    ['runs', [when, ...pattern, ...triggerDetails(trigger)].join(', ')],
    ['enabled', task.enabled ? 'yes' : 'no; it runs by hand only'],
    ['next run', task.is_running ? `running now; then ${moment(task.next_run)}` : moment(task.next_run)],
    ['last run', moment(task.last_run)],
    ['so far', runsText(task)],
    ['action', task.action],
    ['parameters', parametersText(task.parameters) || 'none'],
    ['an attempt', attemptsText(task)],
    ['overlap', task.overlap === 'allow' ? `allow, at most ${task.concurrency} at once` : task.overlap],
    ['missed', task.missed],
    ['runs on', task.runs_on],
    ['priority', task.priority],
    ['tags', task.tags.join(', ') || 'none'],
    ['added', formatTime(task.created_at)],
    ['changed', formatTime(task.updated_at)],
  ];
  return facts;
}

function runsText(task: CleanupTask): string {
  const { run_count: runs, failure_count: failed, skipped_count: skipped } = task;
  const average = task.average_duration_seconds;
  const took = average === null ? '' : `, ${formatDuration(average * 1_000)} on average`;
  return `${counted(runs, 'run')}, ${failed} failed, ${skipped} left out${took}`;
}

function attemptsText(task: CleanupTask): string {
  const { timeout_seconds: timeout, retry_count: retries, retry_delay_seconds: delay } = task;
  const most = `at most ${formatDuration(timeout * 1_000)}`;
  if (retries === 0) return `${most}, no retry`;
  const again = retries === 1 ? '1 retry' : `${retries} retries`;
  return `${most}, ${again} after ${formatDuration(delay * 1_000)}${retries === 1 ? '' : ' each'}`;
}

/** `raptorflow cleanup actions`. */
export const cleanupActions: Command = {
  name: 'cleanup actions',
  summary: 'List what tasks can do, with the parameters of each (operator only).',
  run: (invocation) =>
    withCleanup(invocation, async ({ client }) => {
      const { output } = invocation;
      const { actions } = (await client.cleanup.list()).data;
      output.result({ actions });
      for (const { action, description, parameters } of actions) {
        output.line(`${output.tone('strong', action)}  ${description}`);
        const rows = parameterRows(parameters);
        const width = Math.max(0, ...rows.map(([name]) => name.length));
        for (const [name, may] of rows) output.line(`    ${name.padEnd(width)}  ${may}`);
        if (rows.length === 0) output.line('    without parameters');
      }
    }),
};
