/** The journal: every entry exactly as it was appended. */
import { Disclosure } from '../../components/disclosure.tsx';
import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Payload } from '../../components/payload.tsx';
import { Clock } from '../../components/time.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { useRunJournal } from '../../data/runs.ts';

/** The entries of one run, oldest first. */
export function JournalList({ runId }: { readonly runId: string }) {
  const journal = useRunJournal(runId);
  if (journal.isPending) return <Loading rows={6} label="Reading the journal" />;
  if (journal.error) {
    return (
      <div className="p-4">
        <ErrorNotice error={journal.error} retry={journal.retry} />
      </div>
    );
  }
  if (journal.items.length === 0) {
    return (
      <EmptyState icon="runs" title="The journal is empty">
        Its first entry is written when the run starts.
      </EmptyState>
    );
  }
  return (
    <VirtualList
      label="Journal entries"
      items={journal.items}
      keyOf={(entry) => String(entry.sequence)}
      hasMore={journal.hasMore}
      loadMore={journal.loadMore}
      renderRow={(entry) => (
        <Disclosure
          summary={
            <span className="flex min-w-0 flex-1 items-baseline gap-3">
              <span className="w-8 shrink-0 text-right text-xs text-muted tabular">{entry.sequence}</span>
              <span className="min-w-0 flex-1 truncate">
                <span className="font-medium">{entry.type}</span>{' '}
                <span className="text-muted">{entry.step}</span>
              </span>
              <span className="text-xs text-muted">
                <Clock at={entry.timestamp} />
              </span>
            </span>
          }
        >
          <p className="text-xs break-all text-muted">
            Hash over this entry and the one before it: <code className="select-all">{entry.hash}</code>
          </p>
          <Payload label="the entry" value={entry.payload} />
        </Disclosure>
      )}
    />
  );
}
