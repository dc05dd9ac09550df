import type { Compilable, Generated, Kysely } from 'kysely';
import type { EventDraft } from 'raptorflow/bus';
import { isId, RaptorFlowError, type Ids } from 'raptorflow/kernel';
import {
  defineMigrations,
  defineTables,
  type RoomMigrations,
  type TableDeclarations,
} from './declarations.ts';

/** Rows of events that wait to be published. */
export interface OutboxRow {
  seq: Generated<number>;
  event_id: string;
  workspace_id: string | null;
  channel: string;
  /** The draft as JSON, with its id. */
  draft: string;
  created_at_ms: number;
  /** Why the bus refuses it for good; null while it waits. */
  refused_code: string | null;
  refused_message: string | null;
}

/** The tables of the outbox. */
export interface OutboxTables {
  outbox: OutboxRow;
  outbox_relays: { name: string; holder: string; until_ms: number };
}

/** Declarations of the relational core's own tables. */
export const outboxTables: TableDeclarations = defineTables({
  tenant: ['outbox'],
  installation: ['outbox_relays'],
});

/** Schema of the outbox. */
export const outboxMigrations: RoomMigrations = defineMigrations('outbox', [
  {
    id: '001_outbox',
    async up(db, dialect) {
      await db.schema
        .createTable('outbox')
        .addColumn('seq', dialect === 'sqlite' ? 'integer' : 'bigserial', (column) =>
          dialect === 'sqlite' ? column.primaryKey().autoIncrement() : column.primaryKey(),
        )
        .addColumn('event_id', 'text', (column) => column.notNull().unique())
        .addColumn('workspace_id', 'text')
        .addColumn('channel', 'text', (column) => column.notNull())
        .addColumn('draft', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('refused_code', 'text')
        .addColumn('refused_message', 'text')
        .execute();
      await db.schema
        .createTable('outbox_relays')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('holder', 'text', (column) => column.notNull())
        .addColumn('until_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
]);

/** Events of one unit of work; a unit that publishes more is better split. */
const draftsMax = 1_000;

interface Collected {
  readonly id: string;
  readonly channel: string;
  readonly workspaceId: string | null;
  readonly draft: string;
}

/** The events that one unit of work publishes; they are written with its rows, just before the commit. */
export class OutboxDrafts {
  readonly #workspaceId: string | null;
  readonly #ids: Ids;
  readonly #drafts: Collected[] = [];

  constructor(workspaceId: string | null, ids: Ids) {
    this.#workspaceId = workspaceId;
    this.#ids = ids;
  }

  get size(): number {
    return this.#drafts.length;
  }

  /** Takes a draft and answers the id that its event will have. Throws `unscoped_statement`, `invalid_input`, `exhausted`. */
  add(channel: string, draft: EventDraft): string {
    if (this.#drafts.length >= draftsMax) {
      throw new RaptorFlowError(
        'exhausted',
        `One transaction publishes at most ${draftsMax} events; split it.`,
      );
    }
    const workspaceId = this.#workspaceOf(draft);
    const id = draft.id ?? this.#ids.next('evt');
    if (!isId(id, 'evt')) {
      throw new RaptorFlowError(
        'invalid_input',
        `${id} is no id of an event; leave it out to have one made.`,
      );
    }
    this.#drafts.push({ id, channel, workspaceId, draft: JSON.stringify({ ...draft, id, workspaceId }) });
    return id;
  }

  /** The statement that writes them with the transaction's other rows. */
  insertInto(db: Kysely<OutboxTables>, nowMs: number): Compilable {
    const rows = this.#drafts.map(({ id, channel, workspaceId, draft }) => ({
      event_id: id,
      workspace_id: workspaceId,
      channel,
      draft,
      created_at_ms: nowMs,
    }));
    return db.insertInto('outbox').values(rows);
  }

  #workspaceOf(draft: EventDraft): string | null {
    const named = draft.workspaceId;
    if (this.#workspaceId === null) return named ?? null;
    if (named === undefined || named === this.#workspaceId) return this.#workspaceId;
    throw new RaptorFlowError(
      'unscoped_statement',
      'A transaction of a workspace publishes events of that workspace alone.',
    );
  }
}
