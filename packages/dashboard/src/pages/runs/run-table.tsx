/** Runs as a list; several pages show one. */
import type { RunSummary } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { type Column, DataTable } from '../../components/data-table.tsx';
import { StatusBadge } from '../../components/status.tsx';
import { Ago, Elapsed } from '../../components/time.tsx';
import type { Listing } from '../../data/pages.ts';
import { formatMoney } from '../../format/money.ts';
import { formatCount } from '../../format/number.ts';

const columns: readonly Column<RunSummary>[] = [
  {
    header: 'Run',
    width: 'minmax(0, 1fr)',
    onPhone: 'title',
    cell: (row) => (
      <span className="block min-w-0">
        <Link
          to="/w/$workspaceId/runs/$runId"
          params={{ workspaceId: row.workspace_id, runId: row.id }}
          className="font-medium break-words after:absolute after:inset-0"
        >
          {row.name}
        </Link>
        {row.error === null ? null : (
          <span className="block truncate text-xs text-bad">{row.error.message}</span>
        )}
      </span>
    ),
  },
  {
    header: 'Agent',
    width: '10rem',
    cell: (row) => (
      <span className="block truncate" title={row.agent_code ?? undefined}>
        {row.agent_name ?? <span className="text-muted">no agent</span>}
      </span>
    ),
  },
  { header: 'Status', width: '7rem', cell: (row) => <StatusBadge status={row.status} /> },
  {
    header: 'Tokens',
    width: '5rem',
    align: 'end',
    onPhone: 'hidden',
    cell: (row) => formatCount(row.total_tokens),
  },
  { header: 'Cost', width: '5rem', align: 'end', cell: (row) => formatMoney(row.cost_usd) },
  {
    header: 'Duration',
    width: '6rem',
    align: 'end',
    cell: (row) => <Elapsed from={row.started_at} to={row.completed_at} durationMs={row.duration_ms} />,
  },
  { header: 'Created', width: '6rem', align: 'end', cell: (row) => <Ago at={row.created_at} /> },
];

/** The list. */
export function RunTable({
  listing,
  empty,
}: {
  readonly listing: Listing<RunSummary>;
  readonly empty: ReactNode;
}) {
  return <DataTable label="Runs" columns={columns} listing={listing} keyOf={(row) => row.id} empty={empty} />;
}
