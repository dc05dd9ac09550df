/** Reads and stores documents. */
import type { DocumentMediaType, DocumentSummary } from '@raptorflow/contract';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { formatBytes } from '../format/number.ts';
import { listQuery, type Listing, useListing } from './pages.ts';
import { type Scope, useScope } from './scope.ts';

/** Largest file that is sent; the server refuses more. */
const fileBytesMax = 5_000_000;

const mediaTypes: Readonly<Record<string, DocumentMediaType>> = {
  csv: 'text/csv',
  htm: 'text/html',
  html: 'text/html',
  markdown: 'text/markdown',
  md: 'text/markdown',
  txt: 'text/plain',
};

/** What a file chooser offers. */
export const acceptedFiles = Object.keys(mediaTypes)
  .map((extension) => `.${extension}`)
  .join(',');

/** A file's media type, or why it cannot be taken. Browsers do not know Markdown, so the name decides. */
export function admitFile(file: {
  readonly name: string;
  readonly size: number;
}): { readonly mediaType: DocumentMediaType } | { readonly refusal: string } {
  const extension = file.name.includes('.') ? (file.name.split('.').at(-1) ?? '').toLowerCase() : '';
  const mediaType = mediaTypes[extension];
  if (mediaType === undefined) {
    return { refusal: `${file.name} is not Markdown, text, HTML or CSV. Convert it to one of these first.` };
  }
  if (file.size === 0) return { refusal: `${file.name} is empty.` };
  if (file.size > fileBytesMax) {
    return {
      refusal: `${file.name} has ${formatBytes(file.size)}; a document may have ${formatBytes(fileBytesMax)}. Split it.`,
    };
  }
  return { mediaType };
}

/** The workspace's documents, newest first. */
export function useDocuments(): Listing<DocumentSummary> {
  const { api, workspaceId } = useScope();
  return useListing(
    listQuery([workspaceId, 'documents', 'list'], (cursor, signal) =>
      api.documents.list({ query: { cursor }, signal }),
    ),
  );
}

/** One document with its text; a stored document never changes. */
function documentQuery({ api, workspaceId }: Scope, documentId: string) {
  return queryOptions({
    queryKey: [workspaceId, 'documents', documentId],
    queryFn: ({ signal }) => api.documents.get({ params: { document_id: documentId }, signal }),
    staleTime: Infinity,
  });
}

/** One document of the current workspace. */
export function useDocument(documentId: string) {
  return useQuery(documentQuery(useScope(), documentId));
}

/** Stores a file whose media type has been settled. */
export function useUpload() {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (input: { readonly file: File; readonly mediaType: DocumentMediaType }) =>
      api.documents.create({
        body: { title: input.file.name, media_type: input.mediaType, text: await input.file.text() },
      }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'documents', 'list'] }),
  });
}

/** Deletes a document. */
export function useDeleteDocument() {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (documentId: string) => api.documents.delete({ params: { document_id: documentId } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'documents'] }),
  });
}
