import type { Logger } from '../kernel/index.ts';
import type { AlertRecord, AlertRecordKind, Delivery, Transition } from './record.ts';
import type { AlertStore } from './store.ts';

/** Transitions that wait while the store does not answer; the oldest are left out of history beyond. */
const waitingTransitionsMax = 10_000;

/**
 * What is to be stored, gathered over a round and written in one piece. What could not be written stays and goes with the next piece, so that
 * the store is behind, but never in between.
 */
export class Journal {
  readonly #store: AlertStore;
  readonly #log: Logger;
  #records = new Map<string, AlertRecord | { readonly kind: AlertRecordKind; readonly key: string }>();
  #transitions: Transition[] = [];
  #deliveries: Delivery[] = [];

  constructor(store: AlertStore, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** Whether there is nothing to be written. */
  get isEmpty(): boolean {
    return this.#records.size === 0 && this.#transitions.length === 0;
  }

  put(record: AlertRecord): void {
    this.#records.set(`${record.kind} ${record.key}`, record);
  }

  remove(kind: AlertRecordKind, key: string): void {
    this.#records.set(`${kind} ${key}`, { kind, key });
  }

  note(transition: Transition): void {
    this.#transitions.push(transition);
  }

  /** A delivery is a record, and is made once that is stored. */
  send(delivery: Delivery): void {
    this.put({ kind: 'delivery', key: delivery.id, body: delivery });
    this.#deliveries.push(delivery);
  }

  /** Writes what has gathered; answers the deliveries that may be made now. Rejects as the store does, and keeps everything for the next time. */
  async flush(): Promise<readonly Delivery[]> {
    if (this.isEmpty) return [];
    const records = this.#records;
    const transitions = this.#transitions;
    const deliveries = this.#deliveries;
    this.#records = new Map();
    this.#transitions = [];
    this.#deliveries = [];
    const all = [...records.values()];
    try {
      await this.#store.commit({
        puts: all.filter((record) => 'body' in record),
        removes: all.filter((record) => !('body' in record)).map(({ kind, key }) => ({ kind, key })),
        transitions,
      });
      return deliveries;
    } catch (error) {
      // What was gathered meanwhile is newer.
      for (const [key, record] of this.#records) records.set(key, record);
      this.#records = records;
      this.#deliveries = [...deliveries, ...this.#deliveries];
      this.#transitions = [...transitions, ...this.#transitions];
      const surplus = this.#transitions.length - waitingTransitionsMax;
      if (surplus > 0) {
        this.#transitions.splice(0, surplus);
        this.#log.error('The store does not take transitions; the oldest are left out of history.', {
          surplus,
        });
      }
      throw error;
    }
  }
}
