import { RaptorFlowError, type Clock, type Logger } from '../kernel/index.ts';
import type { ReplayOptions } from './bus.ts';
import { decodeEvent } from './codec.ts';
import type { EventCheck } from './contract-registry.ts';
import type { BusEngine, ReadPage, ReadQuery } from './engine.ts';
import type { BusEvent } from './event.ts';
import { toEpochMs } from './moments.ts';
import { isChannelPattern, shown } from './names.ts';

const pageEvents = 500;

/** What a replay needs. */
export interface ReplayParts {
  readonly engine: BusEngine;
  readonly contracts: EventCheck;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Calls the handler for stored events, oldest first, one after the other; answers how many it handled. */
export async function replay(
  parts: ReplayParts,
  pattern: string,
  handler: (event: BusEvent) => unknown,
  options: ReplayOptions,
): Promise<number> {
  const query = toQuery(parts.clock, pattern, options);
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const spacingMs = options.ratePerSecond === undefined ? 0 : 1_000 / options.ratePerSecond;
  const begunAt = parts.clock.monotonic();
  const readOn = (after: number | null, count: number): Promise<ReadPage> => {
    const reading = parts.engine.read({ ...query, after, limit: Math.min(pageEvents, count) });
    // When a handler throws, nobody waits for it any more.
    reading.catch(() => undefined);
    return reading;
  };
  let handled = 0;
  let page: ReadPage;
  let ahead = readOn(null, limit);
  do {
    page = await ahead;
    // The next page travels while this one is handled.
    const left = limit - handled - page.events.length;
    if (page.next !== null && left > 0) ahead = readOn(page.next, left);
    for (const stored of page.events) {
      if (handled >= limit) break;
      const event = readable(parts, stored.body);
      if (!event) continue;
      if (spacingMs > 0) await keepPace(parts.clock, begunAt + handled * spacingMs, options.signal);
      if (options.signal?.aborted) throw cancelled(options.signal, handled);
      const done = begin(handler, event, handled);
      // To wait for nothing would cost as much as the rest of a short handler.
      if (done !== undefined) await done;
      handled += 1;
    }
    // Some of them could not be read, so that a page that was to be the last one was not enough.
    if (page.next !== null && left <= 0 && handled < limit) ahead = readOn(page.next, limit - handled);
  } while (page.next !== null && handled < limit);
  return handled;
}

function toQuery(clock: Clock, pattern: string, options: ReplayOptions): Omit<ReadQuery, 'after' | 'limit'> {
  if (!isChannelPattern(pattern)) {
    throw new RaptorFlowError('invalid_input', `"${shown(pattern)}" is no channel or pattern.`);
  }
  const { maxAgeSeconds, limit, ratePerSecond, types } = options;
  for (const [name, value] of Object.entries({ maxAgeSeconds, limit, ratePerSecond })) {
    if (value !== undefined && !(value > 0)) {
      throw new RaptorFlowError('invalid_input', `${name} must be more than 0.`);
    }
  }
  const since = options.since === undefined ? null : toEpochMs('since', options.since);
  const youngest = maxAgeSeconds === undefined ? null : clock.now() - maxAgeSeconds * 1_000;
  return {
    pattern,
    types: types ?? null,
    since: since === null || youngest === null ? (since ?? youngest) : Math.max(since, youngest),
    // The replay ends with what is stored when it begins; it does not follow what its own handler publishes.
    until: options.until === undefined ? clock.now() + 1 : toEpochMs('until', options.until),
  };
}

// An event that breaks its contract (an older writer's) is passed over: it must not make the rest of the past unreachable.
function readable(parts: ReplayParts, body: string): BusEvent | undefined {
  const event = decodeEvent(body);
  const verdict = parts.contracts.checkEvent(event);
  if (verdict.ok) return verdict.event;
  parts.log.warn('A replay passed over an event that breaks its contract.', {
    eventId: event.id,
    type: event.type,
    issues: verdict.issues,
  });
  return undefined;
}

// A promise when the handler is not done yet.
function begin(
  handler: (event: BusEvent) => unknown,
  event: BusEvent,
  handled: number,
): Promise<void> | undefined {
  const stopped = (cause: unknown): RaptorFlowError => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new RaptorFlowError(
      'replay_stopped',
      `The replay stopped at ${event.id}, after ${handled} events: ${reason}`,
      { details: { handled, eventId: event.id }, cause },
    );
  };
  let done: unknown;
  try {
    done = handler(event);
  } catch (cause) {
    throw stopped(cause);
  }
  if (typeof done !== 'object' || done === null || !('then' in done)) return undefined;
  return Promise.resolve(done as PromiseLike<unknown>).then(
    () => undefined,
    (cause: unknown) => {
      throw stopped(cause);
    },
  );
}

async function keepPace(clock: Clock, dueAt: number, signal: AbortSignal | undefined): Promise<void> {
  const wait = dueAt - clock.monotonic();
  if (wait > 0) await clock.sleep(wait, signal);
}

function cancelled(signal: AbortSignal, handled: number): RaptorFlowError {
  return new RaptorFlowError('cancelled', `The replay was cancelled after ${handled} events.`, {
    details: { handled },
    cause: signal.reason,
  });
}
