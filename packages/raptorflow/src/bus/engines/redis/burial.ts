import type { Ids } from '../../../kernel/index.ts';
import type { DeadLetterReason } from '../../channel.ts';
import type { AttemptRecord, ChainLink, FailureRecord } from '../../dead-letter.ts';
import { attemptRecordsMax, encodeDeadLetter } from '../../dead-letter-event.ts';
import type { NewEvent } from '../../engine.ts';
import type { Flight } from './flight.ts';
import { tagId } from './partitioning.ts';
import type { TurnOp } from './turn-message.ts';

/** Characters of an error's text that the record of an attempt keeps. */
const attemptTextMax = 300;

/** What an attempt leaves in an event's history. */
export function attemptRecord(attempt: number, now: number, error: FailureRecord): AttemptRecord {
  const text = `${error.name}: ${error.message}`.slice(0, attemptTextMax);
  return { attempt, at: new Date(now).toISOString(), error: text };
}

/** Why and how often. */
export interface Death {
  readonly reason: DeadLetterReason;
  readonly error: FailureRecord;
  readonly history: readonly AttemptRecord[];
  readonly attempts: number;
  /** Of a loop. */
  readonly chain?: readonly ChainLink[] | null;
}

/** The error of an event that expired. */
export function expiry(group: string): FailureRecord {
  return {
    name: 'Expired',
    message: `The event expired before the group "${group}" had handled it.`,
    stack: null,
    code: null,
  };
}

/** The dead letter of a flight; it lives in the flight's partition. */
export function letterOf(flight: Flight, death: Death, ids: Ids, now: number): NewEvent {
  const id = tagId(ids.next('evt'), flight.partition);
  const letter = encodeDeadLetter({
    id,
    reason: death.reason,
    deadAt: now,
    group: flight.group,
    error: death.error,
    attempts: death.history.slice(-attemptRecordsMax),
    attemptCount: death.attempts,
    chain: death.chain ?? null,
    eventBody: flight.body,
  });
  const event = JSON.parse(flight.body) as { id: string; channel: string; request_id?: string };
  return {
    id,
    channel: letter.channel,
    type: letter.type,
    workspace: flight.lane.workspace,
    priority: 'normal',
    body: letter.body,
    requestId: event.request_id ?? event.id,
    deadLetter: { reason: death.reason, eventId: event.id, channel: event.channel, group: flight.group },
  };
}

/** Characters of an error's text that the record of a handling keeps. */
const errorTextMax = 300;

/** What a handling leaves for traces; the names are Redis's. */
export function noteOf(
  flight: Flight,
  state: 'handled' | 'retrying' | 'dead' | 'expired',
  facts: {
    readonly attempts: number;
    readonly beganAt?: number | undefined;
    readonly endedAt: number;
    readonly tookMs?: number | undefined;
    readonly error: FailureRecord | null;
    readonly deadLetterId?: string | undefined;
  },
): TurnOp {
  const { attempts, beganAt, endedAt, tookMs, error, deadLetterId } = facts;
  const record = JSON.stringify({
    s: state,
    a: attempts,
    b: beganAt === undefined ? undefined : Math.round(beganAt),
    e: Math.round(endedAt),
    k: tookMs,
    x: error === null ? undefined : `${error.name}: ${error.message}`.slice(0, errorTextMax),
    d: deadLetterId,
  });
  return { kind: 'note', group: flight.group, key: flight.key, lane: flight.lane.lane, record };
}

/** Ends a flight: nothing of the event is left with the group. Null when Redis need not do anything for it. */
export function endOf(flight: Flight): TurnOp | null {
  if (!flight.held && flight.lock === '') return null;
  const { group, key, lane, lock } = flight;
  return { kind: 'end', group, key, lane: lane.lane, lock };
}
