/** The tasks: what each does and when, how it went, and switching, running and changing it. */
import type { WireCleanupTask } from '@raptorflow/contract';
import { useMemo, useState } from 'react';

import { Button, IconButton } from '../../components/button.tsx';
import { DataTable, wholeListing } from '../../components/data-table.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { EmptyState, ErrorNotice, Notice } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { useCleanupHistory, useRemoveTask, useUpdateTask } from '../../data/cleanup.ts';
import { countOf } from '../../format/number.ts';
import { taskColumns } from './task-columns.tsx';
import { TaskDialog } from './task-dialog.tsx';
import type { Action } from './task-form.ts';
import { type RunOutcome, useTaskRuns } from './task-runs.ts';
import { latestByTask, resultWords, whenWords } from './task-words.ts';

/** What is about to happen to a task; without one a new one is added. */
type Asked =
  | { readonly what: 'add' }
  | { readonly what: 'change' | 'remove'; readonly task: WireCleanupTask };

/** The panel. */
export function TasksPanel({
  tasks,
  actions,
}: {
  readonly tasks: readonly WireCleanupTask[];
  readonly actions: readonly Action[];
}) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const { underWay, outcome, run, dismiss } = useTaskRuns();
  const { mutate: change, error, isPending, variables } = useUpdateTask();
  const switching = isPending ? variables.taskId : null;
  const runs = useCleanupHistory(undefined).items;
  const columns = useMemo(
    () =>
      taskColumns({
        latest: latestByTask(runs),
        underWay,
        switching,
        onRun: run,
        onSwitch: (task, enabled) => change({ taskId: task.task_id, change: { enabled } }),
        onChange: (task) => setAsked({ what: 'change', task }),
        onRemove: (task) => setAsked({ what: 'remove', task }),
      }),
    [runs, underWay, switching, run, change],
  );
  const close = () => setAsked(null);
  const add = (
    <Button icon="plus" onClick={() => setAsked({ what: 'add' })}>
      New task
    </Button>
  );
  return (
    <Panel
      flush
      title="Tasks"
      note={`${countOf(tasks.length, 'task')} of the whole installation`}
      actions={add}
    >
      {outcome === null ? null : <Outcome outcome={outcome} onDismiss={dismiss} />}
      {error ? (
        <div className="border-b border-line p-4">
          <ErrorNotice error={error} />
        </div>
      ) : null}
      <DataTable
        label="Cleanup tasks"
        columns={columns}
        listing={wholeListing(tasks, { isPending: false, error: null, refetch: () => undefined })}
        keyOf={(row) => row.task_id}
        empty={
          <EmptyState icon="trash" title="Nothing is cleaned up by itself" action={add}>
            A task closes, sweeps or gives up what nobody needs any more: by the clock, when a metric passes a
            threshold, at an event, or when you say so.
          </EmptyState>
        }
      />
      {asked?.what === 'add' ? <TaskDialog task={null} actions={actions} onClose={close} /> : null}
      {asked?.what === 'change' ? <TaskDialog task={asked.task} actions={actions} onClose={close} /> : null}
      {asked?.what === 'remove' ? <RemoveDialog task={asked.task} onClose={close} /> : null}
    </Panel>
  );
}

function Outcome({ outcome, onDismiss }: { readonly outcome: RunOutcome; readonly onDismiss: () => void }) {
  const { task } = outcome;
  return (
    <div className="flex items-start gap-1 border-b border-line p-4">
      <div className="min-w-0 flex-1">
        {'error' in outcome ? (
          <ErrorNotice error={outcome.error} label={`“${task.name}” was not run`} />
        ) : (
          <Notice tone={outcome.result.success ? 'ok' : 'bad'}>
            <span className="font-medium">
              {outcome.result.success ? `“${task.name}” ran.` : `“${task.name}” failed.`}
            </span>{' '}
            {resultWords(outcome.result)}
          </Notice>
        )}
      </div>
      <IconButton icon="close" label="Take the result off the page" onClick={onDismiss} />
    </div>
  );
}

function RemoveDialog({ task, onClose }: { readonly task: WireCleanupTask; readonly onClose: () => void }) {
  const remove = useRemoveTask();
  return (
    <ConfirmDialog
      open
      title={`Delete ${task.name}?`}
      action="Delete it"
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate(task.task_id, { onSuccess: onClose })}
    >
      <p>
        It does not run any more ({whenWords(task)}); what it does right now goes on, and its history stays. A
        task that the server brings along is there again after its next start: switch it off to be rid of it.
      </p>
    </ConfirmDialog>
  );
}
