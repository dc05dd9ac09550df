/** Times that keep themselves current, with the exact moment as their title. */
import { useSyncExternalStore } from 'react';

import { formatAgo, formatClock, formatDay, formatDuration, formatMoment } from '../format/time.ts';

/** One timer for every time on the page, and only while there is one. */
function createTicker() {
  const listeners = new Set<() => void>();
  const state: { now: number; timer: ReturnType<typeof setInterval> | null } = {
    now: Date.now(),
    timer: null,
  };
  const tick = () => {
    state.now = Date.now();
    for (const tell of listeners) tell();
  };
  return {
    now: () => state.now,
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      state.timer ??= setInterval(tick, 1_000);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0 || state.timer === null) return;
        clearInterval(state.timer);
        state.timer = null;
      };
    },
  };
}

const ticker = createTicker();

/** The time, to the second. */
export function useNow(): number {
  return useSyncExternalStore(ticker.subscribe, ticker.now);
}

/** "3 min ago". */
export function Ago({ at }: { readonly at: string | null }) {
  const current = useNow();
  if (at === null) return <span className="text-muted">never</span>;
  return (
    <time dateTime={at} title={formatMoment(at)} className="whitespace-nowrap">
      {formatAgo(at, Math.max(current, Date.parse(at)))}
    </time>
  );
}

/** "27 Feb 2027": a day to come, where how long ago says nothing. */
export function Until({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={formatMoment(at)} className="whitespace-nowrap">
      {formatDay(at.slice(0, 10), { year: true })}
    </time>
  );
}

/** "14:03:22.120". */
export function Clock({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={formatMoment(at)} className="whitespace-nowrap tabular">
      {formatClock(at)}
    </time>
  );
}

/** How long something took, or has taken so far. */
export function Elapsed({
  from,
  to,
  durationMs,
}: {
  readonly from: string | null;
  readonly to: string | null;
  readonly durationMs: number | null;
}) {
  const current = useNow();
  if (durationMs !== null)
    return <span className="whitespace-nowrap tabular">{formatDuration(durationMs)}</span>;
  if (from === null) return <span className="text-muted">not started</span>;
  const end = to === null ? Math.max(current, Date.parse(from)) : Date.parse(to);
  return <span className="whitespace-nowrap tabular">{formatDuration(end - Date.parse(from))}</span>;
}
