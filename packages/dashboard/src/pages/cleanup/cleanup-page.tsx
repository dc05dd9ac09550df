/** Cleanup tasks: how they do together, each with its next and last run, and what their runs came to. */
import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Figure } from '../../components/panel.tsx';
import { useCleanup } from '../../data/cleanup.ts';
import { countOf, formatBytes, formatCount, formatPercent } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { useOperatorReason } from '../resources/resource-rights.ts';
import { HistoryPanel } from './history-panel.tsx';
import { TasksPanel } from './tasks-panel.tsx';

/** The page; whoever is not the operator is told why there is nothing. */
export function CleanupPage() {
  const reason = useOperatorReason();
  if (reason === undefined) return <Cleanup />;
  return (
    <EmptyState icon="person" title="For the operator only">
      {reason} Whoever runs the server becomes one with <code>raptorflow token --operator</code>.
    </EmptyState>
  );
}

function Cleanup() {
  const cleanup = useCleanup();
  if (cleanup.isPending) return <Loading rows={6} label="Reading the cleanup tasks" />;
  if (!cleanup.data) return <ErrorNotice error={cleanup.error} retry={() => void cleanup.refetch()} />;
  const { tasks, actions, metrics } = cleanup.data;
  return (
    <div className="space-y-4">
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Figure
          label="Switched on"
          value={formatCount(metrics.enabled_tasks)}
          note={`of ${countOf(metrics.total_tasks, 'task')}`}
        />
        <Figure
          label="Running now"
          value={formatCount(metrics.running_tasks)}
          note={metrics.queued_tasks === 0 ? 'nothing waits' : `${formatCount(metrics.queued_tasks)} wait`}
        />
        <Figure
          label="Went well"
          value={metrics.success_rate === null ? 'no run yet' : formatPercent(metrics.success_rate / 100)}
          note={runNote(metrics)}
        />
        <Figure
          label="Freed"
          value={formatBytes(metrics.total_bytes_freed)}
          note={`${countOf(metrics.total_resources_cleaned, 'thing')} removed`}
        />
      </div>
      <TasksPanel tasks={tasks} actions={actions} />
      <HistoryPanel tasks={tasks} />
    </div>
  );
}

type Metrics = NonNullable<ReturnType<typeof useCleanup>['data']>['metrics'];

function runNote({
  total_tasks_run: runs,
  failed,
  skipped,
  average_execution_seconds: average,
}: Metrics): string {
  return [
    `of ${countOf(runs, 'run')}`,
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
    ...(skipped > 0 ? [`${formatCount(skipped)} left out`] : []),
    ...(average === null ? [] : [`${formatDuration(average * 1_000)} on average`]),
  ].join(', ');
}
