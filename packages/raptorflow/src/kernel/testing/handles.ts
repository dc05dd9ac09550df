/** What a test watches for being left behind. */
export interface HandleWatch {
  /** Kinds of handles (`Timeout`, `TCPSocketWrap`, `MessagePort` …) that are open now and were not when the watch began, with counts. */
  leaks(): string[];
}

/** Begins to watch the process's open handles, so that a test can show that a part's `stop` leaves none. */
export function trackHandles(): HandleWatch {
  const before = count();
  return {
    leaks() {
      const found: string[] = [];
      for (const [kind, open] of count()) {
        const more = open - (before.get(kind) ?? 0);
        if (more > 0) found.push(`${kind} ×${more}`);
      }
      return found;
    },
  };
}

function count(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    // One-shot internals of the event loop come and go by themselves.
    if (kind === 'Immediate' || kind === 'TickObject') continue;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}
