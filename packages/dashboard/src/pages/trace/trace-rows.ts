/** A trace as rows of a list: where each event, run and model call stands in the tree, and where in time. */
import type {
  BusTrace,
  BusTraceCall,
  BusTraceEvent,
  BusTraceHandling,
  BusTraceRun,
} from '@raptorflow/contract';

/** A handling's place on the time line: shares of the whole, between 0 and 1. */
export interface Bar {
  readonly offset: number;
  readonly length: number;
}

/** What a row shows. */
type Shown =
  | {
      readonly kind: 'event';
      readonly event: BusTraceEvent;
      readonly handlings: readonly { readonly handling: BusTraceHandling; readonly bar: Bar | null }[];
    }
  | { readonly kind: 'run'; readonly run: BusTraceRun; readonly bar: Bar | null }
  | { readonly kind: 'call'; readonly call: BusTraceCall; readonly bar: Bar | null };

/** One row of the tree: an event, a run that was started for it, or a model call of that run. */
export type TraceRow = Shown & {
  readonly id: string;
  /** 0 at the top. */
  readonly depth: number;
  /** Milliseconds after the story's beginning; null when the time is not known. */
  readonly offsetMs: number | null;
  /** For each level above the row's own, the topmost first, as far as {@link levelsMax}: whether its line goes on below this row. */
  readonly rails: readonly boolean[];
  /** Whether another child of the same parent follows. */
  readonly goesOn: boolean;
  readonly hasChildren: boolean;
};

/** Levels of the tree that are drawn; a deeper event stands where the last of them does. */
export const levelsMax = 12;

/** A bar shorter than this cannot be seen. */
const lengthMin = 0.008;

/** The rows of a trace, in its order; `now` ends what is still running. */
export function rowsOf(trace: BusTrace, now: number): readonly TraceRow[] {
  const from = Date.parse(trace.started_at);
  const to = Math.max(Date.parse(trace.ended_at), trace.settled ? 0 : now);
  const places = placesOf(trace, from, to);
  const goesOn = followers(places);
  const rails: boolean[] = [];
  return places.map(({ shown, id, depth, at }, index): TraceRow => {
    rails.length = depth;
    const above = rails.slice(0, levelsMax + 1);
    rails[depth] = goesOn[index] ?? false;
    return {
      ...shown,
      id,
      depth,
      offsetMs: at === null ? null : Math.max(0, Date.parse(at) - from),
      rails: above,
      goesOn: goesOn[index] ?? false,
      hasChildren: (places[index + 1]?.depth ?? 0) > depth,
    };
  });
}

interface Place {
  readonly shown: Shown;
  readonly id: string;
  readonly depth: number;
  readonly at: string | null;
}

/** Events in the order of the trace, each followed by its runs with their calls; what belongs to no event shown comes last. */
function placesOf({ events, runs, calls }: BusTrace, from: number, to: number): readonly Place[] {
  const shownEvents = new Set(events.map(({ id }) => id));
  const runsOf = Map.groupBy(runs, ({ event_id: id }) => (id !== null && shownEvents.has(id) ? id : null));
  const callsOf = Map.groupBy(calls, (call) => call.run_id);
  const callAt = (call: BusTraceCall, depth: number): Place => {
    const bar = barBetween(call.started_at, call.ended_at, from, to);
    return { shown: { kind: 'call', call, bar }, id: call.id, depth, at: call.started_at };
  };
  const runAt = (run: BusTraceRun, depth: number): readonly Place[] => {
    const bar = barBetween(run.started_at, run.completed_at, from, to);
    return [
      { shown: { kind: 'run', run, bar }, id: run.id, depth, at: run.started_at ?? run.created_at },
      ...(callsOf.get(run.id) ?? []).map((call) => callAt(call, depth + 1)),
    ];
  };
  const eventAt = (event: BusTraceEvent): readonly Place[] => {
    const handlings = event.handlings.map((handling) => ({ handling, bar: barOf(handling, from, to) }));
    const { id, depth, timestamp: at } = event;
    return [
      { shown: { kind: 'event', event, handlings }, id, depth, at },
      ...(runsOf.get(id) ?? []).flatMap((run) => runAt(run, depth + 1)),
    ];
  };
  return [
    ...events.flatMap(eventAt),
    ...(runsOf.get(null) ?? []).flatMap((run) => runAt(run, 0)),
    ...(callsOf.get(null) ?? []).map((call) => callAt(call, 0)),
  ];
}

/** For each row whether a sibling follows it, found from the end, where the tree's open levels are known. */
function followers(places: readonly { readonly depth: number }[]): readonly boolean[] {
  const found: boolean[] = [];
  const open = new Set<number>();
  for (let index = places.length - 1; index >= 0; index -= 1) {
    const depth = places[index]?.depth ?? 0;
    found[index] = open.has(depth);
    for (const level of open) if (level > depth) open.delete(level);
    open.add(depth);
  }
  return found;
}

function barOf(handling: BusTraceHandling, from: number, to: number): Bar | null {
  const isOpen = handling.state === 'running' || handling.state === 'retrying';
  return barBetween(handling.began_at, isOpen ? null : handling.ended_at, from, to);
}

/** What has not ended reaches to the end of the whole. */
function barBetween(began: string | null, ended: string | null, from: number, to: number): Bar | null {
  if (began === null) return null;
  const whole = to - from;
  if (whole <= 0) return { offset: 0, length: 1 };
  const begin = Date.parse(began);
  const end = ended === null ? to : Date.parse(ended);
  const offset = Math.min(1 - lengthMin, Math.max(0, (begin - from) / whole));
  return { offset, length: Math.min(1 - offset, Math.max(lengthMin, (end - begin) / whole)) };
}

/** What a search field was given, as an id; null when it cannot be one. */
export function readId(text: string): string | null {
  const id = text.trim();
  return /^[A-Za-z0-9._:-]{1,200}$/u.test(id) ? id : null;
}
