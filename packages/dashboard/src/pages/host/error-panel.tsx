/** The last errors of the operations, those of one kind together. */
import type { PeriscopeError } from '@raptorflow/contract';

import { type Column, DataTable, wholeListing } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { Ago } from '../../components/time.tsx';
import { usePeriscopeErrors } from '../../data/periscope.ts';
import { formatCount } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';

const columns: readonly Column<PeriscopeError>[] = [
  {
    header: 'Error',
    width: 'minmax(0, 1fr)',
    onPhone: 'title',
    cell: ({ error_type: type, error_message: message }) => (
      <div className="break-words">
        <span className="font-medium">{type}</span> <span className="text-muted">{message}</span>
      </div>
    ),
  },
  {
    header: 'Operation',
    width: '11rem',
    cell: ({ operation }) => <span className="break-all">{operation}</span>,
  },
  { header: 'Times', width: '4rem', align: 'end', cell: ({ count }) => `${formatCount(count)} ×` },
  {
    header: 'Took',
    width: '5rem',
    align: 'end',
    cell: ({ duration_ms: ms }) => formatDuration(ms),
  },
  { header: 'Last', width: '6.5rem', align: 'end', cell: ({ last_at: at }) => <Ago at={at} /> },
  {
    header: 'First',
    width: '6.5rem',
    align: 'end',
    onPhone: 'hidden',
    cell: ({ first_at: at }) => <Ago at={at} />,
  },
];

/** The panel; for the operator. */
export function ErrorPanel() {
  const errors = usePeriscopeErrors();
  return (
    <Panel flush title="Recent errors" note="the newest of each kind, with how often it came">
      <DataTable
        label="Recent errors"
        columns={columns}
        keyOf={({ fingerprint }) => fingerprint}
        listing={wholeListing(errors.data?.items, errors)}
        empty={
          <EmptyState icon="check" title="No error so far">
            Errors of operations appear here with how often they came.
          </EmptyState>
        }
      />
    </Panel>
  );
}
