/** Documents in the words of the wire. */
import type { Document, DocumentSummary as WireSummary } from '@raptorflow/contract';
import type { DocumentSummary, StoredDocument } from '@raptorflow/runtime';

/** A document without its text. */
export function documentSummaryToWire(document: DocumentSummary): WireSummary {
  return {
    id: document.id,
    workspace_id: document.workspaceId,
    title: document.title,
    media_type: document.mediaType,
    size_bytes: document.sizeBytes,
    character_count: document.characterCount,
    sha256: document.sha256,
    created_by: document.createdBy,
    created_at: new Date(document.createdAt).toISOString(),
  };
}

/** A whole document. */
export function documentToWire(document: StoredDocument): Document {
  return { ...documentSummaryToWire(document), text: document.text };
}
