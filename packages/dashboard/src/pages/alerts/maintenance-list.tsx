/** Windows of maintenance: when they are, what they keep quiet, and whether one holds now. */
import type { WireMaintenance } from '@raptorflow/contract';
import { useMemo, useState } from 'react';

import { type MetricScope, useAddressedScope } from '../../data/addressed-scope.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { type Column, DataTable, wholeListing } from '../../components/data-table.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { Badge } from '../../components/status.tsx';
import { useNow } from '../../components/time.tsx';
import { useDeleteMaintenance, useMaintenance } from '../../data/alerts.ts';
import { countOf } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { useAlertRights } from './alert-rights.ts';
import { MaintenanceDialog } from './maintenance-dialog.tsx';
import { type WindowState, windowState } from './maintenance-times.ts';
import { momentWords, scheduleWords } from './maintenance-words.ts';
import { MatcherList } from './matcher-list.tsx';

/** What is about to happen to a window; without one a new one is added. */
type Intent =
  | { readonly kind: 'add' }
  | { readonly kind: 'change' | 'delete'; readonly window: WireMaintenance }
  | null;

/** The windows: those that hold stand first, then those that come next. */
export function MaintenancePage() {
  const { scope } = useAddressedScope();
  const { mayChangeRules } = useAlertRights();
  const windows = useMaintenance(scope);
  const [intent, setIntent] = useState<Intent>(null);
  const columns = useMemo(() => columnsFor(mayChangeRules, setIntent), [mayChangeRules]);
  const close = () => setIntent(null);
  return (
    <>
      <Panel
        flush
        title="Maintenance"
        note={windows.data === undefined ? undefined : countOf(windows.data.length, 'window')}
        actions={
          mayChangeRules ? (
            <Button icon="plus" onClick={() => setIntent({ kind: 'add' })}>
              New window
            </Button>
          ) : undefined
        }
      >
        <DataTable
          label="Windows of maintenance"
          columns={columns}
          listing={wholeListing(inOrder(windows.data ?? []), windows)}
          keyOf={(row) => row.maintenance_id}
          empty={
            <EmptyState icon="pause" title="No maintenance is planned">
              A window keeps alerts quiet at set times, once or again and again: while a backup runs, or every
              night. They are watched and shown all the same.
              {mayChangeRules ? '' : ' An admin of the workspace can add one.'}
            </EmptyState>
          }
        />
      </Panel>
      {intent?.kind === 'add' ? <MaintenanceDialog scope={scope} existing={null} onClose={close} /> : null}
      {intent?.kind === 'change' ? (
        <MaintenanceDialog scope={scope} existing={intent.window} onClose={close} />
      ) : null}
      {intent?.kind === 'delete' ? (
        <DeleteDialog scope={scope} window={intent.window} onClose={close} />
      ) : null}
    </>
  );
}

const ranks: Readonly<Record<WindowState['state'], number>> = { holds: 0, 'to come': 1, over: 2 };

function inOrder(windows: readonly WireMaintenance[]): readonly WireMaintenance[] {
  const now = Date.now();
  const placed = windows.map((window) => {
    const found = windowState(window.schedule, now);
    return { window, rank: found === null ? 3 : ranks[found.state], at: found?.at ?? 0 };
  });
  return placed.toSorted((a, b) => a.rank - b.rank || a.at - b.at).map(({ window }) => window);
}

function columnsFor(
  mayChange: boolean,
  onIntent: (intent: Intent) => void,
): readonly Column<WireMaintenance>[] {
  return [
    {
      header: 'Window',
      width: 'minmax(0, 5fr)',
      onPhone: 'title',
      cell: (row) => (
        <div className="min-w-0 space-y-0.5">
          <p className="font-medium break-words">{row.name}</p>
          <p className="text-xs break-words text-muted">{scheduleWords(row.schedule)}</p>
        </div>
      ),
    },
    {
      header: 'Alerts',
      width: 'minmax(0, 4fr)',
      cell: (row) => <MatcherList matchers={row.matchers} />,
    },
    {
      header: 'Why',
      width: 'minmax(0, 3fr)',
      cell: (row) => (
        <span className="break-words">
          {row.comment}{' '}
          <span className="text-muted">{row.comment === '' ? row.author : `(${row.author})`}</span>
        </span>
      ),
    },
    { header: 'State', width: '12rem', cell: (row) => <State window={row} /> },
    ...(mayChange
      ? [
          {
            header: 'Actions',
            width: '7.5rem',
            align: 'end' as const,
            cell: (row: WireMaintenance) => (
              <span className="inline-flex items-center gap-1">
                <Button
                  aria-label={`Change ${row.name}`}
                  onClick={() => onIntent({ kind: 'change', window: row })}
                >
                  Change
                </Button>
                <IconButton
                  icon="trash"
                  label={`Delete ${row.name}`}
                  onClick={() => onIntent({ kind: 'delete', window: row })}
                />
              </span>
            ),
          },
        ]
      : []),
  ];
}

function State({ window }: { readonly window: WireMaintenance }) {
  const now = useNow();
  const found = windowState(window.schedule, now);
  if (found === null) return <span className="text-muted">Never comes</span>;
  const { state, at } = found;
  if (state === 'over')
    return (
      <span className="text-muted" title={momentWords(at)}>
        Over
      </span>
    );
  const left = formatDuration(at - now);
  return (
    <span title={momentWords(at)} className="inline-flex flex-wrap items-center gap-1.5 tabular">
      <Badge tone={state === 'holds' ? 'run' : 'none'}>{state === 'holds' ? 'Holds' : 'To come'}</Badge>
      {state === 'holds' ? `${left} left` : `in ${left}`}
    </span>
  );
}

function DeleteDialog({
  scope,
  window,
  onClose,
}: {
  readonly scope: MetricScope;
  readonly window: WireMaintenance;
  readonly onClose: () => void;
}) {
  const remove = useDeleteMaintenance(scope);
  return (
    <ConfirmDialog
      open
      title={`Delete ${window.name}?`}
      action="Delete"
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate(window.maintenance_id, { onSuccess: onClose })}
    >
      <p>{scheduleWords(window.schedule)}. What it keeps quiet and still fires is told of again at once.</p>
    </ConfirmDialog>
  );
}
