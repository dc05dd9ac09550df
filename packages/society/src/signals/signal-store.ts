/** Signals in the database: stored once, read newest first, deleted when their time is over. */
import type { Kysely, Selectable } from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import {
  signalRetentionMs,
  type Severity,
  type SeverityBasis,
  type Signal,
  type SignalDraft,
} from './signal.ts';
import type { SignalRow, SignalTables } from './tables.ts';

/** Statements on a workspace's signals. */
export type SignalQuery = Kysely<SignalTables>;

/** Which signals, newest first. */
export interface SignalFilter {
  readonly limit: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
  readonly severity?: Severity | undefined;
  /** Ingested at or after, epoch milliseconds. */
  readonly since?: number | undefined;
}

/** A page of signals. */
export interface SignalPage {
  readonly items: readonly Signal[];
  readonly nextCursor: string | null;
}

/** Stores signals; those whose id is known change nothing. */
export async function insertSignals(
  query: SignalQuery,
  workspaceId: string,
  drafts: readonly SignalDraft[],
  now: number,
): Promise<void> {
  // One statement may not name a row twice, and a feed may.
  const rows = new Map(drafts.map((draft) => [draft.id, toRow(workspaceId, draft, now)]));
  if (rows.size === 0) return;
  await query
    .insertInto('signals')
    .values([...rows.values()])
    .onConflict((conflict) => conflict.columns(['workspace_id', 'id']).doNothing())
    .execute();
}

/** A page of those whose time is not over. Throws `invalid_input` for a cursor that no page gave. */
export async function listSignals(
  query: SignalQuery,
  filter: SignalFilter,
  now: number,
): Promise<SignalPage> {
  let page = query
    .selectFrom('signals')
    .selectAll()
    .where('expires_at', '>', now)
    .orderBy('ingested_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit + 1);
  if (filter.severity !== undefined) page = page.where('severity', '=', filter.severity);
  if (filter.since !== undefined) page = page.where('ingested_at', '>=', filter.since);
  if (filter.cursor !== undefined) {
    const [at, id] = readCursor(filter.cursor);
    page = page.where((where) =>
      where.or([
        where('ingested_at', '<', at),
        where.and([where('ingested_at', '=', at), where('id', '<', id)]),
      ]),
    );
  }
  const rows = await page.execute();
  const items = rows.slice(0, filter.limit);
  const last = items.at(-1);
  return {
    items: items.map(toSignal),
    nextCursor: rows.length > filter.limit && last ? `${last.ingested_at}.${last.id}` : null,
  };
}

/** Deletes what has been kept long enough. */
export async function expireSignals(query: SignalQuery, now: number): Promise<void> {
  await query.deleteFrom('signals').where('expires_at', '<=', now).execute();
}

function readCursor(cursor: string): [number, string] {
  const match = /^(\d{1,15})\.(sig_[0-9a-f]{64})$/u.exec(cursor);
  if (match) return [Number(match[1]), match[2] ?? ''];
  throw new RaptorFlowError(
    'invalid_input',
    'The cursor is not one of this list; begin again without a cursor.',
  );
}

function toRow(workspaceId: string, draft: SignalDraft, now: number): SignalRow {
  return {
    workspace_id: workspaceId,
    id: draft.id,
    source: draft.source,
    title: draft.title,
    content: draft.content,
    severity: draft.severity,
    severity_basis: draft.severityBasis,
    industry: draft.industry,
    tags_json: JSON.stringify(draft.tags),
    published_at: draft.published === null ? null : Date.parse(draft.published),
    url: draft.url,
    reference: draft.reference,
    ingested_at: now,
    expires_at: now + signalRetentionMs[draft.severity],
  };
}

function toSignal(row: Selectable<SignalRow>): Signal {
  return {
    workspaceId: row.workspace_id,
    id: row.id,
    source: row.source,
    title: row.title,
    content: row.content,
    severity: row.severity as Severity,
    severityBasis: row.severity_basis as SeverityBasis,
    industry: row.industry,
    tags: JSON.parse(row.tags_json) as string[],
    published: row.published_at === null ? null : new Date(row.published_at).toISOString(),
    url: row.url,
    reference: row.reference,
    ingestedAt: new Date(row.ingested_at).toISOString(),
    expiresAt: new Date(row.expires_at).toISOString(),
  };
}
