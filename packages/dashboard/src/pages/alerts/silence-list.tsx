/** Silences that hold, are to come, or ended within a day. */
import type { WireSilence } from '@raptorflow/contract';
import { useMemo, useState } from 'react';

import { type MetricScope, useAddressedScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { type Column, DataTable, wholeListing } from '../../components/data-table.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { Badge } from '../../components/status.tsx';
import { Ago, useNow } from '../../components/time.tsx';
import { useExpireSilence, useSilences } from '../../data/alerts.ts';
import { countOf } from '../../format/number.ts';
import { formatDuration, formatMoment } from '../../format/time.ts';
import { useAlertRights } from './alert-rights.ts';
import { MatcherList } from './matcher-list.tsx';
import { SilenceDialog } from './silence-dialog.tsx';
import { silenceState } from './silence-form.ts';

/** The silences; those that end next stand first, those that are over last. */
export function SilencesPage() {
  const { scope } = useAddressedScope();
  const { mayAct } = useAlertRights();
  const silences = useSilences(scope);
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState<WireSilence | null>(null);
  const columns = useMemo(() => columnsFor(mayAct, setEnding), [mayAct]);
  return (
    <>
      <Panel
        flush
        title="Silences"
        note={silences.data === undefined ? undefined : countOf(silences.data.length, 'silence')}
        actions={
          mayAct ? (
            <Button icon="plus" onClick={() => setAdding(true)}>
              New silence
            </Button>
          ) : undefined
        }
      >
        <DataTable
          label="Silences"
          columns={columns}
          listing={wholeListing(inOrder(silences.data ?? []), silences)}
          keyOf={(row) => row.silence_id}
          empty={
            <EmptyState icon="pause" title="Nothing is silenced">
              A silence keeps alerts quiet for a while, for example during planned work. They are watched and
              shown all the same.
            </EmptyState>
          }
        />
      </Panel>
      {adding ? <SilenceDialog scope={scope} onClose={() => setAdding(false)} /> : null}
      {ending === null ? null : <EndDialog scope={scope} silence={ending} onClose={() => setEnding(null)} />}
    </>
  );
}

function inOrder(silences: readonly WireSilence[]): readonly WireSilence[] {
  const now = Date.now();
  const isOver = (silence: WireSilence) => Number(silenceState(silence, now) === 'over');
  return silences.toSorted((a, b) => isOver(a) - isOver(b) || Date.parse(a.ends_at) - Date.parse(b.ends_at));
}

function columnsFor(mayAct: boolean, onEnd: (silence: WireSilence) => void): readonly Column<WireSilence>[] {
  return [
    {
      header: 'Alerts',
      width: 'minmax(0, 5fr)',
      onPhone: 'title',
      cell: (row) => <MatcherList matchers={row.matchers} />,
    },
    {
      header: 'Why',
      width: 'minmax(0, 4fr)',
      cell: (row) => (
        <span className="break-words">
          {row.comment} <span className="text-muted">({row.author})</span>
        </span>
      ),
    },
    { header: 'Time left', width: '11rem', cell: (row) => <TimeLeft silence={row} /> },
    ...(mayAct
      ? [
          {
            header: 'Action',
            width: '6rem',
            align: 'end' as const,
            cell: (row: WireSilence) => <EndButton silence={row} onEnd={onEnd} />,
          },
        ]
      : []),
  ];
}

function TimeLeft({ silence }: { readonly silence: WireSilence }) {
  const now = useNow();
  const state = silenceState(silence, now);
  if (state === 'over') {
    return (
      <span className="text-muted">
        ended <Ago at={silence.ends_at} />
      </span>
    );
  }
  const moment = state === 'holds' ? silence.ends_at : silence.starts_at;
  const left = formatDuration(Date.parse(moment) - now);
  return (
    <span title={formatMoment(moment)} className="inline-flex flex-wrap items-center gap-1.5 tabular">
      <Badge tone={state === 'holds' ? 'run' : 'none'}>{state === 'holds' ? 'Holds' : 'To come'}</Badge>
      {state === 'holds' ? `${left} left` : `in ${left}`}
    </span>
  );
}

function EndButton({
  silence,
  onEnd,
}: {
  readonly silence: WireSilence;
  readonly onEnd: (silence: WireSilence) => void;
}) {
  const now = useNow();
  if (silenceState(silence, now) === 'over') return null;
  return (
    <Button aria-label={`End the silence “${silence.comment}” now`} onClick={() => onEnd(silence)}>
      End now
    </Button>
  );
}

function EndDialog({
  scope,
  silence,
  onClose,
}: {
  readonly scope: MetricScope;
  readonly silence: WireSilence;
  readonly onClose: () => void;
}) {
  const expire = useExpireSilence(scope);
  return (
    <ConfirmDialog
      open
      title="End this silence now?"
      action="End it"
      tone="solid"
      busy={expire.isPending}
      error={expire.error}
      onClose={onClose}
      onConfirm={() => expire.mutate(silence.silence_id, { onSuccess: onClose })}
    >
      <p>
        “{silence.comment}” by {silence.author}. What it matches and still fires is told of again at once.
      </p>
    </ConfirmDialog>
  );
}
