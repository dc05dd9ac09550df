import type { Kysely, Transaction } from 'kysely';
import type {
  AlertChange,
  AlertKeeping,
  AlertRecord,
  AlertStore,
  Delivery,
  HistoryPage,
  HistoryQuery,
  Transition,
} from 'raptorflow/alerts';
import { RaptorFlowError } from 'raptorflow/kernel';
import { fromJsonText, toJsonText, type Database } from '../db/index.ts';
import { renewDuty } from './alert-duty.ts';
import type { AlertTables } from './tables.ts';

const historyPageDefault = 100;
/** Rows that one statement adds: both engines bound the number of parameters. */
const rowsAtOnce = 100;

/** Whose writes a store takes. */
export interface RelationalAlertOptions {
  /** The holder of a duty: once another one has it, nothing is written and `commit` rejects with `conflict`. Absent: this process is the only one. */
  readonly holder?: string;
}

/**
 * Alerts in the relational core, on either engine: what is committed is as durable as its transactions. The database is started before the
 * store is opened, and outlives it.
 */
export function relationalAlertStore(db: Database, options: RelationalAlertOptions = {}): AlertStore {
  return new RelationalAlertStore(db, options.holder);
}

/** Deletes what alerts of a workspace did. Rules and alerts themselves are removed by the service that looks after them. */
export async function forgetAlertHistory(db: Pick<Database, 'system'>, workspaceId: string): Promise<void> {
  await db
    .system<AlertTables>()
    .deleteFrom('alert_transitions')
    .where('workspace_id', '=', workspaceId)
    .execute();
}

type Writer = Transaction<AlertTables>;

class RelationalAlertStore implements AlertStore {
  readonly #db: Database;
  readonly #holder: string | undefined;
  #keeping: AlertKeeping | undefined;

  constructor(db: Database, holder: string | undefined) {
    this.#db = db;
    this.#holder = holder;
  }

  async open(keeping: AlertKeeping): Promise<void> {
    this.#keeping = keeping;
  }

  async close(): Promise<void> {
    this.#keeping = undefined;
  }

  async load(): Promise<readonly AlertRecord[]> {
    const rows = await this.#query()
      .selectFrom('alert_records')
      .select(['kind', 'key', 'body'])
      .where('is_over', '=', 0)
      .execute();
    return rows.map(
      ({ kind, key, body }) => ({ kind, key, body: fromJsonText<unknown>(body) }) as AlertRecord,
    );
  }

  async commit({ puts, removes, transitions }: AlertChange): Promise<void> {
    const keeping = this.#opened();
    await this.#db.transaction(null, async (tx) => {
      const query = tx.query<AlertTables>();
      if (this.#holder !== undefined && !(await renewDuty(query, this.#holder))) {
        throw new RaptorFlowError('conflict', 'Another process looks after alerts now.');
      }
      for (const { kind, key } of removes) {
        await query.deleteFrom('alert_records').where('kind', '=', kind).where('key', '=', key).execute();
      }
      for (let at = 0; at < puts.length; at += rowsAtOnce)
        await putRecords(query, puts.slice(at, at + rowsAtOnce));
      if (transitions.length > 0) await addTransitions(query, transitions, keeping.transitionsMax);
      if (puts.some(isOver)) await forgetDeliveries(query, keeping.deliveriesMax);
    });
  }

  async history(query: HistoryQuery): Promise<HistoryPage> {
    const limit = query.limit ?? historyPageDefault;
    let found = this.#query().selectFrom('alert_transitions').select(['place', 'at', 'body']);
    if (query.workspaceId === null) found = found.where('workspace_id', 'is', null);
    else if (query.workspaceId !== undefined) found = found.where('workspace_id', '=', query.workspaceId);
    if (query.rule !== undefined) found = found.where('rule', '=', query.rule);
    if (query.alertId !== undefined) found = found.where('alert_id', '=', query.alertId);
    if (query.to !== undefined) found = found.where('to_state', '=', query.to);
    if (query.since !== undefined) found = found.where('at', '>=', query.since);
    if (query.until !== undefined) found = found.where('at', '<', query.until);
    if (query.cursor !== undefined) {
      const { at, place } = placeIn(query.cursor);
      found = found.where((where) =>
        where.or([where('at', '<', at), where.and([where('at', '=', at), where('place', '<', place)])]),
      );
    }
    const rows = await found
      .orderBy('at', 'desc')
      .orderBy('place', 'desc')
      .limit(limit + 1)
      .execute();
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map(({ body }) => fromJsonText<unknown>(body) as Transition),
      next: rows.length > limit && last ? `${last.at}_${last.place}` : null,
    };
  }

  async deliveries(limit: number): Promise<readonly Delivery[]> {
    const rows = await this.#query()
      .selectFrom('alert_records')
      .select('body')
      .where('kind', '=', 'delivery')
      .orderBy('created_at', 'desc')
      .orderBy('key', 'desc')
      .limit(limit)
      .execute();
    return rows.map(({ body }) => fromJsonText<unknown>(body) as Delivery);
  }

  #query(): Kysely<AlertTables> {
    this.#opened();
    return this.#db.system<AlertTables>();
  }

  #opened(): AlertKeeping {
    if (this.#keeping) return this.#keeping;
    throw new RaptorFlowError('unavailable', 'The store of alerts is not open.');
  }
}

async function putRecords(query: Writer, records: readonly AlertRecord[]): Promise<void> {
  // A record may be put twice in one change; the later one holds, and a statement takes each key once.
  const newest = new Map(records.map((record) => [`${record.kind} ${record.key}`, record]));
  const rows = [...newest.values()].map((record) => ({
    kind: record.kind,
    key: record.key,
    body: toJsonText(record.body),
    created_at: record.kind === 'delivery' ? record.body.createdAt : null,
    is_over: isOver(record) ? 1 : 0,
  }));
  await query
    .insertInto('alert_records')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['kind', 'key']).doUpdateSet((row) => ({
        body: row.ref('excluded.body'),
        created_at: row.ref('excluded.created_at'),
        is_over: row.ref('excluded.is_over'),
      })),
    )
    .execute();
}

function isOver(record: AlertRecord): boolean {
  return record.kind === 'delivery' && ['delivered', 'undelivered'].includes(record.body.outcome);
}

async function addTransitions(
  query: Writer,
  transitions: readonly Transition[],
  keep: number,
): Promise<void> {
  const newest = await query
    .selectFrom('alert_transitions')
    .select((row) => row.fn.max('place').as('place'))
    .executeTakeFirst();
  let place = newest?.place ?? 0;
  for (let at = 0; at < transitions.length; at += rowsAtOnce) {
    const rows = transitions.slice(at, at + rowsAtOnce).map((transition) => {
      place += 1;
      return {
        place,
        id: transition.id,
        at: transition.at,
        workspace_id: transition.workspaceId,
        rule: transition.rule,
        alert_id: transition.alertId,
        to_state: transition.to,
        body: toJsonText(transition),
      };
    });
    await query
      .insertInto('alert_transitions')
      .values(rows)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
  }
  const { count } = await query
    .selectFrom('alert_transitions')
    .select((row) => row.fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  const surplus = Number(count) - keep;
  if (surplus <= 0) return;
  const oldest = query
    .selectFrom('alert_transitions')
    .select('place')
    .orderBy('at')
    .orderBy('place')
    .limit(surplus);
  await query.deleteFrom('alert_transitions').where('place', 'in', oldest).execute();
}

async function forgetDeliveries(query: Writer, keep: number): Promise<void> {
  const over = query.selectFrom('alert_records').where('kind', '=', 'delivery').where('is_over', '=', 1);
  const { count } = await over.select((row) => row.fn.countAll().as('count')).executeTakeFirstOrThrow();
  const surplus = Number(count) - keep;
  if (surplus <= 0) return;
  const oldest = over.select('key').orderBy('created_at').orderBy('key').limit(surplus);
  await query.deleteFrom('alert_records').where('kind', '=', 'delivery').where('key', 'in', oldest).execute();
}

function placeIn(cursor: string): { readonly at: number; readonly place: number } {
  const [, at, place] = /^(-?\d{1,16}(?:\.\d{1,20})?)_(\d{1,16})$/u.exec(cursor) ?? [];
  if (at !== undefined && place !== undefined) return { at: Number(at), place: Number(place) };
  throw new RaptorFlowError(
    'invalid_input',
    'The cursor is not one of this list; begin again without a cursor.',
  );
}
