/** Chooses a campaign's documents: dropped files are stored and chosen, stored ones are ticked. */
import type { DocumentSummary } from '@raptorflow/contract';

import { DropZone } from '../../components/drop-zone.tsx';
import { ErrorNotice, Notice } from '../../components/feedback.tsx';
import { acceptedFiles, useDocuments } from '../../data/documents.ts';
import { useUploadQueue } from '../../data/upload-queue.ts';
import { formatBytes } from '../../format/number.ts';

interface DocumentChooserProps {
  readonly chosen: readonly DocumentSummary[];
  readonly onChoose: (documents: readonly DocumentSummary[]) => void;
}

/** The chooser. */
export function DocumentChooser({ chosen, onChoose }: DocumentChooserProps) {
  const { isUploading, problems, upload } = useUploadQueue();
  const take = (files: readonly File[]) =>
    void upload(files).then((stored) => {
      const known = new Set(chosen.map((document) => document.id));
      onChoose([...chosen, ...stored.filter((document) => !known.has(document.id))]);
    });
  return (
    <div className="space-y-3">
      <DropZone accept={acceptedFiles} onFiles={take}>
        <span className="font-medium">
          {isUploading ? 'Storing the files' : 'Drop files here, or choose them'}
        </span>
        <span className="text-xs text-muted">
          Product notes, interviews, reviews, competitor notes, pricing: Markdown, text, HTML or CSV, up to 5
          MB each.
        </span>
      </DropZone>
      {problems.map((problem) => (
        <Notice key={problem} tone="bad">
          {problem}
        </Notice>
      ))}
      <StoredDocuments chosen={chosen} onChoose={onChoose} />
    </div>
  );
}

function StoredDocuments({ chosen, onChoose }: DocumentChooserProps) {
  const stored = useDocuments();
  if (stored.error) return <ErrorNotice error={stored.error} retry={stored.retry} />;
  if (stored.items.length === 0) return null;
  const chosenIds = new Set(chosen.map((document) => document.id));
  const toggle = (document: DocumentSummary) =>
    onChoose(
      chosenIds.has(document.id) ? chosen.filter((one) => one.id !== document.id) : [...chosen, document],
    );
  return (
    <fieldset>
      <legend className="mb-1 text-xs text-muted">Stored documents</legend>
      <div className="grid max-h-64 gap-x-4 overflow-y-auto sm:grid-cols-2">
        {stored.items.map((document) => (
          <label
            key={document.id}
            className="flex min-w-0 items-center gap-2.5 rounded-md px-2 py-1.5 hover:bg-hover"
          >
            <input
              type="checkbox"
              className="accent-accent"
              checked={chosenIds.has(document.id)}
              onChange={() => toggle(document)}
            />
            <span className="min-w-0 flex-1 truncate">{document.title}</span>
            <span className="text-xs whitespace-nowrap text-muted tabular">
              {formatBytes(document.size_bytes)}
            </span>
          </label>
        ))}
      </div>
      {stored.hasMore ? (
        <button type="button" className="mt-1 text-xs text-accent hover:underline" onClick={stored.loadMore}>
          Show more documents
        </button>
      ) : null}
    </fieldset>
  );
}
