/** Passes of one measurement; the fastest counts, because others on the machine can only make a pass slower. */
const passes = 12;

/** Nanoseconds of one call, from the fastest pass of so many calls; the first pass, in which code is compiled, does not count. */
export function nanosecondsPerCall(calls: number, pass: (calls: number) => void): number {
  pass(calls);
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < passes; turn += 1) {
    const begunAt = performance.now();
    pass(calls);
    best = Math.min(best, ((performance.now() - begunAt) * 1e6) / calls);
  }
  return best;
}

/** The time of a call and the longest time in which the event loop stood still meanwhile, milliseconds. */
export interface Watched {
  readonly ms: number;
  readonly stallMs: number;
}

/** Makes a call and watches the event loop by turns of its own. */
export async function watched(call: () => Promise<unknown>): Promise<Watched> {
  await nextTurn();
  let stallMs = 0;
  let turnAt = performance.now();
  let running = true;
  const turn = (): void => {
    const now = performance.now();
    stallMs = Math.max(stallMs, now - turnAt);
    turnAt = now;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  const begunAt = performance.now();
  await call();
  const ms = performance.now() - begunAt;
  await nextTurn();
  running = false;
  return { ms, stallMs };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
