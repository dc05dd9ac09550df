/** Requests that did not fit, and noting that somebody has dealt with them. */
import type { WireQuotaViolation } from '@raptorflow/contract';
import { useState } from 'react';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { type Column, DataTable, wholeListing } from '../../components/data-table.tsx';
import { EmptyState, ErrorNotice } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { pillClasses } from '../../components/pill.ts';
import { Badge } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { useResolveViolation, useViolations } from '../../data/quotas.ts';
import { formatCount } from '../../format/number.ts';
import { amountText, takenWords } from './quota-words.ts';
import { useReadOnlyReason } from './resource-rights.ts';
import { Subject } from './subject.tsx';

/** The panel. */
export function ViolationsPanel({
  scope,
  names,
}: {
  readonly scope: MetricScope;
  readonly names: ReadonlyMap<string, string>;
}) {
  const [all, setAll] = useState(false);
  const violations = useViolations(scope, { all });
  const resolve = useResolveViolation(scope);
  const reason = useReadOnlyReason();
  const count = violations.data?.length ?? 0;
  return (
    <Panel
      flush
      title="Violations"
      note={`${formatCount(count)} ${all ? 'on record' : 'to deal with'}`}
      actions={
        <div role="group" aria-label="Which violations" className="flex gap-1">
          <button type="button" aria-pressed={!all} className={pillClasses} onClick={() => setAll(false)}>
            Open
          </button>
          <button type="button" aria-pressed={all} className={pillClasses} onClick={() => setAll(true)}>
            All
          </button>
        </div>
      }
    >
      {resolve.error ? (
        <div className="border-b border-line p-4">
          <ErrorNotice error={resolve.error} />
        </div>
      ) : null}
      <DataTable
        label="Violations"
        columns={columnsFor(names, reason, resolve.isPending ? resolve.variables : null, (id) =>
          resolve.mutate(id),
        )}
        listing={wholeListing(violations.data, violations)}
        keyOf={(row) => row.violation_id}
        empty={
          <EmptyState
            icon="check"
            title={all ? 'Everything has fitted so far' : 'Nothing is left to deal with'}
          >
            {all
              ? 'A request above a limit stands here with by how much, whose it was, and what became of it.'
              : 'Choose “All” to see what has been dealt with.'}
          </EmptyState>
        }
      />
    </Panel>
  );
}

function columnsFor(
  names: ReadonlyMap<string, string>,
  reason: string | undefined,
  busy: string | null,
  onResolve: (id: string) => void,
): readonly Column<WireQuotaViolation>[] {
  return [
    {
      header: 'Quota',
      width: 'minmax(0, 3fr)',
      onPhone: 'title',
      cell: (row) => (
        <span className="font-medium break-words">{names.get(row.quota_id) ?? row.quota_id}</span>
      ),
    },
    {
      header: 'What',
      width: 'minmax(0, 3fr)',
      cell: (row) => (
        <span className="tabular">
          {amountText(row.resource_type, row.amount)} asked, {amountText(row.resource_type, row.exceeded_by)}{' '}
          above {amountText(row.resource_type, row.limit)}
        </span>
      ),
    },
    {
      header: 'What became of it',
      width: '9rem',
      cell: (row) => {
        const [word, tone] = takenWords[row.action_taken];
        return <Badge tone={tone}>{word}</Badge>;
      },
    },
    { header: 'Who', width: 'minmax(0, 3fr)', cell: (row) => <Subject of={row} /> },
    { header: 'When', width: '6rem', align: 'end', cell: (row) => <Ago at={row.violation_time} /> },
    {
      header: 'Action',
      width: '8rem',
      align: 'end',
      cell: (row) =>
        row.resolved ? (
          <span className="text-xs text-muted" title={row.resolved_at ?? undefined}>
            dealt with{row.resolved_by === null ? '' : ` by ${row.resolved_by}`}
          </span>
        ) : (
          <Button
            icon="check"
            busy={busy === row.violation_id}
            disabled={reason !== undefined}
            title={reason}
            aria-label={`Resolve the violation of ${names.get(row.quota_id) ?? row.quota_id}`}
            onClick={() => onResolve(row.violation_id)}
          >
            Resolve
          </Button>
        ),
    },
  ];
}
