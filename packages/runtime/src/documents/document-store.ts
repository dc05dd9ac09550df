import { createHash } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import { z } from 'zod';
import {
  createIds,
  parseOptions,
  RaptorFlowError,
  systemClock,
  type Clock,
  type Ids,
} from 'raptorflow/kernel';
import type { Database, UnitOfWork } from '../db/index.ts';
import {
  documentMediaTypes,
  readDocument,
  titleOf,
  type DocumentMediaType,
  type RawDocument,
} from './document-text.ts';
import type { DocumentTables } from './tables.ts';

/** Options of the documents; all optional. */
export interface DocumentsOptions {
  /** Bytes of one document. Default 5,000,000. */
  readonly documentBytesMax?: number;
  /** Documents in one workspace; as many as are added at the same moment may pass it. Default 1,000. */
  readonly documentsPerWorkspaceMax?: number;
}

/** What the documents need from outside. */
export interface DocumentsDeps {
  readonly db: Database;
  readonly clock?: Clock;
  readonly ids?: Ids;
}

/** A document to be stored. */
export interface NewDocument extends RawDocument {
  /** Default: the name of the file without folders and ending. */
  readonly title?: string;
  /** The user who added it. */
  readonly createdBy?: string;
}

/** A document without its text. */
export interface DocumentSummary {
  readonly id: string;
  readonly workspaceId: string;
  readonly title: string;
  readonly mediaType: DocumentMediaType;
  /** Of the text in UTF-8. */
  readonly sizeBytes: number;
  /** UTF-16 code units, the unit of every offset into the text. */
  readonly characterCount: number;
  /** Of the text in UTF-8, hexadecimal. */
  readonly sha256: string;
  readonly createdBy: string | null;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** A whole document. */
export interface StoredDocument extends DocumentSummary {
  readonly text: string;
}

/** A document as research reads it. */
export interface DocumentSource {
  readonly documentId: string;
  readonly title: string;
  readonly mediaType: DocumentMediaType;
  readonly text: string;
}

/** The documents of all workspaces. */
export interface Documents {
  /**
   * Stores a document, durable when it resolves, and publishes `document.stored` on `sys.state.update`. The same text
   * under the same title and media type is stored, and told of, once.
   * Throws `document_too_large`, `document_unsupported`, or `exhausted` when the workspace is full.
   */
  add(workspaceId: string, document: NewDocument): Promise<DocumentSummary>;
  /** Newest first. */
  list(workspaceId: string): Promise<DocumentSummary[]>;
  /** Throws `not_found`. */
  get(workspaceId: string, documentId: string): Promise<StoredDocument>;
  /** Deletes the document, takes it out of every campaign, and publishes `document.deleted`. Throws `not_found`. */
  delete(workspaceId: string, documentId: string): Promise<void>;
  /** Adds documents to a campaign, in this order, those that it has already left in their place. Throws `not_found` and then attaches none. */
  attach(workspaceId: string, campaignId: string, documentIds: readonly string[]): Promise<void>;
  /** The documents with these ids, in this order. Throws `not_found` when one is missing. */
  sources(workspaceId: string, documentIds: readonly string[]): Promise<DocumentSource[]>;
  /** The documents of a campaign, in the order in which they were attached. */
  sourcesOfCampaign(workspaceId: string, campaignId: string): Promise<DocumentSource[]>;
}

type Query = Kysely<DocumentTables>;
type Row = Selectable<DocumentTables['documents']>;

const optionsSchema = z.strictObject({
  documentBytesMax: z.int().positive().default(5_000_000),
  documentsPerWorkspaceMax: z.int().positive().default(1_000),
});

const summaryColumns = [
  'id',
  'workspace_id',
  'title',
  'media_type',
  'size_bytes',
  'character_count',
  'sha256',
  'created_by',
  'created_at',
] as const satisfies readonly (keyof Row)[];

/** Builds the documents. Throws `invalid_options`. */
export function createDocuments(options: DocumentsOptions, deps: DocumentsDeps): Documents {
  const limits = parseOptions('createDocuments', optionsSchema, options);
  const clock = deps.clock ?? systemClock;
  return new DocumentStore(limits, { db: deps.db, clock, ids: deps.ids ?? createIds({ clock }) });
}

class DocumentStore implements Documents {
  readonly #limits: Required<DocumentsOptions>;
  readonly #deps: Required<DocumentsDeps>;

  constructor(limits: Required<DocumentsOptions>, deps: Required<DocumentsDeps>) {
    this.#limits = limits;
    this.#deps = deps;
  }

  async add(workspaceId: string, document: NewDocument): Promise<DocumentSummary> {
    // Before anything is decoded or searched, so that a huge input costs nothing.
    this.#checkSize(sizeOf(document.content));
    const { mediaType, text } = readDocument(document);
    const sizeBytes = Buffer.byteLength(text);
    this.#checkSize(sizeBytes);
    const row: Row = {
      id: this.#deps.ids.next('doc'),
      workspace_id: workspaceId,
      title: titleOf(document.title, document.fileName),
      media_type: mediaType,
      text,
      size_bytes: sizeBytes,
      character_count: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      created_by: document.createdBy ?? null,
      created_at: this.#deps.clock.now(),
    };
    return this.#deps.db.transaction(workspaceId, async (tx) => {
      const stored = await this.#store(tx.query<DocumentTables>(), row);
      if (stored.id === row.id) announce(tx, 'document.stored', { document_id: row.id, title: row.title });
      return stored;
    });
  }

  async list(workspaceId: string): Promise<DocumentSummary[]> {
    const rows = await this.#query(workspaceId)
      .selectFrom('documents')
      .select(summaryColumns)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .execute();
    return rows.map(toSummary);
  }

  async get(workspaceId: string, documentId: string): Promise<StoredDocument> {
    const row = await this.#query(workspaceId)
      .selectFrom('documents')
      .selectAll()
      .where('id', '=', documentId)
      .executeTakeFirst();
    if (!row) throw unknownDocuments([documentId]);
    return { ...toSummary(row), text: row.text };
  }

  async delete(workspaceId: string, documentId: string): Promise<void> {
    await this.#deps.db.transaction(workspaceId, async (tx) => {
      const query = tx.query<DocumentTables>();
      await query.deleteFrom('campaign_documents').where('document_id', '=', documentId).execute();
      const gone = await query.deleteFrom('documents').where('id', '=', documentId).returning('id').execute();
      if (gone.length === 0) throw unknownDocuments([documentId]);
      announce(tx, 'document.deleted', { document_id: documentId });
    });
  }

  async attach(workspaceId: string, campaignId: string, documentIds: readonly string[]): Promise<void> {
    const wanted = [...new Set(documentIds)];
    if (wanted.length === 0) return;
    await this.#deps.db.transaction(workspaceId, async (tx) => {
      const query = tx.query<DocumentTables>();
      const found = await query.selectFrom('documents').select('id').where('id', 'in', wanted).execute();
      const missing = wanted.filter((id) => !found.some((row) => row.id === id));
      if (missing.length > 0) throw unknownDocuments(missing);
      const attached = await query
        .selectFrom('campaign_documents')
        .select('position')
        .where('campaign_id', '=', campaignId)
        .execute();
      const next = Math.max(0, ...attached.map((row) => row.position)) + 1;
      const rows = wanted.map((id, index) => ({
        workspace_id: workspaceId,
        campaign_id: campaignId,
        document_id: id,
        position: next + index,
      }));
      await query
        .insertInto('campaign_documents')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    });
  }

  async sources(workspaceId: string, documentIds: readonly string[]): Promise<DocumentSource[]> {
    if (documentIds.length === 0) return [];
    const rows = await this.#query(workspaceId)
      .selectFrom('documents')
      .select(['id', 'title', 'media_type', 'text'])
      .where('id', 'in', documentIds)
      .execute();
    const byId = new Map(rows.map((row) => [row.id, row]));
    const missing = documentIds.filter((id) => !byId.has(id));
    if (missing.length > 0) throw unknownDocuments(missing);
    return documentIds.flatMap((id) => byId.get(id) ?? []).map(toSource);
  }

  async sourcesOfCampaign(workspaceId: string, campaignId: string): Promise<DocumentSource[]> {
    const rows = await this.#query(workspaceId)
      .selectFrom('campaign_documents as attached')
      .innerJoin('documents as document', 'document.id', 'attached.document_id')
      .select(['document.id', 'document.title', 'document.media_type', 'document.text'])
      .where('attached.campaign_id', '=', campaignId)
      .orderBy('attached.position')
      .orderBy('document.id')
      .execute();
    return rows.map(toSource);
  }

  #query(workspaceId: string): Query {
    return this.#deps.db.forWorkspace(workspaceId);
  }

  #checkSize(bytes: number): void {
    const { documentBytesMax } = this.#limits;
    if (bytes <= documentBytesMax) return;
    throw new RaptorFlowError(
      'document_too_large',
      `The document has ${bytes} bytes; documentBytesMax is ${documentBytesMax}. Split it into parts.`,
      { details: { bytes, document_bytes_max: documentBytesMax } },
    );
  }

  async #store(query: Query, row: Row): Promise<DocumentSummary> {
    const known = await query
      .selectFrom('documents')
      .select(summaryColumns)
      .where('sha256', '=', row.sha256)
      .where('title', '=', row.title)
      .where('media_type', '=', row.media_type)
      .executeTakeFirst();
    if (known) return toSummary(known);
    const max = this.#limits.documentsPerWorkspaceMax;
    const { count } = await query
      .selectFrom('documents')
      .select((select) => select.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    if (count >= max) {
      throw new RaptorFlowError(
        'exhausted',
        `The workspace holds documentsPerWorkspaceMax = ${max} documents; delete some that are no longer needed.`,
        { retryable: false },
      );
    }
    // Two who add the same at the same moment share one row: the second changes nothing and is told the first one's id.
    const stored = await query
      .insertInto('documents')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['workspace_id', 'sha256', 'title', 'media_type'])
          .doUpdateSet({ size_bytes: row.size_bytes }),
      )
      .returning(summaryColumns)
      .executeTakeFirstOrThrow();
    return toSummary(stored);
  }
}

function announce(tx: UnitOfWork, type: string, payload: Readonly<Record<string, string>>): void {
  tx.publish('sys.state.update', { type, payload });
}

function sizeOf(content: string | Uint8Array): number {
  return typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
}

function toSummary(row: Omit<Row, 'text'>): DocumentSummary {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    title: row.title,
    mediaType: toMediaType(row.media_type),
    sizeBytes: row.size_bytes,
    characterCount: row.character_count,
    sha256: row.sha256,
    createdBy: row.created_by,
    createdAt: row.created_at,
  };
}

function toSource(row: Pick<Row, 'id' | 'title' | 'media_type' | 'text'>): DocumentSource {
  return {
    documentId: row.id,
    title: row.title,
    mediaType: toMediaType(row.media_type),
    text: row.text,
  };
}

function toMediaType(text: string): DocumentMediaType {
  const known = documentMediaTypes.find((each) => each === text);
  if (known) return known;
  throw new RaptorFlowError('storage_corrupt', `A document has the unknown media type "${text}".`);
}

function unknownDocuments(ids: readonly string[]): RaptorFlowError {
  const shown = ids.slice(0, 10).map((id) => id.slice(0, 200));
  return new RaptorFlowError(
    'not_found',
    `There is no document ${shown.join(', ')} in this workspace; GET /api/v1/documents lists what there is.`,
    { details: { document_ids: shown } },
  );
}
