/** What was spent this month, by what, against the budget. */
import type { CostGrouping, CostRow, CostSummary } from '@raptorflow/contract';
import { Link, useSearch } from '@tanstack/react-router';

import { type Column, DataTable, wholeListing } from '../components/data-table.tsx';
import { EmptyState, ErrorNotice, Loading } from '../components/feedback.tsx';
import { budgetTone, Meter } from '../components/meter.tsx';
import { pillClasses } from '../components/pill.ts';
import { Figure, PageHeader, Panel } from '../components/panel.tsx';
import { useCosts } from '../data/costs.ts';
import { useScope } from '../data/scope.ts';
import { formatMoney, microsOf, shareOf } from '../format/money.ts';
import { countOf, formatCount, formatPercent } from '../format/number.ts';
import { formatDay, formatMoment, formatMonth } from '../format/time.ts';
import { humanize } from '../format/words.ts';
import { isOneOf } from '../search.ts';

const groupings: readonly CostGrouping[] = ['day', 'model', 'agent', 'campaign', 'run'];

/** The costs page. */
export function CostsPage() {
  const { by } = useSearch({ from: '/w/$workspaceId/costs' });
  const grouping = isOneOf(groupings, by) ? by : 'day';
  const costs = useCosts(grouping);
  if (costs.isPending) return <Loading rows={6} label="Reading the costs" />;
  if (!costs.data) return <ErrorNotice error={costs.error} retry={() => void costs.refetch()} />;
  const summary = costs.data;
  return (
    <>
      <PageHeader
        title="Costs"
        note={`${formatDay(summary.from)} to ${formatDay(summary.to)}, days of ${summary.time_zone}`}
      />
      <BudgetFigures summary={summary} />
      <Panel flush title={`By ${grouping}`} actions={<GroupingSwitch grouping={grouping} />}>
        <DataTable
          label={`Costs by ${grouping}`}
          columns={columnsOf(summary)}
          listing={wholeListing(summary.items, costs)}
          keyOf={(row) => row.key ?? ''}
          empty={
            <EmptyState icon="costs" title="No model was called this month">
              Calls appear here with their tokens and cost, those of the offline model at $0.
            </EmptyState>
          }
        />
      </Panel>
    </>
  );
}

function BudgetFigures({ summary }: { readonly summary: CostSummary }) {
  const { budget } = summary;
  const share = shareOf(budget.spent_usd, budget.cap_usd);
  return (
    <div className="mb-4 grid grid-cols-1 gap-3 sm:grid-cols-3">
      <Figure
        label={`Spent in ${formatMonth(budget.month)}`}
        value={formatMoney(budget.spent_usd)}
        note={`${formatPercent(share)} of ${formatMoney(budget.cap_usd)}; a call that could exceed it is refused`}
      >
        <Meter
          className="mt-2"
          fraction={share}
          tone={budgetTone(share)}
          label={`${formatPercent(share)} of the budget is spent`}
        />
      </Figure>
      <Figure
        label="Still to spend"
        value={formatMoney(budget.remaining_usd)}
        note={`${formatMoney(budget.reserved_usd)} of the budget is reserved for calls under way; resets ${formatMoment(budget.resets_at)}`}
      />
      <Figure
        label="Model calls"
        value={formatCount(summary.calls)}
        note={`${countOf(summary.prompt_tokens, 'token')} in, ${countOf(summary.completion_tokens, 'token')} out`}
      />
    </div>
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
    {
      header: 'Cost',
      width: '6rem',
      align: 'end',
      cell: (row) => <span className="font-medium">{formatMoney(row.cost_usd)}</span>,
    },
  ];
}

function GroupCell({ row, grouping }: { readonly row: CostRow; readonly grouping: CostGrouping }) {
  const { workspaceId } = useScope();
  const { key, label } = row;
  const link = 'font-medium break-words hover:underline';
  if (key === null || grouping === 'model') return <span className="font-medium break-words">{label}</span>;
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
