/** A trace as rows of a list: where each event stands in the tree, and where each handling stands in time. */
import type { BusTrace, BusTraceEvent, BusTraceHandling } from '@raptorflow/contract';

/** A handling's place on the time line: shares of the whole, between 0 and 1. */
export interface Bar {
  readonly offset: number;
  readonly length: number;
}

/** One event as it is shown. */
export interface TraceRow {
  readonly event: BusTraceEvent;
  /** Milliseconds after the story's beginning; null when the event's time is not known. */
  readonly offsetMs: number | null;
  /** For each level above the event's own, the topmost first, as far as {@link levelsMax}: whether its line goes on below this row. */
  readonly rails: readonly boolean[];
  /** Whether another child of the same parent follows. */
  readonly goesOn: boolean;
  readonly hasChildren: boolean;
  readonly handlings: readonly { readonly handling: BusTraceHandling; readonly bar: Bar | null }[];
}

/** Levels of the tree that are drawn; a deeper event stands where the last of them does. */
export const levelsMax = 12;

/** A bar shorter than this cannot be seen. */
const lengthMin = 0.008;

/** The rows of a trace, in its order; `now` ends what is still running. */
export function rowsOf(trace: BusTrace, now: number): readonly TraceRow[] {
  const { events } = trace;
  const from = Date.parse(trace.started_at);
  const to = Math.max(Date.parse(trace.ended_at), trace.settled ? 0 : now);
  const goesOn = followers(events);
  const rails: boolean[] = [];
  return events.map((event, index): TraceRow => {
    rails.length = event.depth;
    const above = rails.slice(0, levelsMax + 1);
    rails[event.depth] = goesOn[index] ?? false;
    return {
      event,
      offsetMs: event.timestamp === null ? null : Math.max(0, Date.parse(event.timestamp) - from),
      rails: above,
      goesOn: goesOn[index] ?? false,
      hasChildren: (events[index + 1]?.depth ?? 0) > event.depth,
      handlings: event.handlings.map((handling) => ({ handling, bar: barOf(handling, from, to) })),
    };
  });
}

/** For each event whether a sibling follows it, found from the end, where the tree's open levels are known. */
function followers(events: readonly BusTraceEvent[]): readonly boolean[] {
  const found: boolean[] = [];
  const open = new Set<number>();
  for (let index = events.length - 1; index >= 0; index -= 1) {
    const depth = events[index]?.depth ?? 0;
    found[index] = open.has(depth);
    for (const level of open) if (level > depth) open.delete(level);
    open.add(depth);
  }
  return found;
}

function barOf(handling: BusTraceHandling, from: number, to: number): Bar | null {
  if (handling.began_at === null) return null;
  const whole = to - from;
  if (whole <= 0) return { offset: 0, length: 1 };
  const began = Date.parse(handling.began_at);
  const isOpen = handling.state === 'running' || handling.state === 'retrying';
  const ended = handling.ended_at === null || isOpen ? to : Date.parse(handling.ended_at);
  const offset = Math.min(1 - lengthMin, Math.max(0, (began - from) / whole));
  return { offset, length: Math.min(1 - offset, Math.max(lengthMin, (ended - began) / whole)) };
}

/** What a search field was given, as an id; null when it cannot be one. */
export function readId(text: string): string | null {
  const id = text.trim();
  return /^[A-Za-z0-9._:-]{1,200}$/u.test(id) ? id : null;
}
