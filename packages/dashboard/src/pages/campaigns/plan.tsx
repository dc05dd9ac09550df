/** The plan that Strategos made: chapters and moves by day, the budget with its simulation, and what it assumes. */
import type { CampaignPlan, PlanChapter, PlanMove } from '@raptorflow/contract';
import { Link, useParams } from '@tanstack/react-router';

import { CitationMarks, numberDocuments } from '../../components/citation.tsx';
import { Loading } from '../../components/feedback.tsx';
import { Meter } from '../../components/meter.tsx';
import { Panel } from '../../components/panel.tsx';
import { Badge } from '../../components/status.tsx';
import { useCampaign } from '../../data/campaigns.ts';
import { useScope } from '../../data/scope.ts';
import { formatMoney, microsOf } from '../../format/money.ts';
import { countOf, formatCount } from '../../format/number.ts';
import { formatDay } from '../../format/time.ts';
import { humanize } from '../../format/words.ts';
import { NotYet } from './not-yet.tsx';

/** The plan's page. */
export function PlanPage() {
  const { campaignId } = useParams({ from: '/w/$workspaceId/campaigns/$campaignId' });
  const { data } = useCampaign(campaignId);
  if (!data) return <Loading />;
  if (data.plan === null) return <NotYet stage="quest" what="plan" />;
  const numberOf = numberDocuments(data.documents.map((document) => document.id));
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="min-w-0 space-y-4">
        <h2 className="text-lg font-semibold tracking-tight">
          {data.plan.title}{' '}
          <span className="text-sm font-normal text-muted">
            {formatDay(data.plan.starts_on, { year: true })} to {formatDay(data.plan.ends_on, { year: true })}
          </span>
        </h2>
        {data.plan.chapters.map((chapter) => (
          <Chapter key={chapter.number} chapter={chapter} numberOf={numberOf} />
        ))}
      </div>
      <div className="min-w-0 space-y-4">
        <BudgetPanel plan={data.plan} />
        <Panel title="Assumptions">
          <Lines items={data.plan.assumptions} none="The plan assumes nothing beyond the brief." />
        </Panel>
        <Panel title="Risks">
          <Lines items={data.plan.risks} none="The documents name no risk." />
        </Panel>
      </div>
    </div>
  );
}

function Chapter({
  chapter,
  numberOf,
}: {
  readonly chapter: PlanChapter;
  readonly numberOf: (documentId: string) => number;
}) {
  return (
    <Panel
      flush
      title={`${chapter.number}. ${chapter.title}`}
      note={`${formatDay(chapter.starts_on)} to ${formatDay(chapter.ends_on)}`}
      actions={
        <span className="flex flex-wrap items-center gap-1.5">
          {chapter.channels.map((channel) => (
            <Badge key={channel}>{humanize(channel)}</Badge>
          ))}
        </span>
      }
    >
      <p className="px-4 pt-3 text-muted">{chapter.purpose}</p>
      <ol aria-label="Moves" className="mt-2 divide-y divide-line border-y border-line">
        {chapter.moves.map((move) => (
          <Move key={move.id} move={move} numberOf={numberOf} />
        ))}
      </ol>
      <div className="px-4 py-3">
        <h3 className="mb-1 text-xs text-muted">It worked when</h3>
        <Lines items={chapter.success_criteria} none="No criterion was set." />
      </div>
    </Panel>
  );
}

function Move({
  move,
  numberOf,
}: {
  readonly move: PlanMove;
  readonly numberOf: (documentId: string) => number;
}) {
  const { workspaceId } = useScope();
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-4 py-2">
      <span className="w-20 shrink-0 text-xs text-muted tabular">{formatDay(move.due_on)}</span>
      <span className="min-w-0 flex-1 basis-56">
        {move.name}
        <CitationMarks citations={move.citations} numberOf={numberOf} />
      </span>
      <span className="text-xs text-muted">
        {move.channel === null ? '' : `${humanize(move.channel)}, `}
        {move.owner === 'person' ? (
          'a person'
        ) : (
          <Link
            to="/w/$workspaceId/agents/$agentId"
            params={{ workspaceId, agentId: move.owner }}
            className="hover:underline"
          >
            {move.owner}
          </Link>
        )}
      </span>
    </li>
  );
}

function BudgetPanel({ plan }: { readonly plan: CampaignPlan }) {
  const { budget } = plan;
  if (budget === null) {
    return (
      <Panel title="Marketing budget">
        <p className="text-muted">The brief names no budget, so the plan splits none.</p>
      </Panel>
    );
  }
  const most = Math.max(1, ...budget.lines.map((line) => microsOf(line.budget_usd)));
  return (
    <Panel title="Marketing budget" note={formatMoney(budget.total_usd)}>
      <ul className="space-y-3">
        {budget.lines.map((line) => (
          <li key={line.channel}>
            <div className="flex items-baseline justify-between gap-3">
              <span className="font-medium">{humanize(line.channel)}</span>
              <span className="tabular">{formatMoney(line.budget_usd)}</span>
            </div>
            <Meter
              className="my-1"
              tone="ok"
              fraction={microsOf(line.budget_usd) / most}
              label={`${formatMoney(line.budget_usd)} for ${humanize(line.channel)}`}
            />
            <div className="text-xs text-muted">
              {countOf(Math.round(line.responses.p50), 'response')}, {formatResponses(line.responses.p10)} to{' '}
              {formatResponses(line.responses.p90)} in 8 of 10 simulated campaigns
            </div>
          </li>
        ))}
      </ul>
      <p className="mt-3 border-t border-line pt-3 text-xs text-muted">
        {budget.method} {formatCount(budget.simulated_campaigns)} simulated campaigns, seed {budget.seed}.
      </p>
    </Panel>
  );
}

function formatResponses(count: number): string {
  return formatCount(Math.round(count));
}

function Lines({ items, none }: { readonly items: readonly string[]; readonly none: string }) {
  if (items.length === 0) return <p className="text-muted">{none}</p>;
  return (
    <ul className="list-disc space-y-1 pl-4 marker:text-line-strong">
      {items.map((item) => (
        <li key={item}>{item}</li>
      ))}
    </ul>
  );
}
