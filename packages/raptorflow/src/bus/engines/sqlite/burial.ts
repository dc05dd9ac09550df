import type { StatementSync } from 'node:sqlite';
import type { DeadLetterReason } from '../../channel.ts';
import type { AttemptRecord, ChainLink, FailureRecord } from '../../dead-letter.ts';
import { attemptRecordsMax, encodeDeadLetter } from '../../dead-letter-event.ts';
import { fromWire, toWire } from '../../codec.ts';
import type { Appender } from './appender.ts';
import type { Group, Lane } from './group.ts';
import type { Handlings } from './handlings.ts';
import type { State } from './state.ts';

/** An event that a group gives up. */
export interface Casualty {
  readonly group: Group;
  readonly lane: Lane;
  readonly pos: number;
  /** Whether `pos` is an earlier dead letter's (negated), whose payload holds the event. */
  readonly redriven: boolean;
  readonly reason: DeadLetterReason;
  readonly error: FailureRecord;
  readonly history: readonly AttemptRecord[];
  readonly attempts: number;
  /** Of a loop. */
  readonly chain?: readonly ChainLink[] | null;
}

/** Writes dead letters for groups, and keeps their number within its limit. */
export class Burial {
  readonly #state: State;
  readonly #appender: Appender;
  readonly #handlings: Handlings;
  readonly #body: StatementSync;
  readonly #oldest: StatementSync;
  readonly #dropLetter: StatementSync;

  constructor(state: State, appender: Appender, handlings: Handlings) {
    this.#state = state;
    this.#appender = appender;
    this.#handlings = handlings;
    this.#body = state.db.prepare('SELECT body FROM bus_log WHERE pos = ?');
    this.#oldest = state.db.prepare(
      "SELECT pos, channel FROM bus_dead_letters WHERE state = 'open' AND reason = ? ORDER BY pos LIMIT 1",
    );
    this.#dropLetter = state.db.prepare('DELETE FROM bus_dead_letters WHERE pos = ?');
  }

  /** The encoded event at a position; of a redriven one, what its dead letter holds. Null when it is gone. */
  eventBody(pos: number, redriven: boolean): string | null {
    const row = this.#body.get(Math.abs(pos));
    if (!row) return null;
    const body = String(row['body']);
    if (!redriven) return body;
    const letter = JSON.parse(body) as { payload: { event: unknown } };
    return JSON.stringify(toWire(fromWire(letter.payload.event)));
  }

  /** Writes the dead letter. */
  bury(casualty: Casualty): void {
    const state = this.#state;
    const { group, reason } = casualty;
    const eventBody = this.eventBody(casualty.pos, casualty.redriven);
    if (eventBody === null) return;
    const id = state.ids.next('evt');
    const letter = encodeDeadLetter({
      id,
      reason,
      deadAt: state.now,
      group: group.name,
      error: casualty.error,
      attempts: casualty.history.slice(-attemptRecordsMax),
      attemptCount: casualty.attempts,
      chain: casualty.chain ?? null,
      eventBody,
    });
    const lane = state.lane(letter.channel, casualty.lane.workspace, 2);
    const { type, body } = letter;
    const event = JSON.parse(eventBody) as { id: string; channel: string; request_id?: string };
    const requestId = event.request_id ?? event.id;
    this.#appender.store(lane, { id, type, body, orderingKey: null, expiresInMs: null, requestId });
    const facts = { reason, eventId: event.id, channel: event.channel, group: group.name };
    this.#appender.noteDeadLetter(lane, id, facts);
    const { pos, attempts, error } = casualty;
    this.#handlings.bury(group, pos, { expired: reason === 'expired', attempts, error, deadLetterId: id });
    state.born.push({ channel: letter.channel, type, body });
    this.keepWithinLimit(reason);
  }

  /** An event expired before a group handled it: a dead letter, or nothing where its channel says so. */
  expire(casualty: Omit<Casualty, 'reason' | 'error'>): void {
    const { lane, group } = casualty;
    const drop = lane.channel.policy.expired === 'drop';
    const kind = drop ? 'expired_dropped' : 'expired';
    this.#state.fates.push({ kind, channel: lane.channel.name, group: group.name, count: 1 });
    if (drop) return;
    const message = `The event expired before the group "${group.name}" had handled it.`;
    const error = { name: 'Expired', message, stack: null, code: null };
    this.bury({ ...casualty, reason: 'expired', error });
  }

  /** Drops the oldest letters beyond the limit of a reason, and tells. Their events stay readable until they expire. */
  keepWithinLimit(reason: DeadLetterReason): void {
    const state = this.#state;
    const limit = state.settings.deadLettersPerReasonMax;
    let open = state.deadCounts.get(reason) ?? 0;
    while (open > limit) {
      const row = this.#oldest.get(reason);
      if (!row) return;
      this.#dropLetter.run(Number(row['pos']));
      open -= 1;
      state.deadCounts.set(reason, open);
      state.fates.push({
        kind: 'dead_letter_dropped',
        channel: String(row['channel']),
        group: null,
        count: 1,
      });
    }
  }
}
