import type { Client } from '@raptorflow/client';
import { formatDuration } from 'raptorflow/kernel';
import { textOption, type Command, type Invocation } from '../command.ts';
import { formatBytes, formatTime } from '../figures.ts';
import { withCleanup } from './cleanup-refusals.ts';

/** What one run came to. */
export type CleanupResult = Awaited<ReturnType<Client['cleanup']['history']>>['data'][number];

/** `raptorflow cleanup history`. */
export const cleanupHistory: Command = {
  name: 'cleanup history',
  summary: 'Show what runs came to, newest first: what they freed, or why they failed (operator only).',
  options: {
    task: { type: 'string', value: 'TASK', help: 'Of this task only; also of one that was removed.' },
    limit: { type: 'string', value: 'N', help: 'At most N (default 20, at most 200).' },
    cursor: { type: 'string', value: 'CURSOR', help: 'Go on where the page before ended.' },
  },
  run: (invocation) =>
    withCleanup(invocation, async ({ client }) => {
      const { output } = invocation;
      const [task, cursor] = [textOption(invocation, 'task'), textOption(invocation, 'cursor')];
      const page = await client.cleanup.history({
        query: {
          limit: textOption(invocation, 'limit') ?? '20',
          ...(task === undefined ? {} : { task_id: task }),
          ...(cursor === undefined ? {} : { cursor }),
        },
      });
      output.result(page);
      if (page.data.length === 0) output.line('Nothing has run yet.');
      else showResults(invocation, page.data);
      if (page.next_cursor !== null) {
        output.line(output.tone('dim', `There are more: --cursor ${page.next_cursor}`));
      }
    }),
};

/** Results as a table, each with its message below. */
export function showResults({ output }: Invocation, results: readonly CleanupResult[]): void {
  output.table(
    ['Began', 'Task', 'Took', 'Freed'],
    results.map((result) => [
      formatTime(result.started_at),
      result.task_id,
      formatDuration(result.execution_time_seconds * 1_000),
      result.success ? freedText(result) : output.tone('bad', 'failed'),
    ]),
    results.map(
      ({ trigger_type: trigger, attempt, message }) =>
        `${trigger}${attempt > 1 ? `, attempt ${attempt}` : ''}: ${message}`,
    ),
  );
}

/** What a run that succeeded freed: `3, 48.0 MB`. */
export function freedText({
  resources_cleaned: count,
  bytes_freed: bytes,
}: Pick<CleanupResult, 'resources_cleaned' | 'bytes_freed'>): string {
  if (bytes > 0) return `${count}, ${formatBytes(bytes)}`;
  return count > 0 ? String(count) : 'nothing';
}
