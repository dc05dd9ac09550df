/** The workspace's documents: what campaigns may read and cite. */
import type { DocumentSummary } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { IconButton } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { DropZone } from '../../components/drop-zone.tsx';
import { EmptyState, Notice } from '../../components/feedback.tsx';
import { PageHeader, Panel } from '../../components/panel.tsx';
import { Ago } from '../../components/time.tsx';
import { acceptedFiles, useDeleteDocument, useDocuments } from '../../data/documents.ts';
import { useUploadQueue } from '../../data/upload-queue.ts';
import { countOf, formatBytes } from '../../format/number.ts';

/** The document list. */
export function DocumentListPage() {
  const listing = useDocuments();
  const { isUploading, problems, upload } = useUploadQueue();
  const [doomed, setDoomed] = useState<DocumentSummary | null>(null);
  return (
    <>
      <PageHeader
        title="Documents"
        note={
          listing.total === null
            ? 'What campaigns read and cite.'
            : `${countOf(listing.total, 'document')} that campaigns may read and cite.`
        }
      />
      <div className="mb-4 space-y-3">
        <DropZone accept={acceptedFiles} onFiles={(files) => void upload(files)}>
          <span className="font-medium">
            {isUploading ? 'Storing the files' : 'Drop files here, or choose them'}
          </span>
          <span className="text-xs text-muted">Markdown, text, HTML or CSV, up to 5 MB each</span>
        </DropZone>
        {problems.map((problem) => (
          <Notice key={problem} tone="bad">
            {problem}
          </Notice>
        ))}
      </div>
      <Panel flush>
        <DataTable
          label="Documents"
          columns={columnsOf(setDoomed)}
          listing={listing}
          keyOf={(row) => row.id}
          empty={
            <EmptyState icon="document" title="No document yet">
              Drop product notes, interviews or competitor notes above. Campaigns quote them word by word.
            </EmptyState>
          }
        />
      </Panel>
      {doomed === null ? null : <DeleteDialog document={doomed} onClose={() => setDoomed(null)} />}
    </>
  );
}

function columnsOf(onDelete: (document: DocumentSummary) => void): readonly Column<DocumentSummary>[] {
  return [
    {
      header: 'Title',
      width: 'minmax(0, 1fr)',
      onPhone: 'title',
      cell: (row) => (
        <Link
          to="/w/$workspaceId/documents/$documentId"
          params={{ workspaceId: row.workspace_id, documentId: row.id }}
          className="font-medium break-words after:absolute after:inset-0"
        >
          {row.title}
        </Link>
      ),
    },
    { header: 'Type', width: '7.5rem', cell: (row) => <span className="text-muted">{row.media_type}</span> },
    { header: 'Size', width: '5.5rem', align: 'end', cell: (row) => formatBytes(row.size_bytes) },
    { header: 'Stored', width: '6rem', align: 'end', cell: (row) => <Ago at={row.created_at} /> },
    {
      header: 'Delete',
      width: '3rem',
      align: 'end',
      cell: (row) => (
        <IconButton
          icon="trash"
          label={`Delete ${row.title}`}
          className="relative -my-1.5"
          onClick={() => onDelete(row)}
        />
      ),
    },
  ];
}

function DeleteDialog({
  document,
  onClose,
}: {
  readonly document: DocumentSummary;
  readonly onClose: () => void;
}) {
  const remove = useDeleteDocument();
  return (
    <ConfirmDialog
      open
      title="Delete this document?"
      action="Delete"
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate(document.id, { onSuccess: onClose })}
    >
      <p>
        <span className="font-medium">{document.title}</span> and everything indexed from it is deleted for
        good. Campaigns that cite it keep their quotes but can no longer open it.
      </p>
    </ConfirmDialog>
  );
}
