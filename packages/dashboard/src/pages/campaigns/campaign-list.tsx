/** All campaigns of the workspace. */
import type { CampaignStatus, CampaignSummary } from '@raptorflow/contract';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';

import { buttonClasses } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { SelectField } from '../../components/field.tsx';
import { PageHeader, Panel } from '../../components/panel.tsx';
import { StageStrip } from '../../components/stage-strip.tsx';
import { Badge, StatusBadge } from '../../components/status.tsx';
import { Ago, Elapsed } from '../../components/time.tsx';
import { useCampaigns } from '../../data/campaigns.ts';
import { useScope } from '../../data/scope.ts';
import { formatMoney } from '../../format/money.ts';
import { countOf } from '../../format/number.ts';
import { humanize } from '../../format/words.ts';
import { isOneOf } from '../../search.ts';

const statuses: readonly CampaignStatus[] = [
  'research_queued',
  'running',
  'awaiting_approval',
  'completed',
  'rejected',
  'failed',
  'cancelled',
];

const columns: readonly Column<CampaignSummary>[] = [
  { header: 'Campaign', width: 'minmax(0, 1fr)', onPhone: 'title', cell: (row) => <NameCell row={row} /> },
  { header: 'Status', width: '9.5rem', cell: (row) => <StatusBadge status={row.status} /> },
  {
    header: 'Stages',
    width: '7rem',
    cell: (row) => (
      <StageStrip
        done={row.stages_done}
        total={row.stages_total}
        current={row.current_stage}
        moving={row.status === 'running'}
      />
    ),
  },
  {
    header: 'Documents',
    width: '6rem',
    align: 'end',
    onPhone: 'hidden',
    cell: (row) => row.document_count,
  },
  { header: 'Cost', width: '5rem', align: 'end', cell: (row) => formatMoney(row.cost_usd) },
  {
    header: 'Duration',
    width: '6.5rem',
    align: 'end',
    cell: (row) => <Elapsed from={row.started_at} to={row.finished_at} durationMs={row.duration_ms} />,
  },
  { header: 'Created', width: '6rem', align: 'end', cell: (row) => <Ago at={row.created_at} /> },
];

/** The campaign list. */
export function CampaignListPage() {
  const { workspaceId } = useScope();
  const { status } = useSearch({ from: '/w/$workspaceId/campaigns' });
  const chosen = isOneOf(statuses, status) ? status : undefined;
  const navigate = useNavigate();
  const listing = useCampaigns(chosen);
  return (
    <>
      <PageHeader
        title="Campaigns"
        note={listing.total === null ? undefined : countOf(listing.total, 'campaign')}
        actions={
          <>
            <SelectField
              label="Status"
              hideLabel
              value={chosen ?? ''}
              onChange={(event) =>
                void navigate({
                  to: '/w/$workspaceId/campaigns',
                  params: { workspaceId },
                  search: event.target.value === '' ? {} : { status: event.target.value },
                })
              }
              options={[['', 'Every status'], ...statuses.map((word) => [word, humanize(word)] as const)]}
            />
            <Link
              to="/w/$workspaceId/campaigns/new"
              params={{ workspaceId }}
              className={buttonClasses('solid')}
            >
              New campaign
            </Link>
          </>
        }
      />
      <Panel flush>
        <DataTable
          label="Campaigns"
          columns={columns}
          listing={listing}
          keyOf={(row) => row.id}
          empty={<NoCampaigns filtered={chosen !== undefined} />}
        />
      </Panel>
    </>
  );
}

function NameCell({ row }: { readonly row: CampaignSummary }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <Link
        to="/w/$workspaceId/campaigns/$campaignId"
        params={{ workspaceId: row.workspace_id, campaignId: row.id }}
        className="font-medium break-words after:absolute after:inset-0"
      >
        {row.name}
      </Link>
      {row.sample === null ? null : <Badge>Sample</Badge>}
      {row.model === 'offline' ? (
        <Badge title="Made by the offline engine of this machine">Offline model</Badge>
      ) : null}
    </span>
  );
}

function NoCampaigns({ filtered }: { readonly filtered: boolean }) {
  const { workspaceId } = useScope();
  if (filtered) {
    return (
      <EmptyState icon="filter" title="No campaign has this status">
        Choose “Every status” above to see all of them.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="campaign"
      title="No campaign yet"
      action={
        <Link to="/w/$workspaceId/campaigns/new" params={{ workspaceId }} className={buttonClasses('solid')}>
          New campaign
        </Link>
      }
    >
      Start one from your own documents, or run the sample under First steps.
    </EmptyState>
  );
}
