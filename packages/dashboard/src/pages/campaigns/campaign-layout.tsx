/** One campaign: what it is, where it stands, what can be done, and its views. */
import type { Campaign } from '@raptorflow/contract';
import { Outlet, useParams } from '@tanstack/react-router';

import { buttonClasses } from '../../components/button.tsx';
import { Trail } from '../../components/trail.tsx';
import { SourceSheet } from '../../components/citation.tsx';
import { FailedPage } from '../../components/failed-page.tsx';
import { Loading, Notice } from '../../components/feedback.tsx';
import { Icon } from '../../components/icon.tsx';
import { PageHeader } from '../../components/panel.tsx';
import { Badge, StatusBadge } from '../../components/status.tsx';
import { type Tab, TabLinks } from '../../components/tabs.tsx';
import { Elapsed } from '../../components/time.tsx';
import { useCampaign } from '../../data/campaigns.ts';
import { useScope } from '../../data/scope.ts';
import { formatMoney } from '../../format/money.ts';
import { countOf } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { TraceLink } from '../trace/trace-link.tsx';
import { ApprovalBar } from './approval-bar.tsx';

/** The frame of a campaign's pages. */
export function CampaignLayout() {
  const { campaignId } = useParams({ from: '/w/$workspaceId/campaigns/$campaignId' });
  const campaign = useCampaign(campaignId);
  if (campaign.isPending) return <Loading rows={6} label="Reading the campaign" />;
  if (!campaign.data) {
    return (
      <FailedPage
        what="campaign"
        trail={<Trail to="/w/$workspaceId/campaigns">Campaigns</Trail>}
        error={campaign.error}
        retry={() => void campaign.refetch()}
      />
    );
  }
  return (
    <>
      <CampaignHeader campaign={campaign.data} />
      {campaign.data.status === 'awaiting_approval' ? <ApprovalBar campaign={campaign.data} /> : null}
      <Outcome campaign={campaign.data} />
      <TabLinks label="Campaign" tabs={tabsOf(campaign.data)} />
      <Outlet />
      <SourceSheet />
    </>
  );
}

function tabsOf({ workspace_id: workspaceId, id: campaignId, counts }: Campaign): Tab[] {
  const params = { workspaceId, campaignId };
  return [
    { label: 'Board', exact: true, link: { to: '/w/$workspaceId/campaigns/$campaignId', params } },
    { label: 'War brief', link: { to: '/w/$workspaceId/campaigns/$campaignId/brief', params } },
    { label: 'Plan', link: { to: '/w/$workspaceId/campaigns/$campaignId/plan', params } },
    {
      label: counts.assets === 0 ? 'Assets' : `Assets (${counts.assets})`,
      link: { to: '/w/$workspaceId/campaigns/$campaignId/assets', params },
    },
    {
      label: counts.runs === 0 ? 'Runs' : `Runs (${counts.runs})`,
      link: { to: '/w/$workspaceId/campaigns/$campaignId/runs', params },
    },
  ];
}

function CampaignHeader({ campaign }: { readonly campaign: Campaign }) {
  const { counts } = campaign;
  return (
    <PageHeader
      title={campaign.name}
      trail={<Trail to="/w/$workspaceId/campaigns">Campaigns</Trail>}
      actions={campaign.package_ready ? <Exports campaignId={campaign.id} /> : null}
    >
      <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1.5 text-muted">
        <StatusBadge status={campaign.status} />
        {campaign.model === 'offline' ? (
          <Badge title="No model was called: the deterministic text engine of this machine did the work.">
            Offline model
          </Badge>
        ) : null}
        {campaign.sample === null ? null : <Badge>Sample</Badge>}
        <span>
          <Elapsed from={campaign.started_at} to={campaign.finished_at} durationMs={campaign.duration_ms} />
          {campaign.first_finding_ms === null
            ? ''
            : `, first finding after ${formatDuration(campaign.first_finding_ms)}`}
        </span>
        <span>
          {formatMoney(campaign.cost_usd)}
          {campaign.model === 'offline' ? ' (the offline model costs nothing)' : ''}
        </span>
        <span>
          {countOf(counts.citations, 'citation')}, {countOf(counts.runs, 'run')},{' '}
          {/* A campaign's events carry its id as their request. */}
          <TraceLink id={campaign.id}>
            {counts.events === null ? 'its events' : countOf(counts.events, 'event')}
          </TraceLink>
        </span>
      </div>
    </PageHeader>
  );
}

function Exports({ campaignId }: { readonly campaignId: string }) {
  const { api } = useScope();
  return (
    <>
      <a className={buttonClasses('outline')} href={api.packageUrl(campaignId, 'markdown')} download>
        <Icon name="download" />
        Markdown
      </a>
      <a className={buttonClasses('outline')} href={api.packageUrl(campaignId, 'html')} download>
        <Icon name="download" />
        HTML
      </a>
    </>
  );
}

function Outcome({ campaign }: { readonly campaign: Campaign }) {
  if (campaign.error) {
    return (
      <div className="mb-4">
        <Notice tone="bad">
          {campaign.error.message} <code className="text-xs text-muted">{campaign.error.code}</code>
        </Notice>
      </div>
    );
  }
  if (campaign.approval?.decision === 'rejected') {
    return (
      <div className="mb-4">
        <Notice tone="warn">
          Rejected by {campaign.approval.by}
          {campaign.approval.note === null ? '.' : `: ${campaign.approval.note}`}
        </Notice>
      </div>
    );
  }
  return null;
}
