/** All runs of the workspace. */
import type { RunStatus } from '@raptorflow/contract';
import { useNavigate, useSearch } from '@tanstack/react-router';

import { EmptyState } from '../../components/feedback.tsx';
import { SelectField } from '../../components/field.tsx';
import { PageHeader, Panel } from '../../components/panel.tsx';
import { useRuns, useRunStatistics } from '../../data/runs.ts';
import { useScope } from '../../data/scope.ts';
import { formatMoney } from '../../format/money.ts';
import { countOf, formatCount } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { humanize } from '../../format/words.ts';
import { isOneOf } from '../../search.ts';
import { RunTable } from './run-table.tsx';

const statuses: readonly RunStatus[] = [
  'queued',
  'running',
  'waiting',
  'interrupted',
  'completed',
  'failed',
  'cancelled',
];

/** The run list. */
export function RunListPage() {
  const { workspaceId } = useScope();
  const { status } = useSearch({ from: '/w/$workspaceId/runs' });
  const chosen = isOneOf(statuses, status) ? status : undefined;
  const navigate = useNavigate();
  const listing = useRuns({ status: chosen });
  return (
    <>
      <PageHeader
        title="Runs"
        note={<Totals />}
        actions={
          <SelectField
            label="Status"
            hideLabel
            value={chosen ?? ''}
            onChange={(event) =>
              void navigate({
                to: '/w/$workspaceId/runs',
                params: { workspaceId },
                search: event.target.value === '' ? {} : { status: event.target.value },
              })
            }
            options={[['', 'Every status'], ...statuses.map((word) => [word, humanize(word)] as const)]}
          />
        }
      />
      <Panel flush>
        <RunTable
          listing={listing}
          empty={
            chosen === undefined ? (
              <EmptyState icon="runs" title="No run yet">
                A run is one piece of work of one agent. Start a campaign, and its runs appear here.
              </EmptyState>
            ) : (
              <EmptyState icon="filter" title={`No run is ${humanize(chosen).toLowerCase()}`}>
                Choose “Every status” above to see all of them.
              </EmptyState>
            )
          }
        />
      </Panel>
    </>
  );
}

function Totals() {
  const { data } = useRunStatistics(7);
  if (!data) return null;
  const average =
    data.average_duration_ms === null ? '' : `, ${formatDuration(data.average_duration_ms)} on average`;
  return (
    <>
      {countOf(data.total_runs, 'run')} in the last 7 days: {formatCount(data.completed_runs)} completed,{' '}
      {formatCount(data.failed_runs)} failed, {formatCount(data.running_runs)} under way{average},{' '}
      {formatMoney(data.cost_usd)} in all
    </>
  );
}
