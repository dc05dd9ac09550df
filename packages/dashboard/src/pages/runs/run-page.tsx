/** One run: a time line of its steps with their payloads, and the journal they are read from. */
import type { Run } from '@raptorflow/contract';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { Button } from '../../components/button.tsx';
import { Trail } from '../../components/trail.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { FailedPage } from '../../components/failed-page.tsx';
import { Loading, Notice } from '../../components/feedback.tsx';
import { Facts, PageHeader, Panel } from '../../components/panel.tsx';
import { pillClasses } from '../../components/pill.ts';
import { Payload } from '../../components/payload.tsx';
import { Badge, StatusBadge } from '../../components/status.tsx';
import { Ago, Elapsed } from '../../components/time.tsx';
import { isRunFinal, useCancelRun, useRun } from '../../data/runs.ts';
import { useScope } from '../../data/scope.ts';
import { formatMoney } from '../../format/money.ts';
import { countOf, formatCount } from '../../format/number.ts';
import { shortId } from '../../format/words.ts';
import { TraceLink } from '../trace/trace-link.tsx';
import { JournalList } from './journal-list.tsx';
import { StepTimeline } from './step-timeline.tsx';

/** The run's page. */
export function RunPage() {
  const { runId } = useParams({ from: '/w/$workspaceId/runs/$runId' });
  const { view } = useSearch({ from: '/w/$workspaceId/runs/$runId' });
  const run = useRun(runId);
  if (run.isPending) return <Loading rows={8} label="Reading the run" />;
  if (!run.data) {
    return (
      <FailedPage
        what="run"
        trail={<Trail to="/w/$workspaceId/runs">Runs</Trail>}
        error={run.error}
        retry={() => void run.refetch()}
      />
    );
  }
  return (
    <>
      <RunHeader run={run.data} />
      {run.data.error ? (
        <div className="mb-4">
          <Notice tone="bad">
            {run.data.error.message} <code className="text-xs text-muted">{run.data.error.code}</code>
          </Notice>
        </div>
      ) : null}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_18rem]">
        <div className="min-w-0 space-y-4">
          <Panel
            flush
            title={view === 'journal' ? 'Journal' : 'Steps'}
            note={
              view === 'journal'
                ? `${countOf(run.data.journal_count, 'entry', 'entries')}, as appended`
                : countOf(run.data.step_count, 'step')
            }
            actions={<ViewSwitch runId={runId} view={view} />}
          >
            {view === 'journal' ? (
              <JournalList runId={runId} />
            ) : (
              <StepTimeline runId={runId} ended={isRunFinal(run.data.status)} />
            )}
          </Panel>
          <Panel title="Input">
            <Payload label="the input" value={run.data.input ?? 'nothing'} />
          </Panel>
          <Panel title="Output">
            <Payload
              label="the output"
              value={run.data.output ?? (isRunFinal(run.data.status) ? 'nothing' : 'not yet')}
            />
          </Panel>
        </div>
        <RunFacts run={run.data} />
      </div>
    </>
  );
}

function ViewSwitch({ runId, view }: { readonly runId: string; readonly view: string | undefined }) {
  const { workspaceId } = useScope();
  const views = [
    ['Steps', {}, view !== 'journal'],
    ['Journal', { view: 'journal' }, view === 'journal'],
  ] as const;
  return (
    <div className="flex gap-1">
      {views.map(([label, search, current]) => (
        <Link
          key={label}
          to="/w/$workspaceId/runs/$runId"
          params={{ workspaceId, runId }}
          search={search}
          resetScroll={false}
          activeOptions={{ exact: true }}
          aria-current={current ? 'true' : undefined}
          className={pillClasses}
        >
          {label}
        </Link>
      ))}
    </div>
  );
}

function RunHeader({ run }: { readonly run: Run }) {
  const [asking, setAsking] = useState(false);
  const cancel = useCancelRun(run.id);
  return (
    <PageHeader
      title={run.name}
      trail={<Trail to="/w/$workspaceId/runs">Runs</Trail>}
      actions={
        isRunFinal(run.status) ? null : (
          <Button tone="danger" icon="stop" onClick={() => setAsking(true)}>
            Cancel the run
          </Button>
        )
      }
    >
      <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted">
        <StatusBadge status={run.status} />
        {run.model === 'offline' ? <Badge>Offline model</Badge> : null}
        <Elapsed from={run.started_at} to={run.completed_at} durationMs={run.duration_ms} />
        <span>{formatMoney(run.cost_usd)}</span>
        {run.attempt > 1 ? <Badge tone="warn">resumed, attempt {run.attempt}</Badge> : null}
      </div>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title="Cancel this run?"
        action="Cancel the run"
        busy={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate(undefined, { onSuccess: () => setAsking(false) })}
      >
        <p>
          Its model calls, tools and child runs are stopped. What it has done so far stays in the journal.
        </p>
      </ConfirmDialog>
    </PageHeader>
  );
}

const linkClasses = 'text-accent hover:underline';

function RunFacts({ run }: { readonly run: Run }) {
  return (
    <Panel title="About this run" className="lg:sticky lg:top-16">
      <Facts
        items={[
          ['Agent', <AgentLink key="agent" run={run} />],
          ['Campaign', <CampaignLink key="campaign" campaignId={run.campaign_id} />],
          ['Parent run', <ParentLink key="parent" runId={run.parent_run_id} />],
          ['Type', run.run_type],
          ['Model', run.model ?? (isRunFinal(run.status) ? 'none called' : 'none called yet')],
          ['Tokens in', formatCount(run.prompt_tokens)],
          ['Tokens out', formatCount(run.completion_tokens)],
          ['Created', <Ago key="created" at={run.created_at} />],
          [
            'Correlation',
            run.correlation_id === null ? (
              'none'
            ) : (
              <TraceLink
                key="correlation"
                id={run.correlation_id}
                className="break-all text-accent hover:underline"
              >
                {shortId(run.correlation_id)}
              </TraceLink>
            ),
          ],
          ['Run id', <Code key="id" text={run.id} />],
        ]}
      />
    </Panel>
  );
}

function Code({ text }: { readonly text: string | null }) {
  return text === null ? 'none' : <code className="text-xs break-all select-all">{text}</code>;
}

function AgentLink({ run }: { readonly run: Run }) {
  const { workspaceId } = useScope();
  if (run.agent_code === null) return 'none';
  return (
    <Link
      to="/w/$workspaceId/agents/$agentId"
      params={{ workspaceId, agentId: run.agent_code }}
      className={linkClasses}
    >
      {run.agent_name ?? run.agent_code}
    </Link>
  );
}

function CampaignLink({ campaignId }: { readonly campaignId: string | null }) {
  const { workspaceId } = useScope();
  if (campaignId === null) return 'none';
  return (
    <Link
      to="/w/$workspaceId/campaigns/$campaignId"
      params={{ workspaceId, campaignId }}
      className={linkClasses}
    >
      {shortId(campaignId)}
    </Link>
  );
}

function ParentLink({ runId }: { readonly runId: string | null }) {
  const { workspaceId } = useScope();
  if (runId === null) return 'none';
  return (
    <Link to="/w/$workspaceId/runs/$runId" params={{ workspaceId, runId }} className={linkClasses}>
      {shortId(runId)}
    </Link>
  );
}
