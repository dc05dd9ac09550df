import { RaptorFlowError, type Clock, type Logger } from '../kernel/index.ts';
import type { ReplayOptions } from './bus.ts';
import { decodeEvent } from './codec.ts';
import type { EventCheck } from './contract-registry.ts';
import type { BusEngine, ReadQuery } from './engine.ts';
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
  let handled = 0;
  let after: number | null = null;
  do {
    const page = await parts.engine.read({ ...query, after, limit: Math.min(pageEvents, limit - handled) });
    for (const stored of page.events) {
      const event = readable(parts, stored.body);
      if (!event) continue;
      if (spacingMs > 0) await keepPace(parts.clock, begunAt + handled * spacingMs, options.signal);
      if (options.signal?.aborted) throw cancelled(options.signal, handled);
      await handle(handler, event, handled);
      handled += 1;
    }
    after = page.next;
  } while (after !== null && handled < limit);
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

async function handle(
  handler: (event: BusEvent) => unknown,
  event: BusEvent,
  handled: number,
): Promise<void> {
  try {
    await handler(event);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RaptorFlowError(
      'replay_stopped',
      `The replay stopped at ${event.id}, after ${handled} events: ${reason}`,
      { details: { handled, eventId: event.id }, cause },
    );
  }
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
