export {
  createDocuments,
  type Documents,
  type DocumentsDeps,
  type DocumentsOptions,
  type DocumentSource,
  type DocumentSummary,
  type NewDocument,
  type StoredDocument,
} from './document-store.ts';
export { documentMediaTypes, readDocument, type DocumentMediaType } from './document-text.ts';
export { documentMigrations, documentTables } from './tables.ts';
