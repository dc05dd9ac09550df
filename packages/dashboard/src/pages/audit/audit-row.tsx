/** One row of the audit log: what, who, on what, how it ended; everything that is hashed when opened. */
import type { WireAuditRow } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { Disclosure } from '../../components/disclosure.tsx';
import { Facts } from '../../components/panel.tsx';
import { Payload } from '../../components/payload.tsx';
import { Badge } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { useScope } from '../../data/scope.ts';
import { formatMoment } from '../../format/time.ts';
import { shortId } from '../../format/words.ts';
import { TraceLink } from '../trace/trace-link.tsx';
import { actionWords, type IdKind, standingOf } from './audit-words.ts';

/** The row, closed until asked. */
export function AuditRow({ row }: { readonly row: WireAuditRow }) {
  const { word, tone } = standingOf(row);
  return (
    <Disclosure
      summary={
        <span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1">
          <span className="w-12 shrink-0 text-xs text-muted tabular">{row.sequence}</span>
          <span className="font-medium">{actionWords(row.action)}</span>
          <Badge tone={tone}>{word}</Badge>
          <span className="min-w-0 flex-1 basis-56 truncate text-muted">
            {row.actor.kind} {shortId(row.actor.id)}
            {row.target === null ? '' : ` · ${row.target.kind} ${shortId(row.target.id)}`}
          </span>
          <span className="text-xs text-muted">
            <Ago at={row.recorded_at} />
          </span>
        </span>
      }
    >
      <Facts items={factsOf(row)} />
      <div>
        <h3 className="mb-1 text-xs text-muted">Details</h3>
        {row.details === null ? (
          <p className="text-muted">They were erased; their hash stands for them.</p>
        ) : (
          <Payload label="the details" value={row.details} />
        )}
      </div>
    </Disclosure>
  );
}

function factsOf(row: WireAuditRow): (readonly [string, ReactNode])[] {
  const facts: (readonly [string, ReactNode])[] = [
    ['When', formatMoment(row.recorded_at)],
    ['Action', <code key="action">{row.action}</code>],
    ['Who', <Same key="actor" by="actor" id={row.actor.id} before={`${row.actor.kind} `} />],
  ];
  const { target, intent_id: intent, correlation_id: correlation } = row;
  if (target !== null) {
    facts.push(['On what', <Same key="target" by="target" id={target.id} before={`${target.kind} `} />]);
  }
  if (row.phase === 'intent') {
    facts.push([
      'How it ended',
      <Same key="outcome" by="intent" id={row.id}>
        The outcome, if it ended
      </Same>,
    ]);
  }
  if (intent !== null) facts.push(['Outcome of', <code key="intent">{intent}</code>]);
  if (row.agent_run_id !== null) facts.push(['Run', <RunLink key="run" runId={row.agent_run_id} />]);
  if (row.campaign_id !== null)
    facts.push(['Campaign', <Same key="campaign" by="campaign" id={row.campaign_id} />]);
  if (correlation !== null) {
    facts.push([
      'Correlation id',
      <span key="correlation">
        <Same by="correlation" id={correlation} /> · <TraceLink id={correlation}>its trace</TraceLink>
      </span>,
    ]);
  }
  facts.push(
    ['Row', <Hash key="id" text={row.id} />],
    ['Hash', <Hash key="hash" text={row.hash} />],
    ['Hash before', <Hash key="previous" text={row.previous_hash} />],
  );
  return facts;
}

/** A link to everything in the log that has this id. */
function Same({
  by,
  id,
  before = '',
  children,
}: {
  readonly by: IdKind;
  readonly id: string;
  readonly before?: string;
  readonly children?: ReactNode;
}) {
  const { workspaceId } = useScope();
  return (
    <>
      {before}
      <Link
        to="/w/$workspaceId/audit"
        params={{ workspaceId }}
        search={({ scope }) => ({ by, id, ...(scope === undefined ? {} : { scope }) })}
        className="break-all text-accent hover:underline"
      >
        {children ?? id}
      </Link>
    </>
  );
}

function RunLink({ runId }: { readonly runId: string }) {
  const { workspaceId } = useScope();
  return (
    <>
      <Link
        to="/w/$workspaceId/runs/$runId"
        params={{ workspaceId, runId }}
        className="break-all text-accent hover:underline"
      >
        {runId}
      </Link>
      {' · '}
      <Same by="run" id={runId}>
        all that it did
      </Same>
    </>
  );
}

function Hash({ text }: { readonly text: string }) {
  return <code className="text-xs break-all select-all">{text}</code>;
}
