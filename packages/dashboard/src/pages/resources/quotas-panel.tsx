/** The quotas that count here, what is used of each, and changing them. */
import type { WireQuota, WireQuotaUsage } from '@raptorflow/contract';
import { useMemo, useState } from 'react';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { budgetTone, Meter } from '../../components/meter.tsx';
import { Panel } from '../../components/panel.tsx';
import { Badge } from '../../components/status.tsx';
import type { useQuotas } from '../../data/quotas.ts';
import { countOf, formatPercent } from '../../format/number.ts';
import { formatMoment } from '../../format/time.ts';
import { humanize } from '../../format/words.ts';
import { QuotaDialog } from './quota-dialog.tsx';
import { RemoveQuotaDialog, ResetQuotaDialog } from './quota-questions.tsx';
import { actionWords, amountText, limitText, scopeWords, usedShare } from './quota-words.ts';
import { useReadOnlyReason } from './resource-rights.ts';

type QuotaData = NonNullable<ReturnType<typeof useQuotas>['data']>;
type Asked =
  | { readonly what: 'add' }
  | { readonly what: 'change' | 'remove' | 'reset'; readonly quota: WireQuota };

/** The panel. */
export function QuotasPanel({
  scope,
  quotas,
  usage,
  metrics,
}: Pick<QuotaData, 'quotas' | 'usage' | 'metrics'> & { readonly scope: MetricScope }) {
  const reason = useReadOnlyReason();
  const [asked, setAsked] = useState<Asked | null>(null);
  const columns = useMemo(
    () => columnsFor(scope, new Map(usage.map((one) => [one.quota_id, one])), reason, setAsked),
    [scope, usage, reason],
  );
  const close = () => setAsked(null);
  const add = (
    <Button
      icon="plus"
      disabled={reason !== undefined}
      title={reason}
      onClick={() => setAsked({ what: 'add' })}
    >
      New quota
    </Button>
  );
  return (
    <Panel
      flush
      title="Quotas"
      note={`${countOf(metrics.total_checks, 'request')} checked and ${countOf(metrics.total_violations, 'violation')} since the server’s start, ${metrics.waiting} waiting for room`}
      actions={add}
    >
      <DataTable
        label="Quotas"
        columns={columns}
        listing={listingOf(quotas)}
        keyOf={(row) => row.quota_id}
        empty={
          <EmptyState icon="filter" title="Nothing is limited" action={add}>
            A quota says how much of something a workspace, a user, an agent or a run may use, and what
            becomes of a request that does not fit.
          </EmptyState>
        }
      />
      {asked?.what === 'add' ? <QuotaDialog scope={scope} quota={null} onClose={close} /> : null}
      {asked?.what === 'change' ? <QuotaDialog scope={scope} quota={asked.quota} onClose={close} /> : null}
      {asked?.what === 'reset' ? (
        <ResetQuotaDialog scope={scope} quota={asked.quota} onClose={close} />
      ) : null}
      {asked?.what === 'remove' ? (
        <RemoveQuotaDialog scope={scope} quota={asked.quota} onClose={close} />
      ) : null}
    </Panel>
  );
}

function listingOf(quotas: readonly WireQuota[]) {
  return {
    items: quotas,
    isPending: false,
    error: null,
    hasMore: false,
    loadMore: () => undefined,
    retry: () => undefined,
  };
}

function columnsFor(
  scope: MetricScope,
  usage: ReadonlyMap<string, WireQuotaUsage>,
  reason: string | undefined,
  ask: (asked: Asked) => void,
): readonly Column<WireQuota>[] {
  return [
    {
      header: 'Quota',
      width: 'minmax(0, 3fr)',
      onPhone: 'title',
      cell: (row) => <Name quota={row} />,
    },
    {
      header: 'Used',
      width: 'minmax(0, 3fr)',
      onPhone: 'title',
      cell: (row) => <Usage quota={row} usage={usage.get(row.quota_id)} />,
    },
    {
      header: 'Kind',
      width: '5rem',
      cell: (row) => humanize(row.quota_type),
    },
    {
      header: 'Limit',
      width: '9rem',
      cell: (row) => (
        <>
          {limitText(row)}
          {row.burst_limit === null ? null : (
            <span className="text-xs text-muted">
              {' '}
              up to {amountText(row.resource_type, row.burst_limit)}
            </span>
          )}
        </>
      ),
    },
    { header: 'Over the limit', width: '7.5rem', cell: (row) => actionWords[row.action] },
    {
      header: 'Actions',
      width: '12.5rem',
      align: 'end',
      cell: (row) => <Actions quota={row} scope={scope} reason={reason} ask={ask} />,
    },
  ];
}

/** The installation's quotas count in every workspace, and only the operator changes them. */
function isElsewhere({ workspace_id: workspaceId }: WireQuota, scope: MetricScope): boolean {
  return (workspaceId === null) !== (scope === 'installation');
}

function Name({ quota }: { readonly quota: WireQuota }) {
  return (
    <span className="block min-w-0">
      <span className="inline-flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium break-words" title={quota.description || undefined}>
          {quota.name}
        </span>
        {quota.enabled ? null : <Badge>Off</Badge>}
      </span>
      <span className="block text-xs break-words text-muted">
        {humanize(quota.resource_type)} of {scopeWords[quota.quota_scope]}
      </span>
    </span>
  );
}

function Usage({ quota, usage }: { readonly quota: WireQuota; readonly usage: WireQuotaUsage | undefined }) {
  if (!quota.enabled) return <span className="text-xs text-muted">not counted while it is off</span>;
  if (usage === undefined) {
    return <span className="text-xs text-muted">counted for {scopeWords[quota.quota_scope]} by itself</span>;
  }
  const share = usedShare(usage);
  const words = `${amountText(quota.resource_type, usage.current_usage)} of ${amountText(quota.resource_type, usage.limit)}`;
  const whose = quota.quota_scope === 'user' ? ' by you' : '';
  return (
    <span className="block min-w-0 space-y-1">
      <Meter
        fraction={share}
        tone={budgetTone(share)}
        label={`${quota.name}: ${words} used${whose}, ${formatPercent(share)}`}
      />
      <span
        className="block text-xs text-muted tabular"
        title={usage.period_end === null ? undefined : `Begins anew ${formatMoment(usage.period_end)}`}
      >
        {words}
        {whose}
      </span>
    </span>
  );
}

function Actions({
  quota,
  scope,
  reason,
  ask,
}: {
  readonly quota: WireQuota;
  readonly scope: MetricScope;
  readonly reason: string | undefined;
  readonly ask: (asked: Asked) => void;
}) {
  if (isElsewhere(quota, scope)) {
    return (
      <span className="text-xs text-muted" title={quota.workspace_id ?? undefined}>
        {quota.workspace_id === null ? 'set for the installation' : 'set in its workspace'}
      </span>
    );
  }
  const isHeld = quota.period === 'held';
  return (
    <span className="inline-flex items-center justify-end gap-1">
      <Button
        disabled={reason !== undefined}
        title={reason}
        aria-label={`Change ${quota.name}`}
        onClick={() => ask({ what: 'change', quota })}
      >
        Change
      </Button>
      <Button
        disabled={reason !== undefined || isHeld}
        title={reason ?? (isHeld ? 'What is held comes back by release and cannot be reset.' : undefined)}
        aria-label={`Reset ${quota.name}`}
        onClick={() => ask({ what: 'reset', quota })}
      >
        Reset
      </Button>
      <IconButton
        icon="trash"
        label={`Delete ${quota.name}`}
        disabled={reason !== undefined}
        onClick={() => ask({ what: 'remove', quota })}
      />
    </span>
  );
}
