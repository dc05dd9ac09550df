import { RaptorFlowError } from '../../kernel/index.ts';
import { readCursor, writeCursor } from '../history-cursor.ts';
import { isOver, type AlertRecord, type Delivery, type Transition } from '../record.ts';
import type { AlertChange, AlertKeeping, AlertStore, HistoryPage, HistoryQuery } from '../store.ts';

const historyPageDefault = 100;

interface Kept {
  readonly transition: Transition;
  readonly order: number;
}

/**
 * Keeps the state of alerts in memory: for tests, and for programs that may forget. What it holds outlives `close`, so that a second service on
 * the same store goes on where the first one stopped.
 */
export function memoryAlertStore(): AlertStore {
  return new MemoryAlertStore();
}

class MemoryAlertStore implements AlertStore {
  readonly #records = new Map<string, AlertRecord>();
  readonly #ids = new Set<string>();
  /** In the order of time, and of arrival within one time. */
  #history: Kept[] = [];
  #keeping: AlertKeeping | undefined;
  #order = 0;

  async open(keeping: AlertKeeping): Promise<void> {
    this.#keeping = keeping;
  }

  async close(): Promise<void> {
    this.#keeping = undefined;
  }

  async load(): Promise<readonly AlertRecord[]> {
    this.#opened();
    return [...this.#records.values()].filter((record) => record.kind !== 'delivery' || !isOver(record.body));
  }

  async commit(change: AlertChange): Promise<void> {
    const { transitionsMax, deliveriesMax } = this.#opened();
    // What is stored must not change when the caller changes what it gave, nor hold what JSON cannot.
    const { puts, removes, transitions } = JSON.parse(JSON.stringify(change)) as AlertChange;
    for (const { kind, key } of removes) this.#records.delete(`${kind} ${key}`);
    for (const record of puts) this.#records.set(`${record.kind} ${record.key}`, record);
    for (const transition of transitions) {
      if (this.#ids.has(transition.id)) continue;
      this.#ids.add(transition.id);
      this.#history.push({ transition, order: (this.#order += 1) });
    }
    if (transitions.length > 0) this.#history.sort(byPlace);
    const surplus = this.#history.splice(0, Math.max(0, this.#history.length - transitionsMax));
    for (const { transition } of surplus) this.#ids.delete(transition.id);
    for (const { id } of this.#overDeliveries().slice(deliveriesMax)) this.#records.delete(`delivery ${id}`);
  }

  async history(query: HistoryQuery): Promise<HistoryPage> {
    this.#opened();
    const place = query.cursor === undefined ? null : readCursor(query.cursor);
    const limit = query.limit ?? historyPageDefault;
    const items = this.#history
      .filter(({ transition }) => fits(transition, query))
      .filter(({ transition, order }) => !place || isBefore(transition.at, order, place))
      .toReversed();
    const page = items.slice(0, limit);
    const last = page.at(-1);
    const next =
      items.length > limit && last ? writeCursor({ at: last.transition.at, order: last.order }) : null;
    return { items: page.map(({ transition }) => transition), next };
  }

  async deliveries(limit: number): Promise<readonly Delivery[]> {
    this.#opened();
    return this.#deliveries().slice(0, limit);
  }

  #overDeliveries(): Delivery[] {
    return this.#deliveries().filter(isOver);
  }

  #deliveries(): Delivery[] {
    return [...this.#records.values()]
      .flatMap((record) => (record.kind === 'delivery' ? [record.body] : []))
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  }

  #opened(): AlertKeeping {
    if (this.#keeping) return this.#keeping;
    throw new RaptorFlowError('unavailable', 'The store of alerts is not open.');
  }
}

function byPlace(a: Kept, b: Kept): number {
  return a.transition.at - b.transition.at || a.order - b.order;
}

function isBefore(
  at: number,
  order: number,
  place: { readonly at: number; readonly order: number },
): boolean {
  return at < place.at || (at === place.at && order < place.order);
}

function fits(transition: Transition, query: HistoryQuery): boolean {
  return (
    (query.workspaceId === undefined || transition.workspaceId === query.workspaceId) &&
    (query.rule === undefined || transition.rule === query.rule) &&
    (query.alertId === undefined || transition.alertId === query.alertId) &&
    (query.to === undefined || transition.to === query.to) &&
    (query.since === undefined || transition.at >= query.since) &&
    (query.until === undefined || transition.at < query.until)
  );
}
