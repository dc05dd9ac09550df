/** One event whole. */
import { isClientError } from '@raptorflow/client';
import type { BusEvent } from '@raptorflow/contract';
import { Link, useParams } from '@tanstack/react-router';

import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Facts, Panel } from '../../components/panel.tsx';
import { CopyButton, Payload } from '../../components/payload.tsx';
import { Ago } from '../../components/time.tsx';
import { useMessage } from '../../data/bus.ts';
import { useScope } from '../../data/scope.ts';
import { useIsOperator } from '../../data/session.ts';
import { countOf } from '../../format/number.ts';
import { formatMoment } from '../../format/time.ts';
import { TraceLink } from '../trace/trace-link.tsx';

/** The event's page. */
export function MessagePage() {
  const { eventId } = useParams({ from: '/w/$workspaceId/bus/messages/$eventId' });
  const message = useMessage(eventId);
  if (message.isPending) return <Loading rows={6} label="Reading the event" />;
  if (isClientError(message.error) && message.error.status === 404) {
    return (
      <Panel flush>
        <EmptyState icon="search" title="No such event">
          The id <code className="break-all">{eventId}</code> is unknown, belongs to another workspace, or its
          channel no longer keeps it.
        </EmptyState>
      </Panel>
    );
  }
  if (!message.data) return <ErrorNotice error={message.error} retry={() => void message.refetch()} />;
  return <Message event={message.data} />;
}

function Message({ event }: { readonly event: BusEvent }) {
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <Panel
        title={event.type}
        actions={
          <div className="flex items-center gap-2">
            <TraceLink id={event.id}>Trace</TraceLink>
            <CopyButton text={event.id} label="Copy the event id" />
          </div>
        }
      >
        <EventFacts event={event} />
      </Panel>
      <Panel title="Payload">
        <Payload label="the payload" value={event.payload} />
      </Panel>
    </div>
  );
}

const linkClasses = 'text-accent hover:underline break-all';

function EventFacts({ event }: { readonly event: BusEvent }) {
  return (
    <Facts
      items={[
        ['Event id', <Code key="id" text={event.id} />],
        ['Channel', <ChannelLink key="channel" name={event.channel} />],
        ['Published', <Ago key="at" at={event.timestamp} />],
        ['Priority', event.priority],
        ['From agent', event.source_agent_id ?? 'none'],
        ['To guild', event.destination_guild ?? 'none'],
        ['Request', event.request_id === null ? 'none' : <RequestLink key="request" id={event.request_id} />],
        [
          'Caused by',
          event.causation_id === null ? (
            'nothing before it'
          ) : (
            <EventLink key="cause" id={event.causation_id} />
          ),
        ],
        ['Chain', `${countOf(event.hops, 'hop')} from its start`],
        ['Version', event.version],
        ['Kept until', event.expires_at === null ? 'its channel lets it go' : formatMoment(event.expires_at)],
        ['Workspace', event.workspace_id ?? 'none: the system’s own'],
      ]}
    />
  );
}

function Code({ text }: { readonly text: string }) {
  return <code className="text-xs break-all select-all">{text}</code>;
}

/** Only the operator may see a whole channel. */
function ChannelLink({ name }: { readonly name: string }) {
  const { workspaceId } = useScope();
  const operator = useIsOperator();
  if (!operator) return name;
  return (
    <Link to="/w/$workspaceId/bus/channels/$name" params={{ workspaceId, name }} className={linkClasses}>
      {name}
    </Link>
  );
}

function EventLink({ id }: { readonly id: string }) {
  const { workspaceId } = useScope();
  return (
    <Link
      to="/w/$workspaceId/bus/messages/$eventId"
      params={{ workspaceId, eventId: id }}
      className={linkClasses}
    >
      {id}
    </Link>
  );
}

/** A campaign's events carry its id as their request. */
function RequestLink({ id }: { readonly id: string }) {
  const { workspaceId } = useScope();
  if (!id.startsWith('cmp_')) return <Code text={id} />;
  return (
    <Link
      to="/w/$workspaceId/campaigns/$campaignId"
      params={{ workspaceId, campaignId: id }}
      className={linkClasses}
    >
      {id}
    </Link>
  );
}
