/** What was spent this month by one of its parts, as a table, a chart by day, and a file. */
import type { CostGrouping, CostRow, CostSummary } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';

import { buttonClasses } from '../../components/button.tsx';
import { type Column, DataTable, wholeListing } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { Icon } from '../../components/icon.tsx';
import { Meter } from '../../components/meter.tsx';
import { pillClasses } from '../../components/pill.ts';
import { Panel } from '../../components/panel.tsx';
import { useScope } from '../../data/scope.ts';
import { formatMoney, microsOf } from '../../format/money.ts';
import { countOf, formatCount } from '../../format/number.ts';
import { formatDay } from '../../format/time.ts';
import { humanize } from '../../format/words.ts';
import { DayChart } from './day-chart.tsx';

/** What costs are shown by. */
export const groupings: readonly CostGrouping[] = [
  'day',
  'model',
  'provider',
  'guild',
  'agent',
  'campaign',
  'run',
];

/** The table of one grouping. */
export function CostTable({
  summary,
  state,
}: {
  readonly summary: CostSummary;
  readonly state: Parameters<typeof wholeListing>[1];
}) {
  const { api } = useScope();
  const { group_by: grouping, from, to, items } = summary;
  return (
    <Panel
      flush
      title={`By ${grouping}`}
      note={`${formatDay(from)} to ${formatDay(to)}, days of ${summary.time_zone}`}
      actions={<GroupingSwitch grouping={grouping} />}
    >
      {grouping === 'day' && items.length > 0 ? <DayChart summary={summary} /> : null}
      <DataTable
        label={`Costs by ${grouping}`}
        columns={columnsOf(summary)}
        listing={wholeListing(items, state)}
        keyOf={(row) => row.key ?? ''}
        empty={
          <EmptyState icon="costs" title="No model was called this month">
            Calls appear here with their tokens and cost, those of the offline model at $0.
          </EmptyState>
        }
      />
      {items.length === 0 ? null : (
        <div className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-2.5">
          <a
            className={buttonClasses('outline')}
            href={api.costsUrl('sums', { group_by: grouping, from, to })}
            download
          >
            <Icon name="download" />
            This table as CSV
          </a>
          <a className={buttonClasses('outline')} href={api.costsUrl('lines', { from, to })} download>
            <Icon name="download" />
            Every call as CSV
          </a>
        </div>
      )}
    </Panel>
  );
}

function GroupingSwitch({ grouping }: { readonly grouping: CostGrouping }) {
  const { workspaceId } = useScope();
  return (
    <div className="-my-1 flex flex-wrap gap-1">
      {groupings.map((one) => (
        <Link
          key={one}
          to="/w/$workspaceId/costs"
          params={{ workspaceId }}
          search={{ by: one }}
          resetScroll={false}
          activeOptions={{ exact: true }}
          aria-current={one === grouping ? 'true' : undefined}
          className={pillClasses}
        >
          {humanize(one)}
        </Link>
      ))}
    </div>
  );
}

function columnsOf(summary: CostSummary): readonly Column<CostRow>[] {
  const most = Math.max(1, ...summary.items.map((row) => microsOf(row.cost_usd)));
  const isUnsure = summary.items.some((row) => microsOf(row.uncertain_usd) + microsOf(row.estimated_usd) > 0);
  return [
    {
      header: humanize(summary.group_by),
      width: 'minmax(0, 2fr)',
      onPhone: 'title',
      cell: (row) => <GroupCell row={row} grouping={summary.group_by} />,
    },
    {
      header: 'Share',
      width: 'minmax(0, 1fr)',
      onPhone: 'hidden',
      cell: (row) => (
        <Meter
          fraction={microsOf(row.cost_usd) / most}
          label={`${formatMoney(row.cost_usd)} in ${row.label}`}
        />
      ),
    },
    {
      header: 'Calls',
      width: '8rem',
      align: 'end',
      cell: (row) => countOf(row.calls, 'call'),
    },
    {
      header: 'Tokens in / out',
      width: '9rem',
      align: 'end',
      onPhone: 'hidden',
      cell: (row) => `${formatCount(row.prompt_tokens)} / ${formatCount(row.completion_tokens)}`,
    },
    ...(isUnsure ? [unsure] : []),
    {
      header: 'Cost',
      width: '6rem',
      align: 'end',
      cell: (row) => <span className="font-medium">{formatMoney(row.cost_usd)}</span>,
    },
  ];
}

const unsure: Column<CostRow> = {
  header: 'Uncertain / estimated',
  width: '10rem',
  align: 'end',
  cell: (row) => (
    <span title="Uncertain: charged in full until somebody knows. Estimated: a bound, because the provider told no usage.">
      {formatMoney(row.uncertain_usd)}
      <span className="text-muted sm:hidden"> uncertain</span> / {formatMoney(row.estimated_usd)}
      <span className="text-muted sm:hidden"> estimated</span>
    </span>
  ),
};

const unlinked: ReadonlySet<CostGrouping> = new Set(['model', 'provider', 'guild']);

function GroupCell({ row, grouping }: { readonly row: CostRow; readonly grouping: CostGrouping }) {
  const { workspaceId } = useScope();
  const { key, label } = row;
  const link = 'font-medium break-words hover:underline';
  if (key === null || unlinked.has(grouping)) return <span className="font-medium break-words">{label}</span>;
  if (grouping === 'day') return <span className="font-medium">{formatDay(key)}</span>;
  if (grouping === 'agent') {
    return (
      <Link to="/w/$workspaceId/agents/$agentId" params={{ workspaceId, agentId: key }} className={link}>
        {label}
      </Link>
    );
  }
  if (grouping === 'run') {
    return (
      <Link to="/w/$workspaceId/runs/$runId" params={{ workspaceId, runId: key }} className={link}>
        {label}
      </Link>
    );
  }
  return (
    <Link
      to="/w/$workspaceId/campaigns/$campaignId"
      params={{ workspaceId, campaignId: key }}
      className={link}
    >
      {label}
    </Link>
  );
}
