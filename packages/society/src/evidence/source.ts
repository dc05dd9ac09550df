/** How a document is written. */
export type SourceMediaType = 'text/markdown' | 'text/plain' | 'text/html' | 'text/csv';

/** A document as it was supplied. Every offset is an index into `text` (UTF-16 code units). */
export interface SourceDocument {
  readonly documentId: string;
  readonly title: string;
  readonly mediaType: SourceMediaType;
  readonly text: string;
  /** ISO day on which it was written, where that is known from outside. */
  readonly date?: string | undefined;
}

/** A place in a source. Invariant: `quote === source.text.slice(start, end)`. */
export interface Citation {
  readonly documentId: string;
  readonly title: string;
  readonly start: number;
  readonly end: number;
  readonly quote: string;
  /** The headings above the quote, outermost first, where known. */
  readonly section: readonly string[];
}

/** How far a statement can be trusted, by the documents' own words. */
export type Standing = 'stated' | 'disputed' | 'outdated' | 'draft';
