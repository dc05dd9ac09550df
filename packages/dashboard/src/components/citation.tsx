/** Marks that lead from a sentence to the place it comes from, and the sheet that shows that place. */
import type { Citation } from '@raptorflow/contract';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';

import { useDocument } from '../data/documents.ts';
import { useScope } from '../data/scope.ts';
import { wholeNumber } from '../search.ts';
import { Sheet } from './dialog.tsx';
import { ErrorNotice, Loading } from './feedback.tsx';
import { Icon } from './icon.tsx';
import { QuotedText } from './quoted-text.tsx';

/** The search of an address that has the source of `citation` open. */
function openSource(citation: Citation) {
  return (search: Readonly<Record<string, unknown>>) => ({
    ...search,
    source: citation.document_id,
    start: String(citation.start),
    end: String(citation.end),
  });
}

/** Small numbers behind a sentence, one per source; each opens the document at the quote. */
export function CitationMarks({
  citations,
  numberOf,
}: {
  readonly citations: readonly Citation[];
  readonly numberOf: (documentId: string) => number;
}) {
  return (
    <>
      {citations.map((citation) => (
        <Link
          key={`${citation.document_id}:${citation.start}:${citation.end}`}
          to="."
          search={openSource(citation)}
          resetScroll={false}
          title={`${citation.title}: “${citation.quote}”`}
          aria-label={`Source ${numberOf(citation.document_id)}, ${citation.title}`}
          className="ml-0.5 rounded-sm bg-accent-soft px-1 align-[0.2em] text-2xs leading-4 font-medium text-accent no-underline tabular hover:bg-accent hover:text-canvas"
        >
          {numberOf(citation.document_id)}
        </Link>
      ))}
    </>
  );
}

/** The quote itself with its document, for places with room. */
export function CitationQuote({ citation }: { readonly citation: Citation }) {
  return (
    <Link
      to="."
      search={openSource(citation)}
      resetScroll={false}
      className="group block border-l-2 border-line py-0.5 pl-2.5 text-xs hover:border-accent"
    >
      <span className="text-text">“{citation.quote}”</span>{' '}
      <span className="whitespace-nowrap text-muted group-hover:text-accent">{citation.title}</span>
    </Link>
  );
}

/** Gives each document a number, in order of first appearance. */
export function numberDocuments(documentIds: Iterable<string>): (documentId: string) => number {
  const numbers = new Map<string, number>();
  const numberOf = (documentId: string): number => {
    const known = numbers.get(documentId);
    if (known !== undefined) return known;
    numbers.set(documentId, numbers.size + 1);
    return numbers.size;
  };
  for (const documentId of documentIds) numberOf(documentId);
  return numberOf;
}

/** The sheet that shows the document named in the address, at the quote. */
export function SourceSheet() {
  const search = useSearch({ strict: false });
  const navigate = useNavigate();
  const { source } = search;
  if (source === undefined) return null;
  const close = () =>
    void navigate({
      to: '.',
      search: ({ source: _source, start: _start, end: _end, ...rest }) => rest,
      resetScroll: false,
    });
  return (
    <OpenSource
      documentId={source}
      start={wholeNumber(search.start)}
      end={wholeNumber(search.end)}
      onClose={close}
    />
  );
}

function OpenSource({
  documentId,
  start,
  end,
  onClose,
}: {
  readonly documentId: string;
  readonly start: number | null;
  readonly end: number | null;
  readonly onClose: () => void;
}) {
  const { workspaceId } = useScope();
  const document = useDocument(documentId);
  return (
    <Sheet
      open
      onClose={onClose}
      title={document.data?.title ?? 'Source'}
      description={
        <Link
          to="/w/$workspaceId/documents/$documentId"
          params={{ workspaceId, documentId }}
          search={start === null || end === null ? {} : { start: String(start), end: String(end) }}
          className="inline-flex items-center gap-1 text-accent hover:underline"
        >
          Open the whole document <Icon name="external" className="size-3" />
        </Link>
      }
    >
      {document.isPending ? <Loading rows={8} label="Reading the document" /> : null}
      {document.error ? <ErrorNotice error={document.error} retry={() => void document.refetch()} /> : null}
      {document.data ? <QuotedText text={document.data.text} start={start} end={end} /> : null}
    </Sheet>
  );
}
