/** What runs came to, newest first: of all tasks, or of the one that the address names. */
import type { WireCleanupResult, WireCleanupTask } from '@raptorflow/contract';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';

import { useAddressedScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { SelectField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { Badge } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { useCleanupHistory } from '../../data/cleanup.ts';
import { useScope } from '../../data/scope.ts';
import { formatDuration, formatMoment } from '../../format/time.ts';
import { sentence } from '../../format/words.ts';
import { causeOf, freedWords, reasonOf } from './task-words.ts';

/** The panel with its filter. */
export function HistoryPanel({ tasks }: { readonly tasks: readonly WireCleanupTask[] }) {
  const { task } = useSearch({ from: '/w/$workspaceId/resources/cleanup' });
  const listing = useCleanupHistory(task);
  const columns = useMemo(() => columnsWith(new Map(tasks.map((one) => [one.task_id, one.name]))), [tasks]);
  return (
    <Panel flush title="History" note="newest first" actions={<TaskFilter tasks={tasks} chosen={task} />}>
      <DataTable
        label="Runs of cleanup tasks"
        columns={columns}
        listing={listing}
        keyOf={(row) => row.result_id}
        empty={
          <EmptyState
            icon="runs"
            title={task === undefined ? 'Nothing has run yet' : 'This task has not run yet'}
          >
            Each run stands here with what it removed and freed, or why it failed. “Run now” does not wait for
            the next time.
          </EmptyState>
        }
      />
      {listing.hasMore ? (
        <div className="flex justify-center border-t border-line p-3">
          <Button busy={listing.isLoadingMore} onClick={listing.loadMore}>
            Load older runs
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

function TaskFilter({
  tasks,
  chosen,
}: {
  readonly tasks: readonly WireCleanupTask[];
  readonly chosen: string | undefined;
}) {
  const { workspaceId } = useScope();
  const { search } = useAddressedScope();
  const navigate = useNavigate();
  const names = tasks.map((one) => [one.task_id, one.name] as const);
  // A task that was deleted still has a history.
  const isGone = chosen !== undefined && tasks.every((one) => one.task_id !== chosen);
  return (
    <SelectField
      label="Task"
      hideLabel
      className="max-w-full"
      value={chosen ?? ''}
      options={[['', 'Every task'], ...(isGone ? [[chosen, chosen] as const] : []), ...names]}
      onChange={(event) =>
        void navigate({
          to: '/w/$workspaceId/resources/cleanup',
          params: { workspaceId },
          search: { ...search, task: event.target.value },
          resetScroll: false,
        })
      }
    />
  );
}

function columnsWith(names: ReadonlyMap<string, string>): readonly Column<WireCleanupResult>[] {
  return [
    {
      header: 'Task',
      width: 'minmax(0, 4fr)',
      onPhone: 'title',
      cell: (row) => (
        <span className="block min-w-0">
          <span className="font-medium break-words" title={row.task_id}>
            {names.get(row.task_id) ?? row.task_id}
          </span>
          <span
            className="block text-xs text-muted"
            title={row.scheduled_for === null ? undefined : `Due ${formatMoment(row.scheduled_for)}`}
          >
            {causeOf(row)}
          </span>
        </span>
      ),
    },
    {
      header: 'Outcome',
      width: '5rem',
      cell: (row) => <Badge tone={row.success ? 'ok' : 'bad'}>{row.success ? 'Done' : 'Failed'}</Badge>,
    },
    {
      header: 'What came of it',
      width: 'minmax(0, 5fr)',
      onPhone: 'title',
      cell: (row) => (
        <span className={row.success ? 'break-words' : 'break-words text-bad'}>
          {sentence(reasonOf(row))}
          {row.error === null ? null : (
            <>
              {' '}
              <code className="text-xs">{row.error.code}</code>
            </>
          )}
        </span>
      ),
    },
    {
      header: 'Freed',
      width: 'minmax(0, 3fr)',
      cell: (row) => freedWords(row) || null,
    },
    {
      header: 'Took',
      width: '6rem',
      align: 'end',
      cell: (row) => (
        <span title={`In ${row.process}`} className="whitespace-nowrap">
          {formatDuration(row.execution_time_seconds * 1_000)}
          {row.attempt > 1 ? <span className="block text-xs text-muted">{row.attempt} attempts</span> : null}
        </span>
      ),
    },
    { header: 'When', width: '6rem', align: 'end', cell: (row) => <Ago at={row.started_at} /> },
  ];
}
