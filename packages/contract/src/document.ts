/** Documents: the sources that research reads and citations point into. */
import { z } from 'zod';

import { countSchema, identifierSchema, pageQuerySchema, pageSchema, timestampSchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

/** Largest document, in bytes of UTF-8. */
export const documentBytesMax = 5_000_000;

/** What a document may be; anything else is refused with the list. */
export const documentMediaTypes = ['text/markdown', 'text/plain', 'text/html', 'text/csv'] as const;

/** The media type of a document. */
export const documentMediaTypeSchema = z.enum(documentMediaTypes);
export type DocumentMediaType = z.infer<typeof documentMediaTypeSchema>;

const documentShape = {
  id: identifierSchema,
  workspace_id: identifierSchema,
  title: z.string(),
  media_type: documentMediaTypeSchema,
  size_bytes: countSchema,
  character_count: countSchema,
  sha256: z.string(),
  created_by: identifierSchema.nullable(),
  created_at: timestampSchema,
};

/** A document as lists show it. */
export const documentSummarySchema = z.object(documentShape).meta({ id: 'DocumentSummary' });
export type DocumentSummary = z.infer<typeof documentSummarySchema>;

/** A document whole. Citation offsets count UTF-16 code units (a JavaScript string's indices) of `text`. */
export const documentSchema = z.object({ ...documentShape, text: z.string() }).meta({ id: 'Document' });
export type Document = z.infer<typeof documentSchema>;

/**
 * Where a sentence comes from. `quote` is `text.slice(start, end)` of the document, exactly; offsets count UTF-16 code units.
 */
export const citationSchema = z
  .object({
    document_id: identifierSchema,
    title: z.string(),
    start: countSchema,
    end: countSchema,
    quote: z.string(),
  })
  .meta({ id: 'Citation' });
export type Citation = z.infer<typeof citationSchema>;

const params = z.strictObject({ document_id: identifierSchema });

/** Routes of documents. */
export const documentRoutes = defineRoutes({
  create: {
    method: 'POST',
    path: '/api/v1/documents',
    role: 'member',
    tag: 'documents',
    summary: 'Store a document given as text. The same text under the same title is stored once.',
    body: z.strictObject({
      title: z.string().trim().min(1).max(300),
      media_type: documentMediaTypeSchema.default('text/markdown'),
      text: z.string().min(1),
    }),
    response: documentSummarySchema,
    status: 201,
    bodyBytesMax: 2 * documentBytesMax,
  },
  delete: {
    method: 'DELETE',
    path: '/api/v1/documents/:document_id',
    role: 'member',
    tag: 'documents',
    summary: 'Delete a document and everything indexed from it.',
    params,
    response: z.object({ deleted: z.literal(true) }),
  },
  get: {
    method: 'GET',
    path: '/api/v1/documents/:document_id',
    role: 'viewer',
    tag: 'documents',
    summary: 'Show one document with its text.',
    params,
    response: documentSchema,
  },
  list: {
    method: 'GET',
    path: '/api/v1/documents',
    role: 'viewer',
    tag: 'documents',
    summary: "List the workspace's documents, newest first.",
    query: pageQuerySchema,
    response: pageSchema(documentSummarySchema),
  },
  upload: {
    method: 'POST',
    path: '/api/v1/documents/upload',
    role: 'member',
    tag: 'documents',
    summary: 'Store files sent as form data, each in a field named "file"; the file name becomes the title.',
    response: z.object({ items: z.array(documentSummarySchema) }),
    status: 201,
    encoding: 'multipart',
    bodyBytesMax: 4 * documentBytesMax,
  },
});
