/** One channel: who reads it, how far behind they are, and its newest events. */
import type { BusChannelDetail, BusGroup } from '@raptorflow/contract';
import { useParams } from '@tanstack/react-router';

import { type Column, DataTable, wholeListing } from '../../components/data-table.tsx';
import { Trail } from '../../components/trail.tsx';
import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { useChannel } from '../../data/bus.ts';
import { formatCount } from '../../format/number.ts';
import { formatDuration, formatSpan } from '../../format/time.ts';
import { linesOfEvents } from './event-line.ts';
import { EventList } from './event-list.tsx';

/** The channel's page. */
export function ChannelPage() {
  const { name } = useParams({ from: '/w/$workspaceId/bus/channels/$name' });
  const channel = useChannel(name);
  if (channel.isPending) return <Loading rows={6} label="Reading the channel" />;
  if (!channel.data) return <ErrorNotice error={channel.error} retry={() => void channel.refetch()} />;
  return (
    <div className="space-y-4">
      <ChannelHeader channel={channel.data} />
      <Panel
        flush
        title="Groups"
        note="durable subscriptions; each event is handled by one member of each group"
      >
        <DataTable
          label="Groups"
          columns={groupColumns}
          listing={wholeListing(channel.data.groups, channel)}
          keyOf={(row) => `${row.group} ${row.channel}`}
          empty={
            <EmptyState icon="agents" title="No group reads this channel">
              Its events are seen live only, and kept for {formatSpan(channel.data.retention_seconds)}.
            </EmptyState>
          }
        />
      </Panel>
      <Panel flush title="Newest events" note="at most 50, newest first">
        <EventList
          lines={linesOfEvents(channel.data.recent_events)}
          empty={
            <EmptyState icon="bus" title="Nothing is stored here">
              Events appear when somebody publishes to {name}, and go after{' '}
              {formatSpan(channel.data.retention_seconds)}.
            </EmptyState>
          }
        />
      </Panel>
    </div>
  );
}

function ChannelHeader({ channel }: { readonly channel: BusChannelDetail }) {
  const facts = [
    `kept for ${formatSpan(channel.retention_seconds)}`,
    channel.stored_events === null ? null : `${formatCount(channel.stored_events)} stored`,
    `${formatCount(channel.published)} published ever`,
    `${formatCount(channel.received)} received and ${formatCount(channel.failed)} failed by this server since it started`,
  ];
  return (
    <div>
      <div className="text-xs text-muted">
        <Trail to="/w/$workspaceId/bus">Channels</Trail>
      </div>
      <h2 className="text-lg font-semibold break-all">{channel.name}</h2>
      <p className="text-muted">{facts.filter(Boolean).join(', ')}</p>
    </div>
  );
}

const groupColumns: readonly Column<BusGroup>[] = [
  {
    header: 'Group',
    width: 'minmax(0, 1fr)',
    onPhone: 'title',
    cell: (row) => (
      <>
        <span className="font-medium break-all">{row.group}</span>{' '}
        <span className="text-xs text-muted">reads {row.channel}</span>
      </>
    ),
  },
  { header: 'Members', width: '5rem', align: 'end', cell: (row) => row.members },
  { header: 'In hand', width: '5rem', align: 'end', cell: (row) => formatCount(row.in_flight) },
  { header: 'Lag, events', width: '6rem', align: 'end', cell: (row) => formatCount(row.lag) },
  {
    header: 'Oldest waiting',
    width: '7rem',
    align: 'end',
    cell: (row) =>
      row.oldest_unhandled_age_ms === null ? (
        <span className="text-muted">none</span>
      ) : (
        formatDuration(row.oldest_unhandled_age_ms)
      ),
  },
];
