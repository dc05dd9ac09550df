/** The busiest processes of the machine, read when somebody asks: it costs more than the rest of the page. */
import type { HostProcess } from '@raptorflow/contract';

import { Button } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { Clock } from '../../components/time.tsx';
import { useHostProcesses } from '../../data/host.ts';
import { formatBytes } from '../../format/number.ts';
import { percentText } from './host-series.ts';

const shown = 20;

const columns: readonly Column<HostProcess>[] = [
  {
    header: 'Process',
    width: 'minmax(0, 1fr)',
    onPhone: 'title',
    cell: ({ name }) => <span className="font-medium break-words">{name}</span>,
  },
  { header: 'Process id', width: '6rem', align: 'end', cell: ({ pid }) => pid },
  {
    header: 'Processor (100 % is one core)',
    width: '12rem',
    align: 'end',
    cell: (row) => percentText(row.cpu_percent),
  },
  { header: 'Memory', width: '6rem', align: 'end', cell: (row) => formatBytes(row.resident_bytes) },
  { header: 'Threads', width: '5rem', align: 'end', onPhone: 'hidden', cell: ({ threads }) => threads },
  {
    header: 'GPU memory',
    width: '7rem',
    align: 'end',
    onPhone: 'hidden',
    cell: (row) => (row.gpu_memory_bytes === undefined ? '–' : formatBytes(row.gpu_memory_bytes)),
  },
];

/** The panel; for the operator. */
export function ProcessPanel() {
  const processes = useHostProcesses(shown);
  const { data } = processes;
  return (
    <Panel
      flush
      title="Processes"
      note={
        data === undefined ? (
          'those that use the processors most'
        ) : (
          <>
            {`${data.items.length} busiest, read `}
            <Clock at={data.at} />
          </>
        )
      }
      actions={
        <Button icon="redo" busy={processes.isPending} onClick={() => processes.mutate()}>
          {data === undefined ? 'Read processes' : 'Read again'}
        </Button>
      }
    >
      {processes.error ? (
        <div className="p-4">
          <ErrorNotice label="Failed to read processes" error={processes.error} />
        </div>
      ) : null}
      {data === undefined ? (
        processes.error ? null : (
          <p className="p-4 text-muted">They are read once each time you ask for them.</p>
        )
      ) : (
        <DataTable
          label="Processes"
          columns={columns}
          keyOf={({ pid }) => String(pid)}
          listing={{
            items: data.items,
            isPending: false,
            error: null,
            hasMore: false,
            loadMore: () => undefined,
            retry: () => processes.mutate(),
          }}
          empty={<p className="p-4 text-muted">The machine tells of no process.</p>}
        />
      )}
    </Panel>
  );
}
