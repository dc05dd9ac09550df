import { RaptorFlowError } from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import type { AuditRow } from './chain.ts';
import type { AuditActorKind, AuditPhase } from './entry.ts';
import type { ChainSource } from './problem.ts';
import { headOf, keyOf, rowOf } from './rows.ts';
import type { AuditPublicKey, SignedHead } from './signing.ts';
import type { AuditTables } from './tables.ts';

/** Which rows; all conditions hold together. */
export interface AuditFilter {
  /** The beginning of the action: `member` or `member.added`. */
  readonly action?: string | undefined;
  readonly phase?: AuditPhase | undefined;
  readonly actorKind?: AuditActorKind | undefined;
  readonly actorId?: string | undefined;
  readonly targetKind?: string | undefined;
  readonly targetId?: string | undefined;
  /** The outcomes of this intent. */
  readonly intentId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly agentId?: string | undefined;
  readonly agentRunId?: string | undefined;
  readonly campaignId?: string | undefined;
  /** Epoch milliseconds; recorded then or later. */
  readonly fromMs?: number | undefined;
  /** Epoch milliseconds; recorded before. */
  readonly toMs?: number | undefined;
  /** Where the page before ended. */
  readonly cursor?: string | undefined;
  /** 1 to 500; default 50. */
  readonly limit?: number | undefined;
}

/** A page, newest first. */
export interface AuditPage {
  readonly items: readonly AuditRow[];
  readonly nextCursor: string | null;
}

const limitMax = 500;
/** Rows that a walk along a chain holds at once. */
const walkRows = 1_000;

/** Reads chains. */
export class ChainReader {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async query(workspaceId: string, filter: AuditFilter): Promise<AuditPage> {
    const { limit = 50, cursor, action, fromMs, toMs } = filter;
    if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) {
      throw new RaptorFlowError('invalid_input', `limit must be a whole number from 1 to ${limitMax}.`);
    }
    let query = this.#db.forWorkspace<AuditTables>(workspaceId).selectFrom('audit_logs').selectAll();
    for (const [column, value] of conditionsOf(filter)) query = query.where(column, '=', value);
    // What begins with a text lies between it and the text with the last character of all behind it.
    if (action !== undefined)
      query = query.where('action', '>=', action).where('action', '<', `${action}\u{10FFFF}`);
    if (fromMs !== undefined) query = query.where('recorded_at_ms', '>=', fromMs);
    if (toMs !== undefined) query = query.where('recorded_at_ms', '<', toMs);
    if (cursor !== undefined) query = query.where('sequence', '<', sequenceOf(cursor));
    const rows = await query
      .orderBy('sequence', 'desc')
      .limit(limit + 1)
      .execute();
    const items = rows.slice(0, limit).map(rowOf);
    return { items, nextCursor: rows.length > limit ? String(items.at(-1)?.sequence) : null };
  }

  async head(workspaceId: string): Promise<SignedHead | null> {
    const row = await this.#db
      .forWorkspace<AuditTables>(workspaceId)
      .selectFrom('audit_heads')
      .selectAll()
      .executeTakeFirst();
    return row === undefined ? null : headOf(row);
  }

  async keys(): Promise<AuditPublicKey[]> {
    const rows = await this.#db
      .system<AuditTables>()
      .selectFrom('audit_keys')
      .selectAll()
      .orderBy('added_at_ms')
      .execute();
    return rows.map(keyOf);
  }

  /** The chain for a walk: in pages, so that memory does not grow with it. */
  source(workspaceId: string): ChainSource {
    const db = this.#db.forWorkspace<AuditTables>(workspaceId);
    return {
      workspaceId,
      head: () => this.head(workspaceId),
      async *rows(after, to) {
        for (let last = after; last < to;) {
          const page = await db
            .selectFrom('audit_logs')
            .selectAll()
            .where('sequence', '>', last)
            .where('sequence', '<=', to)
            .orderBy('sequence')
            .limit(walkRows)
            .execute();
          yield* page.map(rowOf);
          const end = page.at(-1);
          if (end === undefined || page.length < walkRows) return;
          last = end.sequence;
        }
      },
    };
  }
}

type Column =
  | 'phase'
  | 'actor_kind'
  | 'actor_id'
  | 'target_kind'
  | 'target_id'
  | 'intent_id'
  | 'correlation_id'
  | 'agent_id'
  | 'agent_run_id'
  | 'campaign_id';

function conditionsOf(filter: AuditFilter): (readonly [Column, string])[] {
  const pairs: (readonly [Column, string | undefined])[] = [
    ['phase', filter.phase],
    ['actor_kind', filter.actorKind],
    ['actor_id', filter.actorId],
    ['target_kind', filter.targetKind],
    ['target_id', filter.targetId],
    ['intent_id', filter.intentId],
    ['correlation_id', filter.correlationId],
    ['agent_id', filter.agentId],
    ['agent_run_id', filter.agentRunId],
    ['campaign_id', filter.campaignId],
  ];
  return pairs.flatMap(([column, value]) => (value === undefined ? [] : [[column, value] as const]));
}

function sequenceOf(cursor: string): number {
  const sequence = Number(cursor);
  if (Number.isSafeInteger(sequence) && sequence > 0) return sequence;
  throw new RaptorFlowError(
    'invalid_input',
    'The cursor is not one of this list; begin again without a cursor.',
  );
}
