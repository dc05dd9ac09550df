/** The channels with their rates and lag. */
import type { BusChannel } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';

import { buttonClasses } from '../../components/button.tsx';
import { type Column, DataTable, wholeListing } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { Badge } from '../../components/status.tsx';
import { type ChannelRates, useChannels } from '../../data/bus.ts';
import { useScope } from '../../data/scope.ts';
import { useIsOperator } from '../../data/session.ts';
import { formatCount, formatRate } from '../../format/number.ts';
import { formatSpan } from '../../format/time.ts';
import { humanize } from '../../format/words.ts';

/** The list, read again every 3 s; rates are between the last two readings. */
export function ChannelListPage() {
  const operator = useIsOperator();
  const channels = useChannels();
  const rates = channels.data?.rates ?? new Map<string, ChannelRates>();
  if (!operator) return <OperatorOnly />;
  return (
    <Panel
      flush
      title="Channels"
      note="rates over the last 3 s; published ever, received and failed by this server since it started"
    >
      <DataTable
        label="Channels"
        columns={columnsOf(rates)}
        listing={wholeListing(channels.data?.channels, channels)}
        keyOf={(row) => row.name}
        empty={
          <EmptyState icon="bus" title="No channel is declared">
            The server declares its channels when it starts. Check its log.
          </EmptyState>
        }
      />
    </Panel>
  );
}

function OperatorOnly() {
  const { workspaceId } = useScope();
  return (
    <Panel flush>
      <EmptyState
        icon="bus"
        title="Whole channels are the operator’s"
        action={
          <Link to="/w/$workspaceId/bus/tail" params={{ workspaceId }} className={buttonClasses('solid')}>
            Open the live tail
          </Link>
        }
      >
        Their figures count the events of every workspace. The live tail shows those of this one.
      </EmptyState>
    </Panel>
  );
}

function columnsOf(rates: ReadonlyMap<string, ChannelRates>): readonly Column<BusChannel>[] {
  return [
    { header: 'Channel', width: 'minmax(0, 1fr)', onPhone: 'title', cell: (row) => <NameCell row={row} /> },
    {
      header: 'Published',
      width: '7.5rem',
      align: 'end',
      cell: (row) => <RateCell rate={rates.get(row.name)?.published} total={row.published} word="out" />,
    },
    {
      header: 'Received',
      width: '7.5rem',
      align: 'end',
      cell: (row) => <RateCell rate={rates.get(row.name)?.received} total={row.received} word="in" />,
    },
    {
      header: 'Failed',
      width: '4.5rem',
      align: 'end',
      onPhone: 'hidden',
      cell: (row) =>
        row.failed === 0 ? (
          <span className="text-muted">0</span>
        ) : (
          <span className="text-bad">{formatCount(row.failed)}</span>
        ),
    },
    {
      header: 'Lag, events',
      width: '5.5rem',
      align: 'end',
      onPhone: 'hidden',
      cell: (row) =>
        row.lag === 0 ? (
          <span className="text-muted">0</span>
        ) : (
          <Badge tone="warn">{formatCount(row.lag)}</Badge>
        ),
    },
    {
      header: 'Kept for',
      width: '4.5rem',
      align: 'end',
      onPhone: 'hidden',
      cell: (row) => formatSpan(row.retention_seconds),
    },
  ];
}

function NameCell({ row }: { readonly row: BusChannel }) {
  const { workspaceId } = useScope();
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <Link
        to="/w/$workspaceId/bus/channels/$name"
        params={{ workspaceId, name: row.name }}
        className="font-medium break-all after:absolute after:inset-0"
      >
        {row.name}
      </Link>
      <span className="text-xs text-muted">
        {humanize(row.kind).toLowerCase()}
        {row.declared ? '' : ', not declared'}
      </span>
    </span>
  );
}

function RateCell({
  rate,
  total,
  word,
}: {
  readonly rate: number | undefined;
  readonly total: number;
  readonly word: string;
}) {
  return (
    <span className={total === 0 ? 'text-muted' : ''}>
      {rate === undefined || total === 0 ? null : `${formatRate(rate)}, `}
      {formatCount(total)}
      <span className="sm:hidden"> {word}</span>
    </span>
  );
}
