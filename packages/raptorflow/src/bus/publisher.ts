import { RaptorFlowError, type Clock, type Ids, type Logger } from '../kernel/index.ts';
import type { ChannelTable } from './channel-table.ts';
import { deadLetterChannel, type DeadLetterReason } from './channel.ts';
import { encodeEvent } from './codec.ts';
import { schemaViolation, type ContractRegistry } from './contract-registry.ts';
import type { BusCounters } from './counters.ts';
import { encodeDeadLetter } from './dead-letter-event.ts';
import { checkDraft, encodePayload, envelopeOf, type Envelope } from './draft.ts';
import type { AppendOutcome, BusEngine, NewEvent } from './engine.ts';
import type { EventDraft } from './event.ts';
import { recordFailure } from './failure.ts';
import type { Ambient, ResolvedLimits } from './options.ts';

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
}

/** Checks, encodes and stores events. The hot path of the bus. */
export class Publisher {
  readonly #parts: PublisherParts;
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
    const prepared = this.#prepare(channel, draft, inner);
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
    const events: NewEvent[] = [];
    for (const channel of channels) {
      for (const draft of drafts) {
        const prepared = this.#prepare(channel, draft);
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
    const envelope = envelopeOf('unrouted', draft, this.#parts);
    const error = new RaptorFlowError(
      'routing_error',
      `No rule routes events of type "${draft.type}"; add a route, or publish on a channel.`,
      { details: { type: draft.type } },
    );
    return this.#refuse({ reason: 'routing_error', error, envelope, payload: encodePayload(draft) });
  }

  #prepare(channel: string, draft: EventDraft, inner?: InnerFields): NewEvent | Refused {
    const parts = this.#parts;
    checkDraft(draft);
    const entry = parts.channels.entry(channel);
    const envelope = envelopeOf(channel, draft, parts, inner?.replyTo);
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
    const body = encodeEvent({ ...envelope, version: verdict.version }, payload);
    this.#assertSize(body, draft.type);
    return {
      id: envelope.id,
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
    };
  }

  async #append(units: readonly (readonly NewEvent[])[]): Promise<readonly AppendOutcome[]> {
    const { engine, clock, counters } = this.#parts;
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
      const tookMs = clock.monotonic() - begunAt;
      for (const [index, unit] of units.entries()) {
        const outcome = outcomes[index];
        if (outcome?.kind !== 'stored') continue;
        if (outcome.duplicates > 0) counters.deduplicated(outcome.duplicates);
        for (const { channel, type, priority } of unit) {
          counters.published({ channel, type, group: null }, priority, tookMs);
        }
      }
      return outcomes;
    } finally {
      this.#pendingEvents -= events;
      this.#pendingBytes -= bytes;
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

  async #refuse(refused: Refused): Promise<RaptorFlowError> {
    const { engine, ids, clock, limits, counters, log } = this.#parts;
    const { reason, error, envelope } = refused;
    const max = limits.deadLetterTextBytesMax;
    const payload =
      refused.payload.length <= max ? refused.payload : JSON.stringify(refused.payload.slice(0, max));
    const now = clock.now();
    const id = ids.next('evt');
    const failure = recordFailure(error);
    const letter = encodeDeadLetter({
      id,
      reason,
      deadAt: now,
      group: null,
      error: failure,
      attempts: [],
      attemptCount: 0,
      eventBody: encodeEvent({ ...envelope, version: 1 }, payload),
    });
    const event: NewEvent = {
      id,
      channel: deadLetterChannel(reason),
      type: letter.type,
      workspace: envelope.workspaceId ?? '',
      priority: 'normal',
      body: letter.body,
      deadLetter: { reason, eventId: envelope.id, channel: envelope.channel, group: null },
    };
    counters.count('deadLettered', { channel: envelope.channel, type: envelope.type, group: null });
    try {
      await engine.append([[event]]);
    } catch (cause) {
      log.error('A refused publish could not be kept as a dead letter.', { error: cause, reason });
    }
    return error;
  }
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
