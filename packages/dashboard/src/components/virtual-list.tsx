/** A list of rows of any height and number: only those in sight are laid out. */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';

import { classes } from './class-names.ts';

const rowHeightGuess = 38;

interface VirtualListProps<T> {
  readonly label: string;
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly renderRow: (item: T) => ReactNode;
  readonly hasMore?: boolean;
  readonly loadMore?: () => void;
  /** The row that the list is scrolled to when it first appears. */
  readonly startAt?: number;
}

/** The list. Rows are measured, so they may open and close. */
export function VirtualList<T>({
  label,
  items,
  keyOf,
  renderRow,
  hasMore = false,
  loadMore,
  startAt,
}: VirtualListProps<T>) {
  const frame = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    if (frame.current) setOffset(frame.current.getBoundingClientRect().top + globalThis.scrollY);
  }, [items.length]);
  const virtualizer = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowHeightGuess,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : keyOf(item);
    },
    overscan: 16,
    scrollMargin: offset,
  });
  useEffect(() => {
    if (startAt !== undefined) virtualizer.scrollToIndex(startAt, { align: 'center' });
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only where the list begins; afterwards it is the reader's.
  }, []);
  const visible = virtualizer.getVirtualItems();
  const lastIndex = visible.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastIndex >= items.length - 10) loadMore?.();
  }, [hasMore, lastIndex, items.length, loadMore]);
  return (
    <div
      ref={frame}
      role="list"
      aria-label={label}
      className="relative"
      style={{ height: virtualizer.getTotalSize() }}
    >
      {visible.map((place) => {
        const item = items[place.index];
        if (item === undefined) return null;
        return (
          <div
            key={place.key}
            ref={virtualizer.measureElement}
            data-index={place.index}
            role="listitem"
            aria-setsize={hasMore ? -1 : items.length}
            aria-posinset={place.index + 1}
            className={classes(
              'absolute inset-x-0 top-0',
              place.index < items.length - 1 && 'border-b border-line',
            )}
            style={{ transform: `translateY(${place.start - offset}px)` }}
          >
            {renderRow(item)}
          </div>
        );
      })}
    </div>
  );
}
