/**
 * Lists of any length: only the rows in sight are laid out. Wide windows show columns; a phone shows each row as a
 * title line with the rest below it.
 */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';

import type { Listing } from '../data/pages.ts';
import { classes } from './class-names.ts';
import { ErrorNotice, Loading } from './feedback.tsx';

/** One column. */
export interface Column<T> {
  readonly header: string;
  readonly cell: (row: T) => ReactNode;
  /** A CSS grid track: `8rem`, `minmax(0, 1fr)`. */
  readonly width: string;
  readonly align?: 'end';
  /** On a phone: the row's title, a detail (the default), or not shown. */
  readonly onPhone?: 'title' | 'detail' | 'hidden';
}

interface DataTableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly listing: Pick<Listing<T>, 'items' | 'isPending' | 'error' | 'hasMore' | 'loadMore' | 'retry'>;
  readonly keyOf: (row: T) => string;
  /** What stands here when there is nothing. */
  readonly empty: ReactNode;
}

const rowHeightGuess = 38;

/** A virtualised list with columns. */
export function DataTable<T>({ label, columns, listing, keyOf, empty }: DataTableProps<T>) {
  if (listing.isPending) return <Loading rows={5} label={`Loading ${label}`} />;
  if (listing.error && listing.items.length === 0) {
    return (
      <div className="p-4">
        <ErrorNotice error={listing.error} retry={listing.retry} />
      </div>
    );
  }
  if (listing.items.length === 0) return <>{empty}</>;
  const tracks = columns.map((column) => column.width).join(' ');
  return (
    <div role="table" aria-label={label} aria-rowcount={listing.hasMore ? -1 : listing.items.length + 1}>
      <div role="rowgroup" className="max-sm:sr-only">
        <div
          role="row"
          aria-rowindex={1}
          className="grid gap-x-4 border-b border-line px-4 py-2 text-xs text-muted"
          style={{ gridTemplateColumns: tracks }}
        >
          {columns.map((column) => (
            <div
              key={column.header}
              role="columnheader"
              className={classes('truncate', column.align === 'end' && 'text-right')}
            >
              {column.header}
            </div>
          ))}
        </div>
      </div>
      <VirtualRows listing={listing} keyOf={keyOf} columns={columns} tracks={tracks} />
    </div>
  );
}

function VirtualRows<T>({
  listing,
  keyOf,
  columns,
  tracks,
}: Pick<DataTableProps<T>, 'listing' | 'keyOf' | 'columns'> & { readonly tracks: string }) {
  const { items, hasMore, loadMore } = listing;
  const frame = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    if (frame.current) setOffset(frame.current.getBoundingClientRect().top + globalThis.scrollY);
  }, [items.length]);
  const virtualizer = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowHeightGuess,
    getItemKey: (index) => {
      const row = items[index];
      return row === undefined ? index : keyOf(row);
    },
    overscan: 12,
    scrollMargin: offset,
  });
  const visible = virtualizer.getVirtualItems();
  const lastIndex = visible.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastIndex >= items.length - 10) loadMore();
  }, [hasMore, lastIndex, items.length, loadMore]);

  return (
    <div ref={frame} role="rowgroup" className="relative" style={{ height: virtualizer.getTotalSize() }}>
      {visible.map((item) => {
        const row = items[item.index];
        if (row === undefined) return null;
        return (
          <div
            key={item.key}
            ref={virtualizer.measureElement}
            data-index={item.index}
            role="row"
            aria-rowindex={item.index + 2}
            className={classes(
              'absolute inset-x-0 top-0 flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 hover:bg-hover/60 sm:grid sm:gap-y-0',
              item.index < items.length - 1 && 'border-b border-line',
            )}
            style={{ transform: `translateY(${item.start - offset}px)`, gridTemplateColumns: tracks }}
          >
            {columns.map((column) => (
              <Cell key={column.header} column={column} row={row} />
            ))}
          </div>
        );
      })}
    </div>
  );
}

function Cell<T>({ column, row }: { readonly column: Column<T>; readonly row: T }) {
  return (
    <div
      role="cell"
      className={classes(
        'min-w-0 max-sm:empty:hidden',
        column.align === 'end' && 'tabular sm:text-right',
        column.onPhone === 'title' && 'max-sm:basis-full',
        column.onPhone === 'hidden' && 'max-sm:hidden',
        column.onPhone !== 'title' && 'max-sm:text-xs max-sm:text-muted',
      )}
    >
      {column.cell(row)}
    </div>
  );
}

/** A listing of rows that are all here already. */
export function wholeListing<T>(
  items: readonly T[] | undefined,
  query: { readonly isPending: boolean; readonly error: Error | null; readonly refetch: () => unknown },
): DataTableProps<T>['listing'] {
  return {
    items: items ?? [],
    isPending: query.isPending,
    error: query.error,
    hasMore: false,
    loadMore: () => undefined,
    retry: () => void query.refetch(),
  };
}
