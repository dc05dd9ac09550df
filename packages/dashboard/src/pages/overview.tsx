/** The overview: what is running, spend against budget, health, what just happened. */
import type { CampaignSummary } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';

import { buttonClasses } from '../components/button.tsx';
import { EmptyState, ErrorNotice, Loading } from '../components/feedback.tsx';
import { budgetTone, Meter } from '../components/meter.tsx';
import { Figure, PageHeader, Panel } from '../components/panel.tsx';
import { StageStrip } from '../components/stage-strip.tsx';
import { Dot, StatusBadge, toneOf } from '../components/status.tsx';
import { Ago } from '../components/time.tsx';
import { isCampaignFinal, useCampaigns } from '../data/campaigns.ts';
import { useCosts } from '../data/costs.ts';
import { useRunStatistics } from '../data/runs.ts';
import { useScope } from '../data/scope.ts';
import { useHealth } from '../data/health.ts';
import { formatMoney, shareOf } from '../format/money.ts';
import { countOf, formatCount, formatPercent } from '../format/number.ts';
import { formatDuration, formatMonth } from '../format/time.ts';
import { humanize } from '../format/words.ts';
import { FiringNotice } from './alerts/firing-notice.tsx';
import { RecentEvents } from './bus/recent-events.tsx';

const statisticsDays = 7;
const campaignsShownMax = 10;

/** The overview page. */
export function OverviewPage() {
  const { workspaceId } = useScope();
  return (
    <>
      <PageHeader
        title="Overview"
        actions={
          <Link
            to="/w/$workspaceId/campaigns/new"
            params={{ workspaceId }}
            className={buttonClasses('solid')}
          >
            New campaign
          </Link>
        }
      />
      <FiringNotice />
      <div className="mb-4 grid grid-cols-2 gap-3 lg:grid-cols-4">
        <RunningFigure />
        <SpendFigure />
        <RunsFigure />
        <HealthFigure />
      </div>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <CurrentCampaigns />
        <RecentEvents />
      </div>
    </>
  );
}

function RunningFigure() {
  const { data } = useRunStatistics(statisticsDays);
  const campaigns = useCampaigns();
  const running = campaigns.items.filter(
    (one) => one.status === 'running' || one.status === 'research_queued',
  );
  const waiting = campaigns.items.filter((one) => one.status === 'awaiting_approval').length;
  return (
    <Figure
      label="Running now"
      value={data ? countOf(running.length, 'campaign') : '–'}
      note={
        data
          ? `${countOf(data.running_runs, 'run')} under way${waiting > 0 ? `, ${countOf(waiting, 'campaign')} awaiting approval` : ''}`
          : 'reading'
      }
    />
  );
}

function SpendFigure() {
  const { workspaceId } = useScope();
  const { data } = useCosts('day');
  if (!data) return <Figure label="Spend this month" value="–" note="reading" />;
  const { budget } = data;
  const share = shareOf(budget.spent_usd, budget.cap_usd);
  return (
    <Figure
      label={
        <Link to="/w/$workspaceId/costs" params={{ workspaceId }} className="hover:underline">
          Spend in {formatMonth(budget.month)}
        </Link>
      }
      value={formatMoney(budget.spent_usd)}
      note={`of ${formatMoney(budget.cap_usd)}, ${formatMoney(budget.reserved_usd)} reserved for calls under way`}
    >
      <Meter
        className="mt-2"
        fraction={share}
        tone={budgetTone(share)}
        label={`${formatPercent(share)} of the monthly budget is spent`}
      />
    </Figure>
  );
}

function RunsFigure() {
  const { data } = useRunStatistics(statisticsDays);
  const label = `Runs, last ${statisticsDays} days`;
  if (!data) return <Figure label={label} value="–" note="reading" />;
  const average =
    data.average_duration_ms === null ? '' : `, ${formatDuration(data.average_duration_ms)} on average`;
  return (
    <Figure
      label={label}
      value={formatCount(data.total_runs)}
      note={`${formatCount(data.completed_runs)} completed, ${formatCount(data.failed_runs)} failed${average}`}
    />
  );
}

function HealthFigure() {
  const { workspaceId } = useScope();
  const { data, error } = useHealth();
  if (!data) return <Figure label="Health" value="–" note={error ? error.message : 'reading'} />;
  const services = Object.entries(data.services ?? {});
  const troubled = services.filter(([, service]) => service.status !== 'healthy');
  const first = troubled.at(0);
  return (
    <Figure
      label={
        <Link to="/w/$workspaceId/settings" params={{ workspaceId }} className="hover:underline">
          Health
        </Link>
      }
      value={
        <span className="flex items-center gap-2">
          <Dot tone={toneOf(data.status)} />
          {humanize(data.status)}
        </span>
      }
      note={
        first ? (
          <span className="line-clamp-2" title={first[1].reasons.join(' ')}>
            {humanize(first[0])}: {first[1].reasons[0] ?? first[1].status}
          </span>
        ) : // While the database is away nobody is known, and to strangers the parts are not told.
        services.length === 0 ? (
          'the database does not answer'
        ) : (
          `all ${services.length} parts answer`
        )
      }
    />
  );
}

function CurrentCampaigns() {
  const { workspaceId } = useScope();
  const { items, isPending, error, retry } = useCampaigns();
  const shown = [...items]
    .sort((a, b) => Number(isCampaignFinal(a.status)) - Number(isCampaignFinal(b.status)))
    .slice(0, campaignsShownMax);
  return (
    <Panel
      flush
      title="Campaigns"
      note="under way first"
      actions={
        <Link
          to="/w/$workspaceId/campaigns"
          params={{ workspaceId }}
          className="text-xs text-accent hover:underline"
        >
          All campaigns
        </Link>
      }
    >
      {isPending ? <Loading /> : null}
      {error ? (
        <div className="p-4">
          <ErrorNotice error={error} retry={retry} />
        </div>
      ) : null}
      {!isPending && !error && items.length === 0 ? (
        <EmptyState
          icon="campaign"
          title="No campaign yet"
          action={
            <Link to="/w/$workspaceId/welcome" params={{ workspaceId }} className={buttonClasses('solid')}>
              Run the sample campaign
            </Link>
          }
        >
          Run the sample to see the whole way from documents to a checked package.
        </EmptyState>
      ) : null}
      <ul className="divide-y divide-line">
        {shown.map((one) => (
          <CampaignLine key={one.id} campaign={one} />
        ))}
      </ul>
    </Panel>
  );
}

function CampaignLine({ campaign }: { readonly campaign: CampaignSummary }) {
  const { workspaceId } = useScope();
  return (
    <li className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 hover:bg-hover/60">
      <Link
        to="/w/$workspaceId/campaigns/$campaignId"
        params={{ workspaceId, campaignId: campaign.id }}
        className="min-w-0 flex-1 basis-40 font-medium after:absolute after:inset-0"
      >
        {campaign.name}
      </Link>
      <span className="sm:w-36">
        <StatusBadge status={campaign.status} />
      </span>
      <StageStrip
        done={campaign.stages_done}
        total={campaign.stages_total}
        current={campaign.current_stage}
        moving={campaign.status === 'running'}
      />
      <span className="text-xs text-muted sm:w-20 sm:text-right">
        <Ago at={campaign.created_at} />
      </span>
    </li>
  );
}
