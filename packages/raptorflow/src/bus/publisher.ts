import { RaptorFlowError, type Clock, type Ids, type Logger } from '../kernel/index.ts';
import type { ChannelTable } from './channel-table.ts';
import { deadLetterChannel, type DeadLetterReason } from './channel.ts';
import { decodeEvent, encodeEvent, EventEncoder } from './codec.ts';
import { schemaViolation, type ContractRegistry } from './contract-registry.ts';
import type { BusCounters } from './counters.ts';
import { encodeDeadLetter } from './dead-letter-event.ts';
import { checkDraft, encodePayload, envelopeOf, newId, type Envelope, type Surroundings } from './draft.ts';
import type { AppendOutcome, BusEngine, NewEvent } from './engine.ts';
import type { EventDraft } from './event.ts';
import { recordFailure } from './failure.ts';
import { encodeLoopAlert, loopError, traceBack, type Loop } from './loop-report.ts';
import type { Ambient, ResolvedLimits } from './options.ts';
import { extendTrail, findLoop, isUnplaced, trailEntry, trailOf, type ChainPlace } from './trail.ts';

/** What publishing needs. */
export interface PublisherParts {
  readonly engine: BusEngine;
  readonly channels: ChannelTable;
  readonly contracts: ContractRegistry;
  readonly counters: BusCounters;
  readonly limits: ResolvedLimits;
  readonly strict: boolean;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly timestamp: (millis: number) => string;
  readonly ambient: () => Ambient | undefined;
}

/** What only the bus itself may set on an event. */
export interface InnerFields {
  readonly replyTo?: string;
}

/** A refusal that goes to the dead letters before the publisher hears of it. */
interface Refused {
  readonly reason: DeadLetterReason;
  readonly error: RaptorFlowError;
  readonly envelope: Envelope;
  readonly payload: string;
  readonly loop?: Loop;
}

/** An event that would make a loop; who its chain consists of is found out only when it is refused. */
interface Looping {
  readonly reason: 'loop_detected';
  readonly rule: Loop['rule'];
  readonly envelope: Envelope;
  readonly payload: string;
}

/** Checks, encodes and stores events. The hot path of the bus. */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #encoder = new EventEncoder();
  #pendingEvents = 0;
  #pendingBytes = 0;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Events that wait for the engine. */
  get pending(): number {
    return this.#pendingEvents;
  }

  async publish(channel: string, draft: EventDraft, inner?: InnerFields): Promise<string> {
    const around = this.#parts.ambient();
    const unplaced = unplacedCause(draft, around);
    const place = unplaced === undefined ? undefined : await this.#placeOf(unplaced);
    const prepared = this.#prepare(channel, draft, { around, place, replyTo: inner?.replyTo });
    if ('reason' in prepared) throw await this.#refuse(prepared);
    const [outcome] = await this.#append([[prepared]]);
    if (outcome?.kind === 'stored') return outcome.ids[0] ?? prepared.id;
    throw exhausted(outcome);
  }

  async publishMany(channels: readonly string[], drafts: readonly EventDraft[]): Promise<string[]> {
    if (channels.length > 1 && drafts.some((draft) => draft.id !== undefined)) {
      throw new RaptorFlowError(
        'invalid_input',
        'A draft with an id can be published on one channel only: each channel gets an event of its own.',
      );
    }
    const around = this.#parts.ambient();
    const places = await this.#placesOf(drafts, around);
    const events: NewEvent[] = [];
    for (const channel of channels) {
      for (const draft of drafts) {
        const place = places?.get(unplacedCause(draft, around) ?? '');
        const prepared = this.#prepare(channel, draft, { around, place });
        if ('reason' in prepared) throw await this.#refuse(prepared);
        events.push(prepared);
      }
    }
    if (events.length === 0) return [];
    const units = Map.groupBy(events, (event) => `${event.channel}\n${event.workspace}`);
    const outcomes = await this.#append([...units.values()]);
    const ids = new Map<NewEvent, string>();
    let failed: AppendOutcome | undefined;
    for (const [index, unit] of [...units.values()].entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind !== 'stored') failed ??= outcome;
      else for (const [at, event] of unit.entries()) ids.set(event, outcome.ids[at] ?? event.id);
    }
    if (failed) throw exhausted(failed, [...ids.values()]);
    return events.map((event) => ids.get(event) ?? event.id);
  }

  /** An event that no rule routes: it becomes a dead letter, and this is what its publisher hears. */
  async refuseRoute(draft: EventDraft): Promise<RaptorFlowError> {
    checkDraft(draft);
    const envelope = envelopeOf('unrouted', draft, this.#parts, { around: this.#parts.ambient() });
    const error = new RaptorFlowError(
      'routing_error',
      `No rule routes events of type "${draft.type}"; add a route, or publish on a channel.`,
      { details: { type: draft.type } },
    );
    return this.#refuse({ reason: 'routing_error', error, envelope, payload: encodePayload(draft) });
  }

  #prepare(channel: string, draft: EventDraft, surroundings: Surroundings): NewEvent | Refused | Looping {
    const parts = this.#parts;
    checkDraft(draft);
    const entry = parts.channels.entry(channel);
    const envelope = envelopeOf(channel, draft, parts, surroundings);
    const payload = encodePayload(draft);
    if (!entry.declared && parts.strict) {
      const error = new RaptorFlowError(
        'routing_error',
        `The channel "${channel}" is not declared, and this bus is strict; declare it in createBus({ channels }).`,
        { details: { channel } },
      );
      return { reason: 'routing_error', error, envelope, payload };
    }
    const contracts = entry.contracts?.covers(draft.type) === true ? entry.contracts : parts.contracts;
    const verdict =
      entry.contracts && contracts !== entry.contracts
        ? foreignType(channel)
        : contracts.check(draft.type, draft.version, draft.payload ?? {});
    if (!verdict.ok) {
      const error = schemaViolation(draft.type, verdict.issues);
      return { reason: 'schema_violation', error, envelope, payload };
    }
    let { trail } = envelope;
    if (trail !== null) {
      const entry = trailEntry(envelope.sourceAgentId, draft.type, payload);
      const rule = findLoop(trail, entry, envelope.hops, parts.limits);
      if (rule !== null) return { reason: 'loop_detected', rule, envelope, payload };
      trail = extendTrail(trail, entry);
    }
    const body = this.#encoder.encode({ ...envelope, version: verdict.version, trail }, payload);
    this.#assertSize(body, draft.type);
    return {
      id: envelope.id,
      isFresh: draft.id === undefined,
      channel,
      type: draft.type,
      workspace: envelope.workspaceId ?? '',
      priority: envelope.priority,
      body,
      orderingKey: draft.orderingKey,
      dedupeKey: draft.dedupeKey,
      dedupeMs: draft.dedupeKey === undefined ? undefined : parts.limits.dedupeWindowMs,
      delayMs: draft.delayMs,
      expiresInMs: draft.expiresInMs,
      requestId: envelope.hops > 0 || envelope.requestId !== envelope.id ? envelope.requestId : undefined,
    };
  }

  async #append(units: readonly (readonly NewEvent[])[]): Promise<readonly AppendOutcome[]> {
    const { engine, clock } = this.#parts;
    let events = 0;
    let bytes = 0;
    for (const unit of units) {
      events += unit.length;
      for (const event of unit) bytes += event.body.length;
    }
    this.#assertRoom(events, bytes);
    this.#pendingEvents += events;
    this.#pendingBytes += bytes;
    const begunAt = clock.monotonic();
    try {
      const outcomes = await engine.append(units);
      this.#count(units, outcomes, clock.monotonic() - begunAt);
      return outcomes;
    } finally {
      this.#pendingEvents -= events;
      this.#pendingBytes -= bytes;
    }
  }

  #count(units: readonly (readonly NewEvent[])[], outcomes: readonly AppendOutcome[], tookMs: number): void {
    const { counters } = this.#parts;
    let index = 0;
    for (const unit of units) {
      const outcome = outcomes[index];
      index += 1;
      if (outcome?.kind !== 'stored') continue;
      if (outcome.duplicates > 0) counters.deduplicated(outcome.duplicates);
      for (const { channel, type, priority } of unit) {
        counters.published({ channel, type, group: null }, priority, tookMs);
      }
    }
  }

  #assertRoom(events: number, bytes: number): void {
    const { pendingPublishesMax, pendingPublishBytesMax } = this.#parts.limits;
    const tooMany = this.#pendingEvents + events > pendingPublishesMax;
    if (!tooMany && this.#pendingBytes + bytes <= pendingPublishBytesMax) return;
    const limit = tooMany
      ? `pendingPublishesMax (${pendingPublishesMax})`
      : `pendingPublishBytesMax (${pendingPublishBytesMax})`;
    throw new RaptorFlowError(
      'exhausted',
      `Too many publishes wait for the engine: ${limit} is reached. Await earlier publishes before making more.`,
      { details: { pendingEvents: this.#pendingEvents, pendingBytes: this.#pendingBytes } },
    );
  }

  #assertSize(body: string, type: string): void {
    const { payloadBytesMax } = this.#parts.limits;
    // A character takes at most three bytes, so most events need not be measured.
    if (body.length * 3 <= payloadBytesMax) return;
    const bytes = Buffer.byteLength(body);
    if (bytes <= payloadBytesMax) return;
    throw new RaptorFlowError(
      'payload_too_large',
      `An event of type "${type}" takes ${bytes} bytes; the limit is ${payloadBytesMax} (payloadBytesMax). Store the content elsewhere and publish a reference.`,
      { details: { type, bytes, payloadBytesMax } },
    );
  }

  // Undefined when the event is not stored: then only what the draft says is known.
  async #placeOf(id: string): Promise<ChainPlace | undefined> {
    const stored = await this.#parts.engine.find(id);
    if (!stored) return undefined;
    const event = decodeEvent(stored.body);
    return { hops: event.hops, trail: trailOf(event) };
  }

  async #placesOf(
    drafts: readonly EventDraft[],
    around: Ambient | undefined,
  ): Promise<Map<string, ChainPlace> | undefined> {
    const ids = new Set(drafts.map((draft) => unplacedCause(draft, around)));
    ids.delete(undefined);
    if (ids.size === 0) return undefined;
    const places = new Map<string, ChainPlace>();
    const note = async (id: string): Promise<void> => {
      const place = await this.#placeOf(id);
      if (place) places.set(id, place);
    };
    await Promise.all(Array.from(ids as Set<string>, note));
    return places;
  }

  // A loop that a dead letter's handler makes is only refused: one more letter would be the next turn of it.
  async #refuse(refused: Refused | Looping): Promise<RaptorFlowError> {
    if (!('rule' in refused)) return this.#bury(refused);
    const { reason, rule, envelope, payload } = refused;
    const { engine, limits } = this.#parts;
    const chain = await traceBack(engine, envelope, limits.hopsMax);
    const loop = { rule, envelope, chain: chain.links };
    const error = loopError(loop, limits);
    return chain.isOfDeadLetter ? error : this.#bury({ reason, error, envelope, payload, loop });
  }

  async #bury(refused: Refused): Promise<RaptorFlowError> {
    const { engine, clock, limits, counters, log } = this.#parts;
    const { reason, error, envelope } = refused;
    const max = limits.deadLetterTextBytesMax;
    const payload =
      refused.payload.length <= max ? refused.payload : JSON.stringify(refused.payload.slice(0, max));
    const now = clock.now();
    const id = newId(this.#parts, deadLetterChannel(reason), envelope.workspaceId);
    const failure = recordFailure(error);
    const letter = encodeDeadLetter({
      id,
      reason,
      deadAt: now,
      group: null,
      error: failure,
      attempts: [],
      attemptCount: 0,
      chain: refused.loop?.chain ?? null,
      eventBody: encodeEvent({ ...envelope, version: 1 }, payload),
    });
    const event: NewEvent = {
      id,
      channel: deadLetterChannel(reason),
      type: letter.type,
      workspace: envelope.workspaceId ?? '',
      priority: 'normal',
      body: letter.body,
      requestId: envelope.requestId,
      deadLetter: { reason, eventId: envelope.id, channel: envelope.channel, group: null },
    };
    counters.count('deadLettered', { channel: envelope.channel, type: envelope.type, group: null });
    const alert = refused.loop && encodeLoopAlert(refused.loop, error, id, this.#parts);
    try {
      await engine.append(alert ? [[event], [alert]] : [[event]]);
    } catch (cause) {
      log.error('A refused publish could not be kept as a dead letter.', { error: cause, reason });
    }
    return error;
  }
}

// The id of a cause whose place in its chain only the store knows.
function unplacedCause(draft: EventDraft, around: Ambient | undefined): string | undefined {
  const named = draft.causedBy ?? around?.causedBy;
  if (named === undefined || typeof named === 'string') return named;
  return isUnplaced(named) ? named.id : undefined;
}

function foreignType(channel: string): { ok: false; issues: { path: string; message: string }[] } {
  return { ok: false, issues: [{ path: 'type', message: `is not among the contracts of "${channel}"` }] };
}

function exhausted(outcome: AppendOutcome | undefined, published?: readonly string[]): RaptorFlowError {
  if (outcome?.kind !== 'exhausted') {
    return new RaptorFlowError('unavailable', 'The engine gave no answer for this event.');
  }
  const { channel, limit, max } = outcome;
  return new RaptorFlowError(
    'exhausted',
    `The channel "${channel}" is full: its limit ${limit} of ${max} is reached. Wait until events expire, or raise the limit.`,
    { details: { channel, limit, max, ...(published ? { published } : {}) } },
  );
}
