/** What the table of the tasks shows of each. */
import type { WireCleanupResult, WireCleanupTask } from '@raptorflow/contract';

import { Button, IconButton } from '../../components/button.tsx';
import type { Column } from '../../components/data-table.tsx';
import { Badge, Dot } from '../../components/status.tsx';
import { Switch } from '../../components/switch.tsx';
import { Ago, useNow } from '../../components/time.tsx';
import { formatCount, formatPercent } from '../../format/number.ts';
import { formatDuration, formatMoment } from '../../format/time.ts';
import { sentence } from '../../format/words.ts';
import { parameterWords } from './parameter-fields.ts';
import { freedWords, reasonOf, whenWords } from './task-words.ts';

/** What is under way, and what can be done with a task. */
export interface TaskActions {
  /** Ids of tasks that were told to run here. */
  readonly underWay: ReadonlySet<string>;
  /** What the last run of a task came to, by its id, as far as history shows it. */
  readonly latest: ReadonlyMap<string, WireCleanupResult>;
  /** The id of the task that is being switched on or off. */
  readonly switching: string | null;
  readonly onRun: (task: WireCleanupTask) => void;
  readonly onSwitch: (task: WireCleanupTask, enabled: boolean) => void;
  readonly onChange: (task: WireCleanupTask) => void;
  readonly onRemove: (task: WireCleanupTask) => void;
}

/** The columns. */
export function taskColumns(actions: TaskActions): readonly Column<WireCleanupTask>[] {
  return [
    {
      header: 'Task',
      width: 'minmax(0, 5fr)',
      onPhone: 'title',
      cell: (row) => <Name task={row} isUnderWay={actions.underWay.has(row.task_id)} />,
    },
    { header: 'Runs', width: 'minmax(0, 4fr)', onPhone: 'title', cell: (row) => <When task={row} /> },
    {
      header: 'Last run',
      width: 'minmax(0, 2fr)',
      cell: (row) => <Last task={row} result={actions.latest.get(row.task_id)} />,
    },
    {
      header: 'Went well',
      width: '6.5rem',
      cell: (row) => (row.success_rate === null ? null : <Success task={row} rate={row.success_rate} />),
    },
    {
      header: 'On',
      width: '2.5rem',
      cell: (row) => (
        <Switch
          label={`${row.name} is switched on`}
          checked={row.enabled}
          busy={actions.switching === row.task_id}
          onChange={(enabled) => actions.onSwitch(row, enabled)}
        />
      ),
    },
    {
      header: 'Actions',
      width: '14.5rem',
      align: 'end',
      cell: (row) => <Actions task={row} actions={actions} />,
    },
  ];
}

function Name({ task, isUnderWay }: { readonly task: WireCleanupTask; readonly isUnderWay: boolean }) {
  const parameters = parameterWords(task.parameters);
  return (
    <span className="block min-w-0">
      <span className="inline-flex flex-wrap items-center gap-x-2">
        <span className="font-medium break-words" title={task.task_id}>
          {task.name}
        </span>
        {task.is_running || isUnderWay ? (
          <Badge tone="run">
            <Dot tone="run" live />
            Running
          </Badge>
        ) : null}
      </span>
      {task.description === '' ? null : (
        <span className="block text-xs break-words text-muted">{task.description}</span>
      )}
      <code className="block text-2xs break-words text-muted">
        {task.action}
        {parameters === '' ? '' : ` ${parameters}`}
      </code>
    </span>
  );
}

function When({ task }: { readonly task: WireCleanupTask }) {
  return (
    <span className="block min-w-0">
      <span className="break-words">{whenWords(task)}</span>
      {task.enabled ? null : <span className="block text-xs text-muted">not while it is switched off</span>}
      {task.enabled && task.next_run !== null ? <Next at={task.next_run} /> : null}
    </span>
  );
}

function Next({ at }: { readonly at: string }) {
  const left = Date.parse(at) - useNow();
  return (
    <time dateTime={at} title={formatMoment(at)} className="block text-xs text-muted tabular">
      {left > 0 ? `next in ${formatDuration(left)}` : 'due now'}
    </time>
  );
}

function Last({
  task,
  result,
}: {
  readonly task: WireCleanupTask;
  readonly result: WireCleanupResult | undefined;
}) {
  if (task.last_run === null) return <span className="text-muted">never run</span>;
  return (
    <span className="block min-w-0">
      <span className="text-muted sm:hidden">last run </span>
      <Ago at={task.last_run} />
      {result === undefined ? null : (
        <span
          title={sentence(reasonOf(result))}
          className={`block text-xs break-words ${result.success ? 'text-muted' : 'text-bad'}`}
        >
          {result.success ? freedWords(result) || 'nothing to remove' : 'failed'}
        </span>
      )}
    </span>
  );
}

function Success({ task, rate }: { readonly task: WireCleanupTask; readonly rate: number }) {
  const { run_count: runs, failure_count: failed, skipped_count: skipped } = task;
  const details = [
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
    ...(skipped > 0 ? [`${formatCount(skipped)} left out`] : []),
  ].join(', ');
  return (
    <span className="block tabular">
      {formatPercent(rate / 100)} of {formatCount(runs)}
      {details === '' ? null : (
        <span className={failed > 0 ? 'block text-xs text-bad' : 'block text-xs text-muted'}>{details}</span>
      )}
    </span>
  );
}

function Actions({ task, actions }: { readonly task: WireCleanupTask; readonly actions: TaskActions }) {
  const isUnderWay = actions.underWay.has(task.task_id);
  return (
    <span className="inline-flex items-center justify-end gap-1">
      <Button
        icon="play"
        busy={isUnderWay}
        aria-label={`Run ${task.name} now`}
        onClick={() => actions.onRun(task)}
      >
        Run now
      </Button>
      <Button aria-label={`Change ${task.name}`} onClick={() => actions.onChange(task)}>
        Change
      </Button>
      <IconButton icon="trash" label={`Delete ${task.name}`} onClick={() => actions.onRemove(task)} />
    </span>
  );
}
