/** Each resource: what it is, whose, how old, and where it was opened. */
import type { WireResource } from '@raptorflow/contract';
import { useNavigate, useSearch } from '@tanstack/react-router';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { type Column, DataTable, wholeListing } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { SelectField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { Badge, Dot } from '../../components/status.tsx';
import { resourcesShownMax, useResources } from '../../data/resources.ts';
import { useScope } from '../../data/scope.ts';
import { countOf, formatBytes, formatCount } from '../../format/number.ts';
import { formatDuration, formatMoment } from '../../format/time.ts';
import { humanize } from '../../format/words.ts';
import { isOneOf } from '../../search.ts';
import { CallSite } from './call-site.tsx';
import { Owner } from './owner.tsx';
import { statuses, statusOf } from './resource-words.ts';

/** The table with its filters; what it shows stands in the address. */
export function ResourceTable({
  scope,
  kinds,
}: {
  readonly scope: MetricScope;
  readonly kinds: readonly string[];
}) {
  const { type, status } = useSearch({ from: '/w/$workspaceId/resources' });
  const chosen = isOneOf(statuses, status) ? status : undefined;
  const resources = useResources(scope, { type, status: chosen });
  const count = resources.data?.length ?? 0;
  const isFiltered = type !== undefined || chosen !== undefined;
  return (
    <Panel
      flush
      title={chosen === 'cleaned_up' ? 'Closed last' : 'One by one'}
      note={
        count >= resourcesShownMax
          ? `the first ${formatCount(resourcesShownMax)}; filter to see others`
          : countOf(count, 'resource')
      }
      actions={<Filters kinds={kinds} type={type} status={chosen} />}
    >
      <DataTable
        label="Resources"
        columns={columns}
        listing={wholeListing(resources.data, resources)}
        keyOf={(row) => row.resource_id}
        empty={
          isFiltered ? (
            <EmptyState icon="filter" title="Nothing is like that">
              Choose “Every kind” and “Every status” to see all that is open.
            </EmptyState>
          ) : (
            <EmptyState icon="check" title="Nothing is open here">
              Handles, connections, child processes and tasks stand here while an agent’s run has them open:
              start a campaign to see some. What a cleanup closed last has the status “Closed”.
            </EmptyState>
          )
        }
      />
    </Panel>
  );
}

function Filters({
  kinds,
  type,
  status,
}: {
  readonly kinds: readonly string[];
  readonly type: string | undefined;
  readonly status: string | undefined;
}) {
  const { workspaceId } = useScope();
  const navigate = useNavigate();
  const go = (name: 'type' | 'status', value: string) =>
    void navigate({
      to: '/w/$workspaceId/resources',
      params: { workspaceId },
      search: ({ [name]: _before, ...search }) => (value === '' ? search : { ...search, [name]: value }),
      resetScroll: false,
    });
  const offered = [...new Set([...kinds, ...(type === undefined ? [] : [type])])].toSorted();
  return (
    <div className="flex flex-wrap gap-2">
      <SelectField
        label="Kind"
        hideLabel
        className="w-36 sm:w-44"
        value={type ?? ''}
        options={[['', 'Every kind'], ...offered.map((kind) => [kind, humanize(kind)] as const)]}
        onChange={(event) => go('type', event.target.value)}
      />
      <SelectField
        label="Status"
        hideLabel
        className="w-36 sm:w-44"
        value={status ?? ''}
        options={[['', 'Every status'], ...statuses.map((one) => [one, statusOf(one).word] as const)]}
        onChange={(event) => go('status', event.target.value)}
      />
    </div>
  );
}

const columns: readonly Column<WireResource>[] = [
  {
    header: 'Resource',
    width: 'minmax(0, 4fr)',
    onPhone: 'title',
    cell: (row) => (
      <span className="block min-w-0">
        <span className="font-medium">{humanize(row.resource_type)}</span>{' '}
        <code className="text-xs break-all text-muted">{row.resource_id}</code>
        <CallSite site={row.call_site} />
        {row.error === null ? null : <span className="block text-xs break-words text-bad">{row.error}</span>}
      </span>
    ),
  },
  {
    header: 'Status',
    width: '9.5rem',
    cell: (row) => {
      const { word, tone } = statusOf(row.status);
      return (
        <Badge tone={tone}>
          <Dot tone={tone} />
          {word}
        </Badge>
      );
    },
  },
  { header: 'Whose', width: 'minmax(0, 3fr)', cell: (row) => <Owner of={row} /> },
  {
    header: 'Age',
    width: '6rem',
    align: 'end',
    cell: (row) => (
      <span title={`Opened ${formatMoment(row.created_at)}`} className="whitespace-nowrap">
        {formatDuration(row.age_ms)}
        <span className="sm:hidden"> old</span>
      </span>
    ),
  },
  {
    header: 'Idle',
    width: '6rem',
    align: 'end',
    cell: (row) => (
      <span title={`Last used ${formatMoment(row.last_accessed)}`} className="whitespace-nowrap">
        {formatDuration(row.idle_ms)}
        <span className="sm:hidden"> idle</span>
      </span>
    ),
  },
  { header: 'Size', width: '5rem', align: 'end', cell: (row) => formatBytes(row.size_bytes) },
];
