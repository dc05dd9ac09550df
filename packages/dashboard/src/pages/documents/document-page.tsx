/** One document whole, at the quote that the address names. */
import { useParams, useSearch } from '@tanstack/react-router';

import { FailedPage } from '../../components/failed-page.tsx';
import { Loading } from '../../components/feedback.tsx';
import { Trail } from '../../components/trail.tsx';
import { PageHeader, Panel } from '../../components/panel.tsx';
import { QuotedText } from '../../components/quoted-text.tsx';
import { Ago } from '../../components/time.tsx';
import { useDocument } from '../../data/documents.ts';
import { countOf, formatBytes } from '../../format/number.ts';
import { wholeNumber } from '../../search.ts';

/** The document's page. */
export function DocumentPage() {
  const { documentId } = useParams({ from: '/w/$workspaceId/documents/$documentId' });
  const { start, end } = useSearch({ from: '/w/$workspaceId/documents/$documentId' });
  const document = useDocument(documentId);
  if (document.isPending) return <Loading rows={10} label="Reading the document" />;
  if (document.error) {
    return (
      <FailedPage
        what="document"
        trail={<Trail to="/w/$workspaceId/documents">Documents</Trail>}
        error={document.error}
        retry={() => void document.refetch()}
      />
    );
  }
  const { title, media_type: mediaType, size_bytes: bytes, character_count: characters } = document.data;
  return (
    <>
      <PageHeader
        title={title}
        trail={<Trail to="/w/$workspaceId/documents">Documents</Trail>}
        note={
          <>
            {mediaType}, {formatBytes(bytes)}, {countOf(characters, 'character')}, stored{' '}
            <Ago at={document.data.created_at} />
          </>
        }
      />
      <Panel>
        <QuotedText text={document.data.text} start={wholeNumber(start)} end={wholeNumber(end)} />
      </Panel>
    </>
  );
}
