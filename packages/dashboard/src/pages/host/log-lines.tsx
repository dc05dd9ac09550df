/** The lines of the live log, in a window of their own that keeps to the end while it is followed. */
import type { LogLevel } from '@raptorflow/contract';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { classes } from '../../components/class-names.ts';
import { type LogEntry, missingText } from './log-feed.ts';

const lineHeightGuess = 20;
/** So near to the end counts as at the end. */
const nearEndPixels = 40;
const edgePixels = 8;
/** `2025-01-15 14:30:12,547`, with which the first line of a message begins. */
const stamp = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}/u;

const toneOfLevel: Readonly<Record<LogLevel, string>> = {
  DEBUG: 'text-muted',
  INFO: 'text-text',
  WARNING: 'text-warn',
  ERROR: 'text-bad',
};

/** The window. Whoever scrolls back is left there until they go to the newest line again. */
export function LogLines({
  entries,
  follows,
}: {
  readonly entries: readonly LogEntry[];
  readonly follows: boolean;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const [isAtEnd, setIsAtEnd] = useState(true);
  const lines = useVirtualizer({
    count: entries.length,
    getScrollElement: () => frame.current,
    estimateSize: () => lineHeightGuess,
    getItemKey: (index) => entries[index]?.id ?? index,
    overscan: 20,
    paddingStart: edgePixels,
    paddingEnd: edgePixels,
    scrollPaddingEnd: edgePixels,
  });
  const visible = lines.getVirtualItems();
  const newest = entries.at(-1)?.id;
  const keepsToEnd = follows && isAtEnd;
  useEffect(() => {
    if (keepsToEnd && newest !== undefined) lines.scrollToIndex(entries.length - 1, { align: 'end' });
  }, [keepsToEnd, newest, entries.length, lines]);
  return (
    <div className="relative">
      <div
        ref={frame}
        role="log"
        aria-label="Log lines"
        // Read out line by line it would never end.
        aria-live="off"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard.
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) =>
          setIsAtEnd(scrollHeight - scrollTop - clientHeight < nearEndPixels)
        }
        className="h-[62vh] min-h-72 overflow-y-auto bg-sunken font-mono text-xs leading-5 rounded-b-lg"
      >
        <div className="relative" style={{ height: lines.getTotalSize() }}>
          {/* Lines in sight stand below each other by themselves, so that none lies over another before it is measured. */}
          <div
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${visible[0]?.start ?? 0}px)` }}
          >
            {visible.map((place) => {
              const entry = entries[place.index];
              return entry === undefined ? null : (
                <div key={place.key} ref={lines.measureElement} data-index={place.index}>
                  <Entry entry={entry} />
                </div>
              );
            })}
          </div>
        </div>
      </div>
      {follows && !isAtEnd ? (
        <div className="absolute inset-x-0 bottom-3 flex justify-center">
          <Button icon="chevron" onClick={() => setIsAtEnd(true)}>
            To the newest line
          </Button>
        </div>
      ) : null}
    </div>
  );
}

function Entry({ entry }: { readonly entry: LogEntry }) {
  if (entry.kind === 'missing') {
    return (
      <p role="status" className="bg-warn-soft px-4 py-0.5 font-sans text-warn">
        {missingText(entry.count)}.
      </p>
    );
  }
  const { level, text } = entry.line;
  const [time = ''] = stamp.exec(text) ?? [];
  return (
    // What does not fit into the line goes on further in, so that it is seen where the next one begins.
    <p className={classes('pr-4 pl-8 -indent-4 break-words whitespace-pre-wrap', toneOfLevel[level])}>
      {time === '' ? null : <span className="text-muted">{time}</span>}
      {text.slice(time.length)}
    </p>
  );
}
