import type { AlertRecord, AlertRecordKind, Delivery, Transition } from './record.ts';
import type { AlertStateKind } from './state.ts';

/** One change of what is stored: all of it, or nothing. */
export interface AlertChange {
  /** Replace what has the same kind and key. */
  readonly puts: readonly AlertRecord[];
  /** Keys that are not there are no error. */
  readonly removes: readonly { readonly kind: AlertRecordKind; readonly key: string }[];
  /** Added to history; one whose id is there already is left as it is. */
  readonly transitions: readonly Transition[];
}

/** Which part of history. Absent fields do not restrict. */
export interface HistoryQuery {
  /** Null asks for those of the installation itself. */
  readonly workspaceId?: string | null | undefined;
  readonly rule?: string | undefined;
  readonly alertId?: string | undefined;
  readonly to?: AlertStateKind | undefined;
  /** Epoch milliseconds, included. */
  readonly since?: number | undefined;
  /** Epoch milliseconds, not included. */
  readonly until?: number | undefined;
  /** 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

/** A part of history, newest first. */
export interface HistoryPage {
  readonly items: readonly Transition[];
  /** Where the next page begins; null when this is the last one. */
  readonly next: string | null;
}

/** What a store keeps of what is over. */
export interface AlertKeeping {
  /** Transitions in history; the oldest go first. */
  readonly transitionsMax: number;
  /** Deliveries that are over; the oldest go first. */
  readonly deliveriesMax: number;
}

/**
 * Where the state of alerts lives. One process at a time uses a store. Calls before `open` and after `close` reject with `unavailable`.
 * Variants pass `alertStoreContract`.
 */
export interface AlertStore {
  /** Makes tables where they are missing. Rejects with `schema_newer`, `storage_corrupt`, `unavailable`. */
  open(keeping: AlertKeeping): Promise<void>;
  /** Resolves when everything is written and nothing is left open. Tolerates a store that is not open. */
  close(): Promise<void>;
  /** Every record but deliveries that are over. */
  load(): Promise<readonly AlertRecord[]>;
  /** Resolves when the change is durable. When it rejects, nothing of it is stored. */
  commit(change: AlertChange): Promise<void>;
  /** Rejects with `invalid_input` for a cursor that no page gave. */
  history(query: HistoryQuery): Promise<HistoryPage>;
  /** The newest deliveries first, those on their way included. */
  deliveries(limit: number): Promise<readonly Delivery[]>;
}
