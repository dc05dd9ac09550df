/** Where in its source an item stood; what is not known is absent. */
export interface ItemPosition {
  /** From 1. */
  readonly line?: number;
  /** Bytes from the beginning of the source. */
  readonly offset?: number;
}

/** What a source reads: an item, or a place where one should have been. */
export type Reading<In> =
  | {
      readonly kind: 'item';
      readonly item: In;
      readonly position?: ItemPosition;
      /** What the source itself knows the item by, stable over restarts; the pipeline makes its key from it. */
      readonly key?: string;
      /** Called once the item has ended and its end is durable; for sources that hold items until then. */
      readonly settled?: () => void;
    }
  | {
      readonly kind: 'bad';
      /** The beginning of what could not be read. */
      readonly text: string;
      readonly error: unknown;
      readonly position?: ItemPosition;
    };

/**
 * Where items come from. A bad item is a reading, and the source goes on behind it; a source that cannot go on throws.
 *
 * A run that is resumed reads its source from the beginning and passes over as many readings as its checkpoint counts, so a source has to
 * give the same readings in the same order every time; one that remembers its place by itself (`resumesItself`) is read from where it is.
 */
export interface Source<In> {
  /** For messages and progress. */
  readonly name: string;
  /** How many readings there are, where that is known. */
  readonly total?: number | undefined;
  readonly resumesItself?: boolean;
  /** Reads from the beginning. The signal aborts when the run ends early; what is held open is then released. */
  read(signal: AbortSignal): AsyncIterable<Reading<In>>;
}

/** Opens bytes from their beginning. Whoever stops reading early returns the iterator, which releases what is held open. */
export type OpenBytes = (signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** Whether this is a source of ours or any other iterable. */
export function isSource<In>(given: Source<In> | AsyncIterable<In> | Iterable<In>): given is Source<In> {
  return 'read' in given && typeof given.read === 'function';
}

/** Any iterable as a source. Its items are told apart by their place in the order. */
export function iterableSource<In>(
  items: AsyncIterable<In> | Iterable<In>,
  options: { readonly name?: string; readonly total?: number } = {},
): Source<In> {
  return {
    name: options.name ?? 'items',
    total: options.total ?? (Array.isArray(items) ? items.length : undefined),
    async *read(): AsyncGenerator<Reading<In>> {
      for await (const item of items) yield { kind: 'item', item };
    },
  };
}
