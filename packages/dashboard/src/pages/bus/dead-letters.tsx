/** Events that were given up, with the error and every attempt; each can be given back or deleted. */
import type { DeadLetter, DeadLetterReason, DeadLetterSelection } from '@raptorflow/contract';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { EmptyState, ErrorNotice, Loading, Notice } from '../../components/feedback.tsx';
import { SelectField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { useDeadLetterAction, useDeadLetters } from '../../data/bus.ts';
import { useScope } from '../../data/scope.ts';
import { useSession } from '../../data/session.ts';
import { countOf } from '../../format/number.ts';
import { humanize } from '../../format/words.ts';
import { isOneOf } from '../../search.ts';
import { DeadLetterRow } from './dead-letter-row.tsx';

const reasons: readonly DeadLetterReason[] = [
  'max_retries_exceeded',
  'schema_violation',
  'routing_error',
  'processing_timeout',
  'expired',
  'loop_detected',
];

/** What is about to be deleted, and how it is called. */
interface Doomed {
  readonly selection: DeadLetterSelection;
  readonly what: string;
}

/** The dead letters. */
export function DeadLettersPage() {
  const mayAct = useMayAct();
  const { reason, letter: sought } = useSearch({ from: '/w/$workspaceId/bus/dead-letters' });
  const chosen = isOneOf(reasons, reason) ? reason : undefined;
  const letters = useDeadLetters(chosen);
  const redrive = useDeadLetterAction('redrive');
  const [doomed, setDoomed] = useState<Doomed | null>(null);
  return (
    <div className="space-y-3">
      {redrive.data ? (
        <Notice tone="ok">
          {countOf(redrive.data.count, 'dead letter')} given back to the group that failed.
        </Notice>
      ) : null}
      <Missing letters={letters} sought={sought} />
      {redrive.error ? <ErrorNotice error={redrive.error} /> : null}
      <Panel
        flush
        title="Dead letters"
        note={letters.total === null ? undefined : countOf(letters.total, 'event')}
        actions={
          <div className="flex flex-wrap items-center gap-2">
            <ReasonFilter chosen={chosen} />
            {chosen !== undefined && mayAct && letters.items.length > 0 ? (
              <>
                <Button
                  icon="redo"
                  busy={redrive.isPending}
                  onClick={() => redrive.mutate({ reason: chosen })}
                >
                  Redrive all of these
                </Button>
                <Button
                  tone="danger"
                  icon="trash"
                  onClick={() =>
                    setDoomed({
                      selection: { reason: chosen },
                      what: `every dead letter of the reason “${humanize(chosen)}”`,
                    })
                  }
                >
                  Discard all
                </Button>
              </>
            ) : null}
          </div>
        }
      >
        <DeadLetterList
          letters={letters}
          filtered={chosen !== undefined}
          sought={sought}
          renderRow={(letter) => (
            <DeadLetterRow
              letter={letter}
              mayAct={mayAct}
              busy={redrive.isPending}
              open={letter.id === sought}
              onRedrive={() => redrive.mutate({ ids: [letter.id] })}
              onDiscard={() => setDoomed({ selection: { ids: [letter.id] }, what: 'this dead letter' })}
            />
          )}
        />
      </Panel>
      {doomed === null ? null : <DiscardDialog doomed={doomed} onClose={() => setDoomed(null)} />}
    </div>
  );
}

/** Whether the reader may give dead letters back and delete them. */
function useMayAct(): boolean {
  const { workspaceId } = useScope();
  const role = useSession().workspaces.find((one) => one.workspace_id === workspaceId)?.role;
  return role === 'owner' || role === 'admin';
}

/** Somebody came to see a dead letter that is not among those shown. */
function Missing({
  letters,
  sought,
}: {
  readonly letters: ReturnType<typeof useDeadLetters>;
  readonly sought: string | undefined;
}) {
  const missing = !letters.isPending && letters.items.every((letter) => letter.id !== sought);
  if (sought === undefined || !missing) return null;
  return (
    <Notice>
      The dead letter <code className="break-all">{sought}</code> is not among those below: it was given back
      or discarded, or stands further down.
    </Notice>
  );
}

function DeadLetterList({
  letters,
  filtered,
  sought,
  renderRow,
}: {
  readonly letters: ReturnType<typeof useDeadLetters>;
  readonly filtered: boolean;
  readonly sought: string | undefined;
  readonly renderRow: (letter: DeadLetter) => React.ReactNode;
}) {
  if (letters.isPending) return <Loading rows={4} label="Reading the dead letters" />;
  if (letters.error && letters.items.length === 0) {
    return (
      <div className="p-4">
        <ErrorNotice error={letters.error} retry={letters.retry} />
      </div>
    );
  }
  if (letters.items.length === 0) {
    return filtered ? (
      <EmptyState icon="filter" title="No dead letter has this reason">
        Choose “Every reason” to see all of them.
      </EmptyState>
    ) : (
      <EmptyState icon="check" title="No dead letters">
        Every event was handled. One that a group gives up after its retries is kept here for 30 days, with
        the error, and can be redriven.
      </EmptyState>
    );
  }
  const place = letters.items.findIndex((letter) => letter.id === sought);
  return (
    <VirtualList
      label="Dead letters"
      items={letters.items}
      keyOf={(letter) => letter.id}
      hasMore={letters.hasMore}
      loadMore={letters.loadMore}
      {...(place > 0 ? { startAt: place } : {})}
      renderRow={renderRow}
    />
  );
}

function ReasonFilter({ chosen }: { readonly chosen: DeadLetterReason | undefined }) {
  const { workspaceId } = useScope();
  const navigate = useNavigate();
  return (
    <SelectField
      label="Reason"
      hideLabel
      value={chosen ?? ''}
      options={[['', 'Every reason'], ...reasons.map((word) => [word, humanize(word)] as const)]}
      onChange={(event) =>
        void navigate({
          to: '/w/$workspaceId/bus/dead-letters',
          params: { workspaceId },
          search: event.target.value === '' ? {} : { reason: event.target.value },
        })
      }
    />
  );
}

function DiscardDialog({ doomed, onClose }: { readonly doomed: Doomed; readonly onClose: () => void }) {
  const discard = useDeadLetterAction('discard');
  return (
    <ConfirmDialog
      open
      title={`Discard ${doomed.what}?`}
      action="Discard"
      busy={discard.isPending}
      error={discard.error}
      onClose={onClose}
      onConfirm={() => discard.mutate(doomed.selection, { onSuccess: onClose })}
    >
      <p>It is deleted for good; no group will handle it. To have it handled, redrive it instead.</p>
    </ConfirmDialog>
  );
}
