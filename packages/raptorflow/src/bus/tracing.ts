import type { Logger } from '../kernel/index.ts';
import { isDeadLetterChannel } from './channel.ts';
import { decodeEvent, fromWire } from './codec.ts';
import type { FailureRecord } from './dead-letter.ts';
import type { BusEngine, HandlingState, StoredChain, StoredHandling } from './engine.ts';
import type { BusEvent } from './event.ts';
import type {
  CostOf,
  Trace,
  TraceCost,
  TraceCounts,
  TracedEvent,
  TraceHandling,
  TraceNode,
  TraceOptions,
} from './trace.ts';
import { plantTree, type Growing } from './trace-tree.ts';

/** Ancestors that are looked up outside of their request, at most. */
const ancestorsMax = 100;

/** What tracing needs. */
export interface TracingParts {
  readonly engine: BusEngine;
  readonly log: Logger;
  readonly traceEventsMax: number;
  readonly costOf: CostOf | undefined;
}

/** The causal tree of a request, or of the request that an event belongs to; null when nothing of it is stored. */
export async function trace(parts: TracingParts, id: string, options: TraceOptions): Promise<Trace | null> {
  const found = await parts.engine.find(id);
  const requestId = found ? decodeEvent(found.body).requestId : id;
  const chain = await parts.engine.chain(requestId, parts.traceEventsMax);
  const story = readStory(chain, options);
  if (story.events.length === 0) return null;
  const lost = await findAncestors(parts.engine, story, options);
  const { roots, nodes } = plantTree(story.events, lost, story.handlings);
  const cost = await askCost(parts, requestId, nodes);
  for (const node of nodes) node.costMicroUsd = cost?.byEvent?.get(node.id) ?? null;
  return {
    requestId,
    eventId: nodes.some((node) => node.id === id) ? id : null,
    roots,
    ...summarize(nodes),
    cost,
    truncated: chain.truncated,
  };
}

interface Story {
  readonly events: readonly TracedEvent[];
  /** Events that only their dead letters tell of. */
  readonly inLetters: ReadonlyMap<string, { readonly event: TracedEvent; readonly refused: boolean }>;
  readonly handlings: ReadonlyMap<string, readonly TraceHandling[]>;
}

function readStory(chain: StoredChain, { workspaceId }: TraceOptions): Story {
  const events: TracedEvent[] = [];
  const inLetters = new Map<string, { event: TracedEvent; refused: boolean }>();
  const handlings = new Map<string, Map<string, TraceHandling>>();
  const note = (eventId: string, handling: TraceHandling): void => {
    const ofEvent = handlings.get(eventId) ?? new Map<string, TraceHandling>();
    ofEvent.set(handling.group, handling);
    handlings.set(eventId, ofEvent);
  };
  for (const stored of chain.events) {
    const event = decodeEvent(stored.body);
    if (workspaceId !== undefined && event.workspaceId !== workspaceId) continue;
    events.push(withoutPayload(event));
    if (!isDeadLetterChannel(event.channel)) continue;
    const letter = readLetter(event);
    if (!letter) continue;
    inLetters.set(letter.event.id, { event: letter.event, refused: letter.handling === null });
    if (letter.handling) note(letter.event.id, letter.handling);
  }
  // What the engine says is newer than what letters say: it knows what became of a redriven event.
  for (const handling of chain.handlings) note(handling.eventId, toTraceHandling(handling));
  return {
    events,
    inLetters,
    handlings: new Map([...handlings].map(([id, ofEvent]) => [id, byGroup([...ofEvent.values()])])),
  };
}

function byGroup(handlings: readonly TraceHandling[]): readonly TraceHandling[] {
  return handlings.toSorted((a, b) => (a.group < b.group ? -1 : 1));
}

interface LetterFacts {
  readonly group: string | null;
  readonly reason: string;
  readonly error: FailureRecord;
  readonly attempt_count: number;
  readonly event: unknown;
}

function readLetter(letter: BusEvent): { event: TracedEvent; handling: TraceHandling | null } | null {
  const facts = letter.payload as Partial<LetterFacts>;
  if (facts.event === undefined) return null;
  const event = withoutPayload(fromWire(facts.event));
  const { group, reason, error, attempt_count: attempts = 0 } = facts;
  if (group === null || group === undefined) return { event, handling: null };
  return {
    event,
    handling: {
      group,
      state: reason === 'expired' ? 'expired' : 'dead',
      attempts,
      beganAt: null,
      endedAt: letter.timestamp,
      tookMs: null,
      lastError: error ? `${error.name}: ${error.message}` : null,
      deadLetterId: letter.id,
    },
  };
}

function toTraceHandling(handling: StoredHandling): TraceHandling {
  const { group, state, attempts, beganAt, endedAt, tookMs, error, deadLetterId } = handling;
  return {
    group,
    state,
    attempts,
    beganAt: toTime(beganAt),
    endedAt: toTime(endedAt),
    tookMs,
    lastError: error,
    deadLetterId,
  };
}

function toTime(millis: number | null): string | null {
  return millis === null ? null : new Date(millis).toISOString();
}

function withoutPayload({ payload: _payload, trail: _trail, ...event }: BusEvent): TracedEvent {
  return event;
}

/** Causes that are not among the stored events: what is known of each. */
async function findAncestors(
  engine: BusEngine,
  story: Story,
  { workspaceId }: TraceOptions,
): Promise<ReadonlyMap<string, Growing>> {
  const stored = new Set(story.events.map(({ id }) => id));
  const lost = new Map<string, Growing>();
  const open = story.events.map(({ causationId }) => causationId);
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    if (next === null || stored.has(next) || lost.has(next)) continue;
    const known = story.inLetters.get(next);
    if (known) {
      lost.set(next, growing(next, known.refused ? 'refused' : 'gone', known.event));
      open.push(known.event.causationId);
      continue;
    }
    const found = lost.size < ancestorsMax ? await engine.find(next) : null;
    const event = found && withoutPayload(decodeEvent(found.body));
    const hidden = event !== null && workspaceId !== undefined && event.workspaceId !== workspaceId;
    if (hidden) lost.set(next, growing(next, 'hidden', null));
    else lost.set(next, growing(next, event ? 'elsewhere' : 'gone', event));
  }
  return lost;
}

function growing(id: string, presence: TraceNode['presence'], event: TracedEvent | null): Growing {
  return { id, presence, event, handlings: [], costMicroUsd: null, children: [] };
}

async function askCost(
  { costOf, log }: TracingParts,
  requestId: string,
  nodes: readonly Growing[],
): Promise<TraceCost | null> {
  if (!costOf) return null;
  const own = nodes.filter(({ event }) => event?.requestId === requestId);
  const workspaceIds = new Set(own.map(({ event }) => event?.workspaceId ?? null));
  workspaceIds.delete(null);
  try {
    return await costOf({
      requestId,
      workspaceIds: [...workspaceIds].filter((id) => id !== null),
      eventIds: own.map(({ id }) => id),
    });
  } catch (error) {
    log.warn('What a traced request cost could not be found out; the trace is shown without.', {
      requestId,
      error,
    });
    return null;
  }
}

function summarize(
  nodes: readonly Growing[],
): Pick<Trace, 'counts' | 'isSettled' | 'startedAt' | 'endedAt' | 'durationMs'> {
  const states: Record<HandlingState, number> = {
    waiting: 0,
    running: 0,
    retrying: 0,
    handled: 0,
    dead: 0,
    expired: 0,
  };
  let attempts = 0;
  let events = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  const at = (time: string | null | undefined): void => {
    const millis = Date.parse(time ?? '');
    if (Number.isNaN(millis)) return;
    first = Math.min(first, millis);
    last = Math.max(last, millis);
  };
  for (const node of nodes) {
    if (node.presence === 'stored') events += 1;
    if (node.presence !== 'elsewhere') at(node.event?.timestamp);
    for (const handling of node.handlings) {
      states[handling.state] += 1;
      attempts += handling.attempts;
      at(handling.beganAt);
      at(handling.endedAt);
    }
  }
  const counts: TraceCounts = { events, missing: nodes.length - events, handlings: states, attempts };
  return {
    counts,
    isSettled: states.waiting + states.running + states.retrying === 0,
    startedAt: new Date(first).toISOString(),
    endedAt: new Date(last).toISOString(),
    durationMs: last - first,
  };
}
