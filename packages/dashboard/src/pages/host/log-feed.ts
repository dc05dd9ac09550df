/** What the live log shows: its last lines, and where some are missing. */
import { joinLogReplay, type LogLine } from '@raptorflow/client';

/** A line, or a note that some are missing here: so many, or an unknown number while the connection was away. */
export type LogEntry =
  | { readonly id: number; readonly kind: 'line'; readonly line: LogLine }
  | { readonly id: number; readonly kind: 'missing'; readonly count: number | null };

/** A bounded log that tells its readers together about what came together. */
export interface LogFeed {
  /** The last lines, as each connection begins with them. */
  readonly replay: (lines: readonly LogLine[]) => void;
  readonly push: (line: LogLine) => void;
  readonly dropped: (count: number) => void;
  readonly clear: () => void;
  /** Oldest first; the same array until something changed. */
  readonly snapshot: () => readonly LogEntry[];
  readonly subscribe: (listener: () => void) => () => void;
}

/** Makes a feed of at most `entriesMax` entries; `schedule` defers telling the readers. */
export function createLogFeed(entriesMax: number, schedule: (flush: () => void) => void): LogFeed {
  let entries: readonly LogEntry[] = [];
  let pending: LogEntry[] = [];
  let nextId = 0;
  let scheduled = false;
  const listeners = new Set<() => void>();

  const flush = () => {
    scheduled = false;
    entries = [...entries, ...pending].slice(-entriesMax);
    pending = [];
    for (const tell of listeners) tell();
  };
  const add = (entry: LogEntry) => {
    pending.push(entry);
    // A page in the background is not told for long; what would be cut anyway need not wait.
    if (pending.length > entriesMax) pending.shift();
    if (scheduled) return;
    scheduled = true;
    schedule(flush);
  };
  const id = () => (nextId += 1);
  const push = (line: LogLine) => add({ id: id(), kind: 'line', line });
  const knownLines = () =>
    [...entries, ...pending].flatMap((entry) => (entry.kind === 'line' ? [entry.line] : []));

  return {
    push,
    replay: (lines) => {
      const { added, gap } = joinLogReplay(knownLines(), lines);
      if (gap && lines.length > 0) add({ id: id(), kind: 'missing', count: null });
      for (const line of added) push(line);
    },
    dropped: (count) => add({ id: id(), kind: 'missing', count }),
    clear: () => {
      entries = [];
      pending = [];
      for (const tell of listeners) tell();
    },
    snapshot: () => entries,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The entries as a text to copy. */
export function textOfEntries(entries: readonly LogEntry[]): string {
  return entries
    .map((entry) => `${entry.kind === 'line' ? entry.line.text : `(${missingText(entry.count)})`}\n`)
    .join('');
}

/** "12 lines were left out: …". */
export function missingText(count: number | null): string {
  if (count === null) return 'Lines may be missing here: more was written while the connection was away';
  return `${count} ${count === 1 ? 'line was' : 'lines were'} left out: they came faster than this page reads`;
}
