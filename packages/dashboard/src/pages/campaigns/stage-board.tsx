/** The stages of a campaign as they happen: who works, how far, how long, at what cost. */
import type { CampaignStage, StageAgent } from '@raptorflow/contract';
import { Link, useParams } from '@tanstack/react-router';

import { classes } from '../../components/class-names.ts';
import { Icon } from '../../components/icon.tsx';
import { Meter } from '../../components/meter.tsx';
import { Dot, fillOf, StatusBadge, toneOf } from '../../components/status.tsx';
import { Elapsed } from '../../components/time.tsx';
import { useCampaign } from '../../data/campaigns.ts';
import { useScope } from '../../data/scope.ts';
import { formatMoney } from '../../format/money.ts';
import { campaignStageNotes, campaignStageWords } from '../../format/stages.ts';

/** The board. */
export function StageBoardPage() {
  const { campaignId } = useParams({ from: '/w/$workspaceId/campaigns/$campaignId' });
  const { data } = useCampaign(campaignId);
  if (!data) return null;
  return (
    <ol aria-label="Stages" className="rounded-lg border border-line bg-surface py-1.5">
      {data.stages.map((stage, index) => (
        <StageRow key={stage.name} stage={stage} last={index === data.stages.length - 1} />
      ))}
    </ol>
  );
}

function StageRow({ stage, last }: { readonly stage: CampaignStage; readonly last: boolean }) {
  const pending = stage.status === 'pending';
  return (
    <li
      aria-current={stage.status === 'running' ? 'step' : undefined}
      className="relative flex gap-3 px-4 py-2.5"
    >
      <StageGlyph status={stage.status} last={last} />
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h2 className={classes('font-semibold', pending && 'text-muted')}>
            {campaignStageWords[stage.name] ?? stage.name}
          </h2>
          {stage.status === 'completed' || pending ? (
            <span className="sr-only">{stage.status}</span>
          ) : (
            <StatusBadge status={stage.status} />
          )}
          <StageFigures stage={stage} />
        </div>
        <p className="mt-0.5 text-muted">{stage.summary ?? campaignStageNotes[stage.name]}</p>
        {stage.error ? (
          <p className="mt-1 text-bad">
            {stage.error.message} <code className="text-xs">{stage.error.code}</code>
          </p>
        ) : null}
        {stage.agents.length > 0 ? <AgentChips agents={stage.agents} /> : null}
      </div>
    </li>
  );
}

function StageFigures({ stage }: { readonly stage: CampaignStage }) {
  const { done, total } = stage.progress;
  if (stage.status === 'pending') return null;
  return (
    <span className="ml-auto flex items-center gap-3 text-xs text-muted">
      {stage.status === 'running' && total > 0 ? (
        <Meter className="w-24" fraction={done / total} label={`${done} of ${total} done`} />
      ) : null}
      {total > 0 ? (
        <span className="tabular">
          {done} of {total}
        </span>
      ) : null}
      {stage.cost_usd === '0.000000' ? null : <span className="tabular">{formatMoney(stage.cost_usd)}</span>}
      <span className="min-w-14 text-right">
        <Elapsed from={stage.started_at} to={stage.finished_at} durationMs={stage.duration_ms} />
      </span>
    </span>
  );
}

function StageGlyph({ status, last }: { readonly status: CampaignStage['status']; readonly last: boolean }) {
  const tone = toneOf(status);
  const reached = status !== 'pending';
  return (
    <span aria-hidden="true" className="relative flex w-5 shrink-0 justify-center">
      {last ? null : (
        <span
          className={classes('absolute top-5 -bottom-5 w-px', status === 'completed' ? 'bg-ok' : 'bg-line')}
        />
      )}
      <span
        className={classes(
          'mt-px flex size-[18px] items-center justify-center rounded-full',
          reached ? `${fillOf(tone)} text-surface` : 'border-2 border-line bg-surface',
          status === 'running' && 'breathing',
        )}
      >
        {status === 'completed' ? <Icon name="check" className="size-3 stroke-2" /> : null}
        {status === 'failed' ? <Icon name="close" className="size-3 stroke-2" /> : null}
      </span>
    </span>
  );
}

function AgentChips({ agents }: { readonly agents: readonly StageAgent[] }) {
  return (
    <ul aria-label="Agents" className="mt-2.5 grid grid-cols-1 gap-1.5 sm:grid-cols-2 lg:grid-cols-3">
      {agents.map((agent) => (
        <AgentChip key={`${agent.code}:${agent.run_id ?? ''}`} agent={agent} />
      ))}
    </ul>
  );
}

function AgentChip({ agent }: { readonly agent: StageAgent }) {
  const { workspaceId } = useScope();
  const tone = toneOf(agent.status);
  const inside = (
    <>
      <span className="flex items-center gap-2">
        <Dot tone={tone} live={tone === 'run'} />
        <span className="min-w-0 flex-1 truncate font-medium">{agent.name}</span>
        <span className="text-2xs text-muted">{agent.code}</span>
        <span className="sr-only">{agent.status}</span>
      </span>
      {agent.summary === null ? null : (
        <span className="block truncate pl-4 text-xs text-muted">{agent.summary}</span>
      )}
    </>
  );
  const frame = 'block h-full rounded-md border border-line px-2.5 py-1.5';
  return (
    <li className="min-w-0">
      {agent.run_id === null ? (
        <div className={frame}>{inside}</div>
      ) : (
        <Link
          to="/w/$workspaceId/runs/$runId"
          params={{ workspaceId, runId: agent.run_id }}
          title={agent.summary ?? undefined}
          className={classes(frame, 'hover:border-line-strong/60 hover:bg-hover')}
        >
          {inside}
        </Link>
      )}
    </li>
  );
}
